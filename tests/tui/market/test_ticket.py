"""The ticket screen: its seat, price, recent sales, seller, and its status as it changes."""

from __future__ import annotations

import asyncio

import msgspec
import pytest
from textual.pilot import Pilot
from textual.widgets import Button

from client.sanitize import safe_text
from contract.orders import CANCEL_ORDER
from contract.shows import EDIT_SHOW, MERGE_SHOWS, EditShow, MergeShows
from contract.tickets import WITHDRAW_TICKET, Ticket
from tests.hostile import CORPUS, STEERING
from tests.tui.checkout.harness import at_checkout
from tests.tui.marketplace import (
    AZTECA,
    DELHI,
    Marketplace,
    screen_text,
    wait_for_idle,
    wait_for_text,
    wait_until,
)
from tui.app import TicketingApp
from tui.checkout.purchase_dialog import PurchaseDialog
from tui.market.ticket_screen import TicketScreen
from tui.messages import FeedEvents


def open_ticket(app: TicketingApp, ticket: Ticket) -> TicketScreen:
    """Open a ticket's screen."""
    screen = TicketScreen(ticket)
    app.push_screen(screen)
    return screen


@pytest.mark.parametrize("size", [(120, 40), (80, 24)])
def test_everything_is_on_the_screen(stocked: Marketplace, size: tuple[int, int]) -> None:
    ticket = stocked.list_ticket(AZTECA, seat="12", row="D", amount=200_000)

    async def look() -> None:
        async with stocked.app("ana", size=size) as (app, pilot):
            open_ticket(app, ticket)
            await wait_until(
                pilot, lambda: "no sales yet" in screen_text(app) and "lowest" in screen_text(app)
            )
            shown = screen_text(app)
            for words in (
                "Mexico v South Africa", "(UTC-6)", "Estadio Azteca, Mexico City",
                "Section B118, row D, seat 12", "MXN 2,000.00   available",
                "a fee of MXN 100.00", f"sold by {ticket.seller_id}", ticket.id,
                "Buy for MXN 2,000.00", "lowest MXN 1,260.00",
            ):  # fmt: skip
                assert words in shown, words

    asyncio.run(look())


def test_the_seat_map_marks_the_seat(stocked: Marketplace) -> None:
    ticket = stocked.list_ticket(AZTECA, seat="6", row="D")

    async def look() -> None:
        async with stocked.app("ana") as (app, pilot):
            open_ticket(app, ticket)
            await wait_for_text(pilot, "○ on sale", "C  ○ ○ ○ ○ ○ ○ ○ ○", "D  · · · · · ◆ · ·")
            await asyncio.to_thread(stocked.list_ticket, AZTECA, seat="5", row="D")
            await wait_for_text(pilot, "D  · · · · ○ ◆ · ·")

    asyncio.run(look())


def test_a_standing_ticket_is_described_in_words(stocked: Marketplace) -> None:
    ticket = stocked.list_ticket(DELHI, section="", row="", seat="", seller="ben", day=9)

    async def look() -> None:
        async with stocked.app("ana") as (app, pilot):
            open_ticket(app, ticket)
            await wait_for_text(pilot, "1 similar on sale", "No numbered seat")

    asyncio.run(look())


def test_a_seller_sees_that_the_ticket_is_their_own(stocked: Marketplace) -> None:
    ticket = stocked.list_ticket(AZTECA, seat="12")

    async def look() -> None:
        async with stocked.app("sofia") as (app, pilot):
            screen = open_ticket(app, ticket)
            await wait_for_text(pilot, "(you)")
            assert not screen.query_one("#buy", Button).display
            await pilot.press("b")
            await wait_for_idle(pilot)
            assert app.screen is screen

    asyncio.run(look())


def test_another_users_lock_is_shown_until_it_ends(stocked: Marketplace) -> None:
    ticket = stocked.list_ticket(AZTECA, seat="12")

    async def look() -> None:
        async with stocked.app("ana") as (app, pilot):
            screen = open_ticket(app, ticket)
            await wait_for_text(pilot, "   available")
            order = await asyncio.to_thread(stocked.lock, "ben", ticket)
            await wait_for_text(pilot, "LOCKED by another buyer 14:5")
            assert not screen.query_one("#buy", Button).display
            await asyncio.to_thread(stocked.call, "ben", CANCEL_ORDER, order_id=order.id)
            await wait_for_text(pilot, "   available")
            assert screen.query_one("#buy", Button).display

    asyncio.run(look())


def test_a_show_that_an_operator_changes_or_merges_is_seen_at_once(stocked: Marketplace) -> None:
    ticket = stocked.list_ticket(AZTECA, seat="12")
    twin = stocked.list_ticket(("Mexico - South Africa", *AZTECA[1:]), seat="13").show
    stocked.make_admin()
    correct = EditShow(name="Mexico versus South Africa")

    async def look() -> None:
        async with stocked.app("ana") as (app, pilot):
            screen = open_ticket(app, ticket)
            await asyncio.to_thread(
                stocked.call, "olga", EDIT_SHOW, correct, show_id=ticket.show.id
            )
            await wait_for_text(
                pilot, "Mexico versus South Africa", "before: Mexico v South Africa"
            )
            await asyncio.to_thread(
                stocked.call, "olga", MERGE_SHOWS, MergeShows(into=twin.id), show_id=ticket.show.id
            )
            await wait_for_text(pilot, "Mexico - South Africa")
            assert screen.ticket.show.id == twin.id
            await pilot.press("escape")
            await wait_for_text(pilot, "Mexico - South Africa")
            assert "versus" not in screen_text(app)

    asyncio.run(look())


