"""The gate screen while online: one answer for each code, and nothing takes the focus."""

from __future__ import annotations

import asyncio
import contextlib

import pytest
from textual import events

from contract.shows import CANCEL_SHOW
from tests.tui.gate.harness import GateHarness, open_gate, scan
from tests.tui.marketplace import (
    LYON,
    Marketplace,
    screen_text,
    wait_for_idle,
    wait_for_text,
    wait_until,
)
from tui.command_palette import ActionProvider
from tui.gate.code_input import CodeInput
from tui.gate.screen import GateScreen
from tui.gate.verdict import VerdictKind


@pytest.fixture
def gate(marketplace: Marketplace) -> GateHarness:
    """Provide a gate for a show with two sold tickets."""
    gate = GateHarness(marketplace)
    gate.hire()
    gate.sell("ADA-1")
    gate.sell("BEN-2")
    return gate


def results(screen: GateScreen) -> list[str]:
    """Return the results so far, the newest last."""
    return [line.word.text for line in reversed(screen.scan_log.entries)]


def test_two_codes_in_a_row_give_two_results_in_order(gate: GateHarness) -> None:
    async def journey() -> None:
        async with gate.app() as (app, pilot):
            screen = await open_gate(app, pilot)
            await scan(pilot, "ADA-1", "NOBODY")
            await wait_until(pilot, lambda: len(screen.scan_log.entries) == 2)
            assert results(screen) == ["ADMIT", "REFUSE"]
            assert screen.verdict_panel.shown.word == "REFUSE"
            assert screen.verdict_panel.shown.large == "UNKNOWN CODE"

    asyncio.run(journey())


def test_codes_typed_during_a_scan_are_not_lost(gate: GateHarness) -> None:
    async def journey() -> None:
        async with gate.app() as (app, pilot):
            screen = await open_gate(app, pilot)
            await scan(pilot, "ADA-1")
            await wait_until(pilot, lambda: results(screen) == ["ADMIT"])
            gate.transport.blocked_path = "/admissions"
            await scan(pilot, "NOBODY", "BEN-2")
            assert screen.verdict_panel.shown.kind is VerdictKind.CHECKING
            assert results(screen) == ["ADMIT"]
            gate.transport.released.set()
            await wait_until(pilot, lambda: results(screen) == ["ADMIT", "REFUSE", "ADMIT"])
            assert screen.verdict_panel.shown.large == "B118 C 8"

    asyncio.run(journey())


def test_neither_keys_nor_clicks_nor_toasts_take_the_focus(gate: GateHarness) -> None:
    async def journey() -> None:
        async with gate.app(size=(80, 24)) as (app, pilot):
            screen = await open_gate(app, pilot)
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
            await wait_until(pilot, lambda: results(screen) == ["ADMIT"])
            assert app.screen is screen

    asyncio.run(journey())


def test_a_lost_focus_comes_back_by_itself(gate: GateHarness) -> None:
    async def journey() -> None:
        async with gate.app() as (app, pilot):
            screen = await open_gate(app, pilot)
            screen.set_focus(None)
            await wait_until(pilot, lambda: app.focused is screen.query_one(CodeInput))
            await scan(pilot, "ADA-1")
            await wait_until(pilot, lambda: results(screen) == ["ADMIT"])

    asyncio.run(journey())


def test_the_same_code_within_a_second_is_answered_again_and_counted_once(
    gate: GateHarness,
) -> None:
    async def journey() -> None:
        async with gate.app() as (app, pilot):
            screen = await open_gate(app, pilot)
            gate.clock.frozen_at = gate.clock.monotonic()
            await scan(pilot, "ADA-1", "ADA-1")
            await wait_until(pilot, lambda: results(screen) == ["ADMIT"])
            await wait_for_idle(pilot)
            assert results(screen) == ["ADMIT"]
            assert screen.verdict_panel.shown.word == "ADMIT"
            assert "scanned twice, counted once" in screen.verdict_panel.shown.lines
            gate.clock.frozen_at += 1.5
            await scan(pilot, "ADA-1")
            await wait_until(pilot, lambda: results(screen) == ["ADMIT", "REFUSE"])

    asyncio.run(journey())


