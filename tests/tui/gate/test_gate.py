"""The gate's screen, with a line: one answer for each code, and nothing takes the focus."""

from __future__ import annotations

import asyncio
import contextlib

import pytest
from textual import events

from contract.shows import CANCEL_SHOW
from tests.tui.gate.harness import Door, enter, scan
from tests.tui.marketplace import LYON, Market, dump, quiet, says, until
from tui.command_palette import ActionProvider
from tui.gate.code_input import CodeInput
from tui.gate.screen import GateScreen
from tui.gate.verdict import VerdictKind


@pytest.fixture
def door(market: Market) -> Door:
    """Open a gate for a show of which two tickets were sold."""
    door = Door(market)
    door.hires()
    door.sells("ADA-1")
    door.sells("BEN-2")
    return door


def words(screen: GateScreen) -> list[str]:
    """Return what was said so far, the newest last."""
    return [line.word.text for line in reversed(screen.scan_log.entries)]


def test_t36_two_codes_back_to_back_give_two_results_in_their_order(door: Door) -> None:
    async def journey() -> None:
        async with door.app() as (app, pilot):
            screen = await enter(app, pilot)
            await scan(pilot, "ADA-1", "NOBODY")
            await until(pilot, lambda: len(screen.scan_log.entries) == 2)
            assert words(screen) == ["ADMIT", "REFUSE"]
            assert screen.verdict_panel.shown.word == "REFUSE"
            assert screen.verdict_panel.shown.large == "UNKNOWN CODE"

    asyncio.run(journey())


def test_t36_what_is_typed_while_a_scan_is_under_way_is_not_lost(door: Door) -> None:
    async def journey() -> None:
        async with door.app() as (app, pilot):
            screen = await enter(app, pilot)
            await scan(pilot, "ADA-1")
            await until(pilot, lambda: words(screen) == ["ADMIT"])
            door.wire.held_up = "/admissions"
            await scan(pilot, "NOBODY", "BEN-2")
            assert screen.verdict_panel.shown.kind is VerdictKind.CHECKING
            assert words(screen) == ["ADMIT"]
            door.wire.let_go.set()
            await until(pilot, lambda: words(screen) == ["ADMIT", "REFUSE", "ADMIT"])
            assert screen.verdict_panel.shown.large == "B118 C 8"

    asyncio.run(journey())


def test_t36_neither_keys_nor_clicks_nor_toasts_take_the_focus(door: Door) -> None:
    async def journey() -> None:
        async with door.app(size=(80, 24)) as (app, pilot):
            screen = await enter(app, pilot)
            box = screen.query_one(CodeInput)
            app.notify("something happened", severity="error")
            for key in ("tab", "shift+tab", "up", "down", "escape", "f2", "pagedown", "q", "1"):
                await pilot.press(key)
                assert app.focused is box, key
            for y in range(1, 23):
                await pilot.click(offset=(5, y))
                assert app.focused is box, f"a click on line {y}"
            await pilot.press("escape")
            await scan(pilot, "ADA-1")
            await until(pilot, lambda: words(screen) == ["ADMIT"])
            assert app.screen is screen

    asyncio.run(journey())


def test_t36_a_focus_that_was_taken_comes_back_by_itself(door: Door) -> None:
    async def journey() -> None:
        async with door.app() as (app, pilot):
            screen = await enter(app, pilot)
            screen.set_focus(None)
            await until(pilot, lambda: app.focused is screen.query_one(CodeInput))
            await scan(pilot, "ADA-1")
            await until(pilot, lambda: words(screen) == ["ADMIT"])

    asyncio.run(journey())


def test_t36_the_same_code_within_a_second_is_the_scanners_stutter(door: Door) -> None:
    async def journey() -> None:
        async with door.app() as (app, pilot):
            screen = await enter(app, pilot)
            door.clock.stands_at = door.clock.monotonic()
            await scan(pilot, "ADA-1", "ADA-1")
            await until(pilot, lambda: words(screen) == ["ADMIT"])
            await quiet(pilot)
            assert words(screen) == ["ADMIT"]
            assert screen.verdict_panel.shown.word == "ADMIT"
            door.clock.stands_at += 1.5
            await scan(pilot, "ADA-1")
            await until(pilot, lambda: words(screen) == ["ADMIT", "REFUSE"])

    asyncio.run(journey())