def test_a_sale_is_shown_and_joins_the_prices(stocked: Marketplace) -> None:
    ticket = stocked.list_ticket(AZTECA, seat="12", amount=150_000)

    async def look() -> None:
        async with stocked.app("ana") as (app, pilot):
            open_ticket(app, ticket)
            await wait_for_text(pilot, "no sales yet")
            await asyncio.to_thread(stocked.buy, "ben", ticket)
            await wait_for_text(pilot, "SOLD", "1 sale, the last", "1,500.00")

    asyncio.run(look())


def test_a_withdrawn_ticket_is_shown_as_such(stocked: Marketplace) -> None:
    ticket = stocked.list_ticket(AZTECA, seat="12")

    async def look() -> None:
        async with stocked.app("ana") as (app, pilot):
            open_ticket(app, ticket)
            await wait_for_text(pilot, "   available")
            await asyncio.to_thread(stocked.call, "sofia", WITHDRAW_TICKET, if_match=ticket.version,
                ticket_id=ticket.id,
            )  # fmt: skip
            await wait_for_text(pilot, "WITHDRAWN")

    asyncio.run(look())


def test_the_id_is_copied(stocked: Marketplace) -> None:
    ticket = stocked.list_ticket(AZTECA, seat="12")

    async def copy() -> None:
        async with stocked.app("ana") as (app, pilot):
            open_ticket(app, ticket)
            await pilot.press("y")
            await wait_until(pilot, lambda: app.clipboard == ticket.id)

    asyncio.run(copy())


@pytest.mark.parametrize(
    "size",
    [
        (40, 10),
        *(pytest.param(each, marks=pytest.mark.slow) for each in ((1, 1), (30, 8), (60, 20))),
    ],
)
def test_no_size_crashes_the_app(stocked: Marketplace, size: tuple[int, int]) -> None:
    ticket = stocked.list_ticket(AZTECA, seat="12")

    async def shrink() -> None:
        async with at_checkout(stocked, ticket) as (app, pilot, _):
            open_ticket(app, ticket)
            await wait_for_idle(pilot)
            await pilot.resize_terminal(*size)
            await wait_for_idle(pilot)
            app.pop_screen()
            await wait_for_idle(pilot)
            assert not app.crashed

    asyncio.run(shrink())


def test_hostile_text_stays_text_on_the_ticket_and_in_the_dialog(
    marketplace: Marketplace,
) -> None:
    ticket = marketplace.list_ticket(AZTECA, seat="7")

    async def look() -> None:
        async with marketplace.app("ana", size=(80, 24)) as (app, pilot):
            screen = open_ticket(app, ticket)
            await wait_for_idle(pilot)
            for what, text in CORPUS.items():
                hostile = _renamed(ticket, text)
                await _show(pilot, screen, hostile)
                _is_harmless(app, what)
                await app.push_screen(PurchaseDialog(hostile))
                await pilot.pause()
                _is_harmless(app, what)
                await app.pop_screen()

    asyncio.run(look())


def test_hostile_text_stays_text_at_the_checkout(marketplace: Marketplace) -> None:
    ticket = marketplace.list_ticket(AZTECA, seat="7")

    async def look() -> None:
        async with at_checkout(marketplace, ticket, size=(80, 24)) as (app, pilot, checkout):
            for what, text in CORPUS.items():
                checkout.ticket = _renamed(ticket, text)
                checkout.draw()
                await pilot.pause()
                _is_harmless(app, what)

    asyncio.run(look())


async def _show(pilot: Pilot[None], screen: TicketScreen, hostile: Ticket) -> None:
    """Show a ticket that no server would accept."""
    screen.ticket = hostile
    screen.handle_events(FeedEvents(()))
    await pilot.pause()


def _renamed(ticket: Ticket, text: str) -> Ticket:
    """Return a ticket with hostile text in every field, as the client's sanitizer leaves it."""
    clean = {name: safe_text(text) for name in ("name", "venue", "city")}
    return msgspec.structs.replace(
        ticket, section=safe_text(text), row=safe_text(text), seat=safe_text(text),
        show=msgspec.structs.replace(ticket.show, **clean),
    )  # fmt: skip


def _is_harmless(app: TicketingApp, what: str) -> None:
    assert not app.crashed, what
    assert not STEERING.search(screen_text(app)), what
    for strip in app.screen._compositor.render_strips():  # noqa: SLF001  what is drawn
        assert not any(s.style and "buy_now" in str(s.style.meta) for s in strip), what