@pytest.mark.parametrize("ends", [("enter",), ("ctrl+j",), ("enter", "ctrl+j")])
def test_a_scanner_may_end_a_code_with_cr_lf_or_both(
    gate: GateHarness, ends: tuple[str, ...]
) -> None:
    async def journey() -> None:
        async with gate.app() as (app, pilot):
            screen = await open_gate(app, pilot)
            await pilot.press(*"ada1", *ends)
            await wait_until(pilot, lambda: results(screen) == ["ADMIT"])
            await wait_for_idle(pilot)
            assert results(screen) == ["ADMIT"]

    asyncio.run(journey())


def test_a_repeated_code_is_recognised_by_its_arrival_however_slow_the_server_is(
    gate: GateHarness,
) -> None:
    async def journey() -> None:
        async with gate.app() as (app, pilot):
            screen = await open_gate(app, pilot)
            gate.clock.frozen_at = gate.clock.monotonic()
            gate.transport.blocked_path = "/admissions"
            await scan(pilot, "ADA-1", "ADA-1")
            gate.clock.frozen_at += 1.5
            gate.transport.released.set()
            await wait_until(pilot, lambda: results(screen))
            await wait_for_idle(pilot)
            assert results(screen) == ["ADMIT"]

    asyncio.run(journey())


