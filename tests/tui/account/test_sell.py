"""The sell screen: with the keyboard only, with the mouse only, and its errors."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

import pytest
from textual.pilot import Pilot

from client.transport import Unreachable
from contract.tickets import LIST_TICKETS, Ticket, TicketsQuery
from tests.conftest import KINDS
from tests.hostile import CORPUS, STEERING
from tests.tui.marketplace import Marketplace, screen_text, wait_for_idle, wait_for_text, wait_until
from tui.account.sell_screen import SellScreen
from tui.app import TicketingApp
from tui.widgets.confirm_dialog import ConfirmDialog

TYPED = {
    "show": "Orfeo", "venue": "Fenice", "city": "Venezia", "country": "IT",
    "starts_at": "2031-03-18T19:00:00+01:00",
}  # fmt: skip


def listed(marketplace: Marketplace, name: str) -> list[Ticket]:
    """Return a user's tickets, the newest first."""
    with contextlib.closing(marketplace.api(name)) as api:
        return list(api.call(LIST_TICKETS, TicketsQuery(mine=True, limit=100)).items)


async def open_form(app: TicketingApp, pilot: Pilot[None]) -> SellScreen:
    """Open the form, and wait until it is filled in."""
    await pilot.press("n")
    await wait_until(pilot, lambda: isinstance(app.screen, SellScreen))
    await wait_for_idle(pilot)
    assert isinstance(app.screen, SellScreen)
    return app.screen


@pytest.mark.parametrize("kind", KINDS)
def test_a_ticket_is_listed_with_the_keyboard_only(marketplace: Marketplace) -> None:
    marketplace.account("ana")

    async def sell() -> None:
        async with marketplace.app("ana", size=(80, 24)) as (app, pilot):
            form = await open_form(app, pilot)
            await pilot.press(*TYPED["show"], "tab", "enter", "down", "enter", "tab")
            for name in ("venue", "city", "country", "starts_at"):
                await pilot.press(*TYPED[name], "tab")
            await pilot.press(*"A", "tab", *"3", "tab", *"12", "tab", *"45.50", "tab", *"EUR")
            await pilot.pause()
            await wait_for_text(pilot, "fee EUR 2.27 (5 %): you receive EUR 43.23 TEST")
            await pilot.press("ctrl+s")
            await wait_until(pilot, lambda: listed(marketplace, "ana"))
            await wait_until(pilot, lambda: not form.unsaved_work)
            made = listed(marketplace, "ana")[0]
            assert (made.show.name, made.section, made.row, made.seat) == ("Orfeo", "A", "3", "12")
            assert (made.price.amount, made.show.category.value) == (4550, "concert")

    asyncio.run(sell())


def test_a_ticket_is_listed_with_the_mouse_except_for_typing(marketplace: Marketplace) -> None:
    marketplace.account("ana")

    async def sell() -> None:
        async with marketplace.app("ana") as (app, pilot):
            await wait_for_text(pilot, "n sell")
            keys = screen_text(app).splitlines()[-1]
            await pilot.click("KeyHints", offset=(keys.index("n sell"), 0))
            await wait_until(pilot, lambda: isinstance(app.screen, SellScreen))
            await wait_for_idle(pilot)
            for name, typed in {**TYPED, "seat": "12", "price": "45.50", "currency": "EUR"}.items():
                await pilot.click(f"#field-{name} Input")
                await pilot.press(*typed)
                await wait_for_idle(pilot)  # an error below a field moves the fields under it
            await pilot.click("#category")
            await wait_for_idle(pilot)
            await pilot.click("SelectOverlay", offset=(4, 2))
            await wait_for_idle(pilot)
            await pilot.click("#list")
            await wait_until(pilot, lambda: listed(marketplace, "ana"))
            assert listed(marketplace, "ana")[0].price.amount == 4550

    asyncio.run(sell())


def test_shrinking_the_terminal_to_one_cell_keeps_what_was_typed(marketplace: Marketplace) -> None:
    marketplace.account("ana")

    async def sell() -> None:
        async with marketplace.app("ana") as (app, pilot):
            form = await open_form(app, pilot)
            await pilot.press(*"Orfeo")
            await pilot.resize_terminal(1, 1)
            await pilot.resize_terminal(120, 40)
            await pilot.pause()
            assert form.values["show"] == "Orfeo"

    asyncio.run(sell())