def test_t36_a_stutter_is_told_by_when_it_came_however_slow_the_house_is(door: Door) -> None:
    async def journey() -> None:
        async with door.app() as (app, pilot):
            screen = await enter(app, pilot)
            door.clock.stands_at = door.clock.monotonic()
            door.wire.held_up = "/admissions"
            await scan(pilot, "ADA-1", "ADA-1")
            door.clock.stands_at += 1.5
            door.wire.let_go.set()
            await until(pilot, lambda: words(screen))
            await quiet(pilot)
            assert words(screen) == ["ADMIT"]

    asyncio.run(journey())


def test_t36_a_refusal_rings_and_says_since_when_and_where(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def journey() -> None:
        async with door.app(size=(80, 24)) as (app, pilot):
            rung: list[str] = []
            monkeypatch.setattr(app, "bell", lambda: rung.append("bell"))
            screen = await enter(app, pilot)
            await scan(pilot, "ADA-1")
            await until(pilot, lambda: words(screen) == ["ADMIT"])
            assert rung == []
            door.clock.leapt += 2
            await scan(pilot, "ADA-1")
            await until(pilot, lambda: words(screen) == ["ADMIT", "REFUSE"])
            assert rung == ["bell"]
            shown = await says(pilot, "already inside since", "at North 2")
            assert "section B118, row C, seat 7" in shown

    asyncio.run(journey())


def test_t36_what_all_entrances_and_what_this_one_did_is_counted(door: Door) -> None:
    async def journey() -> None:
        async with door.app() as (app, pilot):
            await enter(app, pilot)
            await says(pilot, "0 inside of 2 sold · 0 refused")
            await asyncio.to_thread(door.scans_elsewhere, "BEN-2")
            await scan(pilot, "ADA-1", "NOBODY")
            await says(pilot, "2 inside of 2 sold · 1 refused", "here 1 in · 1 refused")

    asyncio.run(journey())


def test_t36_the_last_admission_is_taken_back_and_named(door: Door) -> None:
    async def journey() -> None:
        async with door.app() as (app, pilot):
            screen = await enter(app, pilot)
            await scan(pilot, "ADA-1", "BEN-2", "NOBODY")
            await until(pilot, lambda: len(words(screen)) == 3)
            await pilot.press("ctrl+z")
            await says(pilot, "This admission is undone.")
            assert (screen.verdict_panel.shown.word, screen.verdict_panel.shown.large) == (
                "UNDONE",
                "B118 C 8",
            )
            assert words(screen) == ["ADMIT", "UNDONE", "REFUSE"]
            assert (await asyncio.to_thread(door.counts)).inside == 1
            await scan(pilot, "BEN-2")
            await until(pilot, lambda: words(screen)[-1] == "ADMIT")

    asyncio.run(journey())


def test_undoing_where_nobody_came_in_is_no_accident(door: Door) -> None:
    async def journey() -> None:
        async with door.app() as (app, pilot):
            await enter(app, pilot)
            await pilot.press("ctrl+z")
            await says(pilot, "There is no admission to undo")

    asyncio.run(journey())


def test_what_does_not_fit_below_is_leafed_through_without_the_focus(door: Door) -> None:
    async def journey() -> None:
        async with door.app(size=(80, 24)) as (app, pilot):
            screen = await enter(app, pilot)
            await scan(pilot, "ADA-1", "NO-1", "NO-2", "NO-3", "NO-4", "NO-5")
            await until(pilot, lambda: len(words(screen)) == 6)
            assert "ADMIT   B118 C 7" not in dump(app)
            await pilot.press(*["pagedown"] * 5)
            await says(pilot, "ADMIT   B118 C 7")
            assert app.focused is screen.query_one(CodeInput)

    asyncio.run(journey())


def test_codes_that_are_pasted_are_each_a_scan(door: Door) -> None:
    async def journey() -> None:
        async with door.app() as (app, pilot):
            screen = await enter(app, pilot)
            screen.query_one(CodeInput).post_message(events.Paste("ADA-1\r\nBEN-2\nNOBO"))
            await until(pilot, lambda: words(screen) == ["ADMIT", "ADMIT"])
            await scan(pilot, "DY")
            await until(pilot, lambda: words(screen) == ["ADMIT", "ADMIT", "REFUSE"])

    asyncio.run(journey())


@pytest.mark.parametrize(
    "code", ["[/x][@click=app.quit]", "'; DROP TABLE tickets", "\x1b[31m", "x" * 5000, "é\u202e"]
)  # fmt: skip
def test_a_hostile_code_is_an_unknown_one(door: Door, code: str) -> None:
    async def journey() -> None:
        async with door.app() as (app, pilot):
            screen = await enter(app, pilot)
            screen.query_one(CodeInput).post_message(CodeInput.CodeEntered(code))
            await until(pilot, lambda: words(screen) == ["REFUSE"])
            assert screen.verdict_panel.shown.large == "UNKNOWN CODE"
            await scan(pilot, "ADA-1")
            await until(pilot, lambda: words(screen) == ["REFUSE", "ADMIT"])

    asyncio.run(journey())


def test_a_ticket_of_another_show_is_refused_with_the_shows_name(door: Door) -> None:
    door.sells("LYON-1", show=LYON, day=4)

    async def journey() -> None:
        async with door.app(size=(80, 24)) as (app, pilot):
            screen = await enter(app, pilot)
            await scan(pilot, "LYON-1")
            await until(pilot, lambda: words(screen) == ["REFUSE"])
            assert screen.verdict_panel.shown.large == "WRONG SHOW"
            await says(pilot, "for L'Arlésienne, Thu 12 Jun 2031")

    asyncio.run(journey())


def test_a_ticket_whose_money_went_back_is_refused(door: Door) -> None:
    door.refunds("ADA-1")

    async def journey() -> None:
        async with door.app() as (app, pilot):
            screen = await enter(app, pilot)
            await scan(pilot, "ADA-1")
            await until(pilot, lambda: words(screen) == ["REFUSE"])
            assert screen.verdict_panel.shown.large == "REFUNDED"

    asyncio.run(journey())


def test_a_ticket_of_a_show_that_was_cancelled_meanwhile_is_refused(door: Door) -> None:
    async def journey() -> None:
        async with door.app() as (app, pilot):
            screen = await enter(app, pilot)
            with contextlib.closing(door.market.api("olga")) as olga:
                await asyncio.to_thread(olga.call, CANCEL_SHOW, show_id=door.show_id)
            await scan(pilot, "ADA-1")
            await until(pilot, lambda: words(screen) == ["REFUSE"])
            assert screen.verdict_panel.shown.large in {"SHOW CANCELLED", "REFUNDED"}

    asyncio.run(journey())


def test_the_gate_is_not_there_for_members(door: Door) -> None:
    async def journey() -> None:
        async with door.app("ana") as (app, pilot):
            await until(pilot, lambda: app.session.account is not None)
            await pilot.press("5")
            await says(pilot, "no access to the Gate screen")
            assert app.current_mode == "market"
            assert "Gate" not in dump(app).splitlines()[0]
            offered = {place for place, _, _ in ActionProvider(app.screen).offered_actions()}
            assert "gate" not in offered

    asyncio.run(journey())


def test_t39_who_only_looks_lets_nobody_in(door: Door) -> None:
    async def journey() -> None:
        async with door.app(readonly=True) as (app, pilot):
            await enter(app, pilot)
            await scan(pilot, "ADA-1")
            await says(pilot, "The app is read-only")
            assert (await asyncio.to_thread(door.counts)).inside == 0

    asyncio.run(journey())


def test_another_show_is_chosen_by_a_key_and_the_entrance_stays(door: Door) -> None:
    lyon = door.sells("LYON-1", show=LYON, day=4)

    async def journey() -> None:
        async with door.app() as (app, pilot):
            screen = await enter(app, pilot)
            await scan(pilot, "ADA-1")
            await until(pilot, lambda: words(screen) == ["ADMIT"])
            await pilot.press("ctrl+o")
            await says(pilot, "Choose the show of this gate", "L'Arlésienne")
            await enter(app, pilot, entrance="", show=lyon.show.id)
            assert words(screen) == []
            await scan(pilot, "LYON-1")
            await until(pilot, lambda: words(screen) == ["ADMIT"])
            await says(pilot, "North 2")

    asyncio.run(journey())


def test_a_show_is_found_by_a_part_of_its_name(door: Door) -> None:
    door.sells("LYON-1", show=LYON, day=4)

    async def journey() -> None:
        async with door.app() as (app, pilot):
            await until(pilot, lambda: app.session.is_staff)
            await pilot.press("5")
            await says(pilot, "L'Arlésienne", "Mexico v South Africa")
            await pilot.press("slash", *"arles")
            await until(pilot, lambda: "Mexico v South Africa" not in dump(app))
            await pilot.press("enter", "enter")
            await says(pilot, "Scan a code.", "L'Arlésienne")

    asyncio.run(journey())


def test_when_somebody_else_signs_in_this_is_no_gate_any_more(door: Door) -> None:
    async def journey() -> None:
        async with door.app() as (app, pilot):
            screen = await enter(app, pilot)
            app.session.use_token(door.market.meet("olga").token)
            app.account_or_server_changed(account_or_server_changed=True)
            await until(pilot, lambda: screen.worker is None)

    asyncio.run(journey())