def test_a_refusal_rings_the_bell_and_shows_the_first_admission(
    gate: GateHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def journey() -> None:
        async with gate.app(size=(80, 24)) as (app, pilot):
            rung: list[str] = []
            monkeypatch.setattr(app, "bell", lambda: rung.append("bell"))
            screen = await open_gate(app, pilot)
            await scan(pilot, "ADA-1")
            await wait_until(pilot, lambda: results(screen) == ["ADMIT"])
            assert rung == []
            gate.clock.skipped += 2
            await scan(pilot, "ADA-1")
            await wait_until(pilot, lambda: results(screen) == ["ADMIT", "REFUSE"])
            assert rung == ["bell"]
            shown = await wait_for_text(pilot, "already inside since", "at North 2")
            assert "section B118, row C, seat 7" in shown

    asyncio.run(journey())


def test_all_entrances_and_this_one_are_counted(gate: GateHarness) -> None:
    async def journey() -> None:
        async with gate.app() as (app, pilot):
            await open_gate(app, pilot)
            await wait_for_text(pilot, "0 inside of 2 sold · 0 refused")
            await asyncio.to_thread(gate.scan_elsewhere, "BEN-2")
            await scan(pilot, "ADA-1", "NOBODY")
            await wait_for_text(pilot, "2 inside of 2 sold · 1 refused", "here 1 in · 1 refused")

    asyncio.run(journey())


def test_the_last_admission_is_undone_and_shown(gate: GateHarness) -> None:
    async def journey() -> None:
        async with gate.app() as (app, pilot):
            screen = await open_gate(app, pilot)
            await scan(pilot, "ADA-1", "BEN-2", "NOBODY")
            await wait_until(pilot, lambda: len(results(screen)) == 3)
            await pilot.press("ctrl+z")
            await wait_for_text(pilot, "This admission is undone.")
            assert (screen.verdict_panel.shown.word, screen.verdict_panel.shown.large) == (
                "UNDONE",
                "B118 C 8",
            )
            assert results(screen) == ["ADMIT", "UNDONE", "REFUSE"]
            assert (await asyncio.to_thread(gate.counts)).inside == 1
            await scan(pilot, "BEN-2")
            await wait_until(pilot, lambda: results(screen)[-1] == "ADMIT")

    asyncio.run(journey())


def test_undoing_without_an_admission_is_no_error(gate: GateHarness) -> None:
    async def journey() -> None:
        async with gate.app() as (app, pilot):
            await open_gate(app, pilot)
            await pilot.press("ctrl+z")
            await wait_for_text(pilot, "There is no admission to undo")

    asyncio.run(journey())


def test_the_scan_log_scrolls_without_taking_the_focus(gate: GateHarness) -> None:
    async def journey() -> None:
        async with gate.app(size=(80, 24)) as (app, pilot):
            screen = await open_gate(app, pilot)
            await scan(pilot, "ADA-1", "NO-1", "NO-2", "NO-3", "NO-4", "NO-5")
            await wait_until(pilot, lambda: len(results(screen)) == 6)
            assert "ADMIT   B118 C 7" not in screen_text(app)
            await pilot.press(*["pagedown"] * 5)
            await wait_for_text(pilot, "ADMIT   B118 C 7")
            assert app.focused is screen.query_one(CodeInput)

    asyncio.run(journey())


def test_each_pasted_line_is_a_scan(gate: GateHarness) -> None:
    async def journey() -> None:
        async with gate.app() as (app, pilot):
            screen = await open_gate(app, pilot)
            screen.query_one(CodeInput).post_message(events.Paste("ADA-1\r\nBEN-2\nNOBO"))
            await wait_until(pilot, lambda: results(screen) == ["ADMIT", "ADMIT"])
            await scan(pilot, "DY")
            await wait_until(pilot, lambda: results(screen) == ["ADMIT", "ADMIT", "REFUSE"])

    asyncio.run(journey())


@pytest.mark.parametrize(
    "code", ["[/x][@click=app.quit]", "'; DROP TABLE tickets", "\x1b[31m", "x" * 5000, "é\u202e"]
)  # fmt: skip
def test_a_hostile_code_is_an_unknown_code(gate: GateHarness, code: str) -> None:
    async def journey() -> None:
        async with gate.app() as (app, pilot):
            screen = await open_gate(app, pilot)
            screen.query_one(CodeInput).post_message(CodeInput.CodeEntered(code))
            await wait_until(pilot, lambda: results(screen) == ["REFUSE"])
            assert screen.verdict_panel.shown.large == "UNKNOWN CODE"
            await scan(pilot, "ADA-1")
            await wait_until(pilot, lambda: results(screen) == ["REFUSE", "ADMIT"])

    asyncio.run(journey())


def test_a_ticket_of_another_show_is_refused_with_the_name_of_that_show(gate: GateHarness) -> None:
    gate.sell("LYON-1", show=LYON, day=4)

    async def journey() -> None:
        async with gate.app(size=(80, 24)) as (app, pilot):
            screen = await open_gate(app, pilot)
            await scan(pilot, "LYON-1")
            await wait_until(pilot, lambda: results(screen) == ["REFUSE"])
            assert screen.verdict_panel.shown.large == "WRONG SHOW"
            await wait_for_text(pilot, "for L'Arlésienne, Thu 12 Jun 2031")

    asyncio.run(journey())


def test_a_refunded_ticket_is_refused(gate: GateHarness) -> None:
    gate.refund("ADA-1")

    async def journey() -> None:
        async with gate.app() as (app, pilot):
            screen = await open_gate(app, pilot)
            await scan(pilot, "ADA-1")
            await wait_until(pilot, lambda: results(screen) == ["REFUSE"])
            assert screen.verdict_panel.shown.large == "REFUNDED"

    asyncio.run(journey())


def test_a_ticket_of_a_cancelled_show_is_refused(gate: GateHarness) -> None:
    async def journey() -> None:
        async with gate.app() as (app, pilot):
            screen = await open_gate(app, pilot)
            with contextlib.closing(gate.marketplace.api("olga")) as olga:
                await asyncio.to_thread(olga.call, CANCEL_SHOW, show_id=gate.show_id)
            await scan(pilot, "ADA-1")
            await wait_until(pilot, lambda: results(screen) == ["REFUSE"])
            assert screen.verdict_panel.shown.large in {"SHOW CANCELLED", "REFUNDED"}

    asyncio.run(journey())


def test_members_have_no_access_to_the_gate(gate: GateHarness) -> None:
    async def journey() -> None:
        async with gate.app("ana") as (app, pilot):
            await wait_until(pilot, lambda: app.session.account is not None)
            await pilot.press("5")
            await wait_for_text(pilot, "no access to the Gate screen")
            assert app.current_mode == "market"
            assert "Gate" not in screen_text(app).splitlines()[0]
            offered = {place for place, _, _ in ActionProvider(app.screen).offered_actions()}
            assert "gate" not in offered

    asyncio.run(journey())


def test_a_read_only_gate_admits_nobody(gate: GateHarness) -> None:
    async def journey() -> None:
        async with gate.app(readonly=True) as (app, pilot):
            await open_gate(app, pilot)
            await scan(pilot, "ADA-1")
            await wait_for_text(pilot, "The app is read-only")
            assert (await asyncio.to_thread(gate.counts)).inside == 0

    asyncio.run(journey())


def test_a_key_chooses_another_show_and_keeps_the_entrance(gate: GateHarness) -> None:
    lyon = gate.sell("LYON-1", show=LYON, day=4)

    async def journey() -> None:
        async with gate.app() as (app, pilot):
            screen = await open_gate(app, pilot)
            await scan(pilot, "ADA-1")
            await wait_until(pilot, lambda: results(screen) == ["ADMIT"])
            await pilot.press("ctrl+o")
            await wait_for_text(pilot, "Choose the show of this gate", "L'Arlésienne")
            await open_gate(app, pilot, entrance="", show=lyon.show.id)
            assert results(screen) == []
            await scan(pilot, "LYON-1")
            await wait_until(pilot, lambda: results(screen) == ["ADMIT"])
            await wait_for_text(pilot, "North 2")

    asyncio.run(journey())


def test_a_show_is_found_by_part_of_its_name(gate: GateHarness) -> None:
    gate.sell("LYON-1", show=LYON, day=4)

    async def journey() -> None:
        async with gate.app() as (app, pilot):
            await wait_until(pilot, lambda: app.session.is_staff)
            await pilot.press("5")
            await wait_for_text(pilot, "L'Arlésienne", "Mexico v South Africa")
            await pilot.press("slash", *"arles")
            await wait_until(pilot, lambda: "Mexico v South Africa" not in screen_text(app))
            await pilot.press("enter", "enter")
            await wait_for_text(pilot, "Scan a code.", "L'Arlésienne")

    asyncio.run(journey())


def test_the_gate_closes_when_another_user_signs_in(gate: GateHarness) -> None:
    async def journey() -> None:
        async with gate.app() as (app, pilot):
            screen = await open_gate(app, pilot)
            app.session.use_token(gate.marketplace.account("olga").token)
            app.account_or_server_changed(changed=True)
            await wait_until(pilot, lambda: screen.worker is None)

    asyncio.run(journey())


def test_a_key_scans_people_who_leave_and_come_in_again(gate: GateHarness) -> None:
    async def journey() -> None:
        async with gate.app() as (app, pilot):
            screen = await open_gate(app, pilot)
            await scan(pilot, "ADA-1")
            await wait_until(pilot, lambda: results(screen) == ["ADMIT"])
            await pilot.press("ctrl+b")
            await wait_for_text(pilot, "Scan the code of who leaves.", "EXIT · North 2")
            await scan(pilot, "ADA-1")
            await wait_until(pilot, lambda: results(screen) == ["ADMIT", "LEAVE"])
            await wait_for_text(pilot, "0 inside of", "1 left", "1 out")
            await scan(pilot, "NOBODY")
            await wait_until(pilot, lambda: results(screen)[-1] == "REFUSE")
            await pilot.press("ctrl+b")
            await scan(pilot, "ADA-1")
            await wait_for_text(pilot, "re-entry, left")
            assert "EXIT" not in screen_text(app)
            assert (await asyncio.to_thread(gate.counts)).entered == 2

    asyncio.run(journey())