def test_the_form_starts_with_the_show_selected_in_the_market(stocked: Marketplace) -> None:
    stocked.account("ana")

    async def sell() -> None:
        async with stocked.app("ana") as (app, pilot):
            await wait_for_text(pilot, "1,260.00")
            form = await open_form(app, pilot)
            assert form.values["show"] == "Mexico v South Africa"
            assert form.values["starts_at"] == "2031-06-08T13:00:00-06:00"
            assert form.values["currency"] == "MXN"
            assert not form.unsaved_work
            await pilot.press(*"Z9", "tab", "tab", *"1", "tab", *"10", "ctrl+s")
            await wait_until(pilot, lambda: listed(stocked, "ana"))

    asyncio.run(sell())


def test_away_from_the_market_the_form_starts_with_the_show_of_the_last_listing(
    stocked: Marketplace,
) -> None:
    async def sell() -> None:
        async with stocked.app("sofia") as (app, pilot):
            await pilot.press("2")
            await wait_for_idle(pilot)
            form = await open_form(app, pilot)
            await wait_until(pilot, lambda: form.values["show"] == "Ravi Shankar Tribute")
            assert form.values["currency"] == "INR"

    asyncio.run(sell())


def test_the_show_stays_filled_in_for_the_next_seat(marketplace: Marketplace) -> None:
    marketplace.list_ticket(seller="ana")

    async def sell() -> None:
        async with marketplace.app("ana") as (app, pilot):
            form = await open_form(app, pilot)
            await pilot.press(*"B118", "tab", *"C", "tab", *"8", "tab", *"10", "ctrl+s")
            await wait_until(pilot, lambda: len(listed(marketplace, "ana")) == 2)
            await wait_until(pilot, lambda: form.values["seat"] == "")
            await pilot.press(*"9", "ctrl+s")
            await wait_until(pilot, lambda: len(listed(marketplace, "ana")) == 3)
            assert {t.seat for t in listed(marketplace, "ana")} == {"7", "8", "9"}

    asyncio.run(sell())


def test_errors_are_shown_only_at_touched_fields(marketplace: Marketplace) -> None:
    marketplace.account("ana")

    async def sell() -> None:
        async with marketplace.app("ana") as (app, pilot):
            await open_form(app, pilot)
            assert "missing" not in screen_text(app)
            await pilot.click("#field-starts_at Input")
            await pilot.press(*"tomorrow")
            await pilot.pause()
            await wait_for_text(pilot, "must be a date and time with its offset")
            assert "missing" not in screen_text(app)

    asyncio.run(sell())


def test_an_incomplete_form_is_not_sent_and_focuses_the_missing_field(
    marketplace: Marketplace,
) -> None:
    marketplace.account("ana")

    async def sell() -> None:
        async with marketplace.app("ana") as (app, pilot):
            await open_form(app, pilot)
            await pilot.press(*"Orfeo", "ctrl+s")
            await pilot.pause()
            assert screen_text(app).count("is missing") == 6
            assert app.focused is not None
            assert app.focused.id == "category"
            assert not listed(marketplace, "ana")

    asyncio.run(sell())


def test_a_seat_listed_twice_is_refused_at_the_seat_field(marketplace: Marketplace) -> None:
    marketplace.list_ticket(seller="ana")

    async def sell() -> None:
        async with marketplace.app("ana") as (app, pilot):
            form = await open_form(app, pilot)
            await pilot.press(*"B118", "tab", *"C", "tab", *"7", "tab", *"10", "ctrl+s")
            await wait_until(pilot, lambda: form.fields["seat"].has_class("-wrong"))
            assert app.focused is not None
            assert app.focused.id == "seat"
            assert len(listed(marketplace, "ana")) == 1
            await pilot.press("backspace", "8", "ctrl+s")
            await wait_until(pilot, lambda: len(listed(marketplace, "ana")) == 2)

    asyncio.run(sell())


def test_submitting_twice_at_once_lists_one_ticket(marketplace: Marketplace) -> None:
    marketplace.list_ticket(seller="ana", seat="1")

    async def sell() -> None:
        async with marketplace.app("ana") as (app, pilot):
            form = await open_form(app, pilot)
            form.fields["price"].fill("10")
            form.action_list()
            form.action_list()
            await wait_until(pilot, lambda: len(listed(marketplace, "ana")) == 2)
            await wait_for_idle(pilot)
            assert len(listed(marketplace, "ana")) == 2

    asyncio.run(sell())


def test_resubmitting_after_a_lost_response_lists_one_ticket(
    marketplace: Marketplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    marketplace.list_ticket(seller="ana", seat="1")

    async def sell() -> None:
        async with marketplace.app("ana") as (app, pilot):
            form = await open_form(app, pilot)
            call = app.session.call

            async def lost(*body: Any, **more: Any) -> Any:
                await call(*body, **more)
                monkeypatch.undo()
                raise Unreachable(app.session.server, "the answer was lost")

            monkeypatch.setattr(app.session, "call", lost)
            form.fields["price"].fill("10")
            await pilot.press("ctrl+s")
            await wait_for_text(pilot, "listed only once")
            await pilot.press("ctrl+s")
            await wait_until(pilot, lambda: not form.unsaved_work)
            assert len(listed(marketplace, "ana")) == 2

    asyncio.run(sell())


@pytest.mark.parametrize(
    "size",
    [
        (60, 20),
        *(pytest.param(each, marks=pytest.mark.slow) for each in ((80, 24), (40, 10), (160, 50))),
    ],
)
def test_a_resize_keeps_the_text_and_the_focus(
    marketplace: Marketplace, size: tuple[int, int]
) -> None:
    marketplace.account("ana")

    async def sell() -> None:
        async with marketplace.app("ana") as (app, pilot):
            form = await open_form(app, pilot)
            await pilot.click("#field-price Input")
            await pilot.press(*"12.3")
            await pilot.resize_terminal(*size)
            await pilot.pause()
            await pilot.resize_terminal(120, 40)
            await pilot.press("4")
            await pilot.pause()
            assert form.values["price"] == "12.34"
            assert app.focused is form.fields["price"].query_one("#price")

    asyncio.run(sell())


def test_leaving_a_form_with_input_asks_for_confirmation(
    marketplace: Marketplace,
) -> None:
    marketplace.account("ana")

    async def sell() -> None:
        async with marketplace.app("ana") as (app, pilot):
            form = await open_form(app, pilot)
            await pilot.press(*"Orfeo", "ctrl+q")
            await wait_until(pilot, lambda: isinstance(app.screen, ConfirmDialog))
            await pilot.pause()
            await wait_for_text(pilot, "This ticket is not listed yet")
            await pilot.press("enter", "escape")
            await wait_until(pilot, lambda: isinstance(app.screen, ConfirmDialog))
            await pilot.press("enter")
            await wait_until(pilot, lambda: app.screen is form)
            assert form.values["show"] == "Orfeo"

    asyncio.run(sell())


def test_an_empty_form_is_left_at_once(marketplace: Marketplace) -> None:
    marketplace.list_ticket(seller="ana")

    async def sell() -> None:
        async with marketplace.app("ana") as (app, pilot):
            await open_form(app, pilot)
            await pilot.press("escape")
            await wait_until(pilot, lambda: not isinstance(app.screen, SellScreen))
            assert not isinstance(app.screen, ConfirmDialog)

    asyncio.run(sell())


def test_a_read_only_app_lists_nothing(marketplace: Marketplace) -> None:
    marketplace.list_ticket(seller="ana")

    async def sell() -> None:
        async with marketplace.app("ana", readonly=True) as (app, pilot):
            app.push_screen(SellScreen())
            await wait_until(pilot, lambda: isinstance(app.screen, SellScreen))
            await wait_for_idle(pilot)
            assert isinstance(app.screen, SellScreen)
            app.screen.fields["price"].fill("10")
            await pilot.press("ctrl+s")
            await pilot.click("#list")
            await wait_for_idle(pilot)
            assert len(listed(marketplace, "ana")) == 1

    asyncio.run(sell())


def test_hostile_texts_in_the_form_neither_control_nor_break_it(marketplace: Marketplace) -> None:
    marketplace.account("ana")

    async def sell() -> None:
        async with marketplace.app("ana") as (app, pilot):
            form = await open_form(app, pilot)
            for text in CORPUS.values():
                for field in form.fields.values():
                    field.fill(text)
                await pilot.press("ctrl+s")
                await pilot.pause()
                assert not STEERING.search(screen_text(app)), text

    asyncio.run(sell())


def test_the_whole_form_fits_a_small_terminal(marketplace: Marketplace) -> None:
    marketplace.list_ticket(seller="ana")

    async def sell() -> None:
        async with marketplace.app("ana", size=(80, 24)) as (app, pilot):
            await open_form(app, pilot)
            await pilot.pause()
            for word in (
                "Sell a ticket",
                "Show",
                "Country",
                "Seat",
                "Your id",
                "List ticket",
                "^s",
            ):
                assert word in screen_text(app)

    asyncio.run(sell())
