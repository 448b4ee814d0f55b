"""The market: what it shows, what moves, and what must not."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from contract.shows import LIST_SHOWS
from contract.tickets import EDIT_TICKET, WITHDRAW_TICKET, EditTicket, Price, Ticket
from tests.tui.marketplace import (
    AZTECA,
    LYON,
    Marketplace,
    advance_app_clock,
    screen_text,
    wait_for_idle,
    wait_for_text,
    wait_until,
)
from tui.app import TicketingApp
from tui.market.screen import MarketScreen


def market_screen(app: TicketingApp) -> MarketScreen:
    screen = app.screen
    assert isinstance(screen, MarketScreen)
    return screen


def test_shows_and_tickets_are_side_by_side(stocked: Marketplace) -> None:
    async def journey() -> None:
        async with stocked.app() as (app, pilot):
            await wait_for_text(pilot, "1,260.00  available")
            line = next(line for line in screen_text(app).splitlines() if "L'Arlésienne" in line)
            assert "EUR 45.00" in line
            await wait_for_text(pilot, "lowest MXN 1,260.00")

    asyncio.run(journey())


def test_a_narrow_screen_shows_one_list_at_a_time(stocked: Marketplace) -> None:
    async def journey() -> None:
        async with stocked.app(size=(80, 24)) as (app, pilot):
            assert "available" not in screen_text(app)
            await pilot.press("enter")
            await wait_for_text(pilot, "available")
            assert "L'Arlésienne" not in screen_text(app)
            await pilot.press("escape")
            await wait_for_text(pilot, "L'Arlésienne")

    asyncio.run(journey())


def test_typing_filters_the_list_and_esc_clears_the_filter(stocked: Marketplace) -> None:
    async def journey() -> None:
        async with stocked.app() as (app, pilot):
            await pilot.press("slash", "a", "r", "l")
            await wait_for_idle(pilot)
            names = [row.show.name for row in market_screen(app).shows.rows]
            assert names[0] == LYON[0]
            assert AZTECA[0] not in names
            await pilot.press("escape")
            await wait_for_idle(pilot)
            assert len(market_screen(app).shows.rows) == 3

    asyncio.run(journey())


def test_the_filter_also_searches_the_server(stocked: Marketplace) -> None:
    async def journey() -> None:
        async with stocked.app() as (_, pilot):
            show = ("Curaçao v Haïti", "Stadium", "Willemstad", "CW", -4)
            await asyncio.to_thread(stocked.list_ticket, show)
            await pilot.press("slash", *"willem haiti")
            await wait_for_text(pilot, "Curaçao v Haïti")

    asyncio.run(journey())


async def changed_often(marketplace: Marketplace, tickets: list[Ticket]) -> None:
    for count in range(100):
        ticket = tickets[count % len(tickets)]
        price = Price(amount=150_000 + count, currency="MXN")
        await asyncio.to_thread(
            marketplace.call, "sofia", EDIT_TICKET, EditTicket(price=price), ticket_id=ticket.id
        )


def test_a_hundred_changes_move_neither_cursor_nor_scroll(marketplace: Marketplace) -> None:
    tickets = [marketplace.list_ticket(seat=str(seat), amount=100_000 + seat) for seat in range(60)]

    async def journey() -> None:
        async with marketplace.app() as (app, pilot):
            offers = market_screen(app).offers
            await wait_until(pilot, lambda: len(offers.table.rows) == 60)
            offers.table.focus()
            await pilot.press("G", *["k"] * 5)
            before, top = offers.ticket, offers.table.scroll_offset.y
            assert before is not None
            assert top > 0
            last = 150_099
            await changed_often(marketplace, tickets[:20])
            await wait_until(
                pilot, lambda: last in [r.ticket.price.amount for r in offers.table.rows]
            )
            assert offers.ticket is not None
            assert offers.ticket.id == before.id
            assert offers.table.scroll_offset.y == top

    asyncio.run(journey())


def test_a_ticket_locked_by_another_user_counts_down_in_place(stocked: Marketplace) -> None:
    async def journey() -> None:
        async with stocked.app() as (app, pilot):
            ticket = market_screen(app).offers.ticket
            assert ticket is not None
            await asyncio.to_thread(stocked.lock, "ben", ticket)
            await wait_for_text(pilot, "LOCKED 14:5")
            assert market_screen(app).offers.ticket is not None
            assert market_screen(app).offers.ticket.id == ticket.id  # type: ignore[union-attr]
            await wait_for_text(pilot, "lowest MXN 1,280.00")

    asyncio.run(journey())


def test_the_users_own_lock_is_marked_and_leads_to_its_checkout(stocked: Marketplace) -> None:
    async def journey() -> None:
        async with stocked.app("ana") as (app, pilot):
            ticket = market_screen(app).offers.ticket
            assert ticket is not None
            await asyncio.to_thread(stocked.lock, "ana", ticket)
            await wait_for_text(pilot, "YOUR LOCK 14:5")
            await pilot.press("b")
            await wait_for_text(pilot, "RESERVED FOR YOU 14:5")

    asyncio.run(journey())


def test_a_ticket_that_left_the_market_stays_dim_for_a_minute(stocked: Marketplace) -> None:
    async def journey() -> None:
        async with stocked.app() as (app, pilot):
            offers = market_screen(app).offers
            ticket = offers.ticket
            assert ticket is not None
            await asyncio.to_thread(stocked.call, "sofia", WITHDRAW_TICKET, ticket_id=ticket.id)
            await wait_for_text(pilot, "WITHDRAWN")
            advance_app_clock(stocked, timedelta(seconds=61))
            offers.tick()
            await pilot.pause()
            assert "WITHDRAWN" not in screen_text(app)
            assert offers.table.find(ticket.id) is None

    asyncio.run(journey())


def test_a_new_ticket_is_inserted_by_price(stocked: Marketplace) -> None:
    async def journey() -> None:
        async with stocked.app() as (app, pilot):
            await asyncio.to_thread(stocked.list_ticket, seat="99", amount=129_000)
            offers = market_screen(app).offers
            await wait_until(pilot, lambda: len(offers.table.rows) == 9)
            amounts = [row.ticket.price.amount for row in offers.table.rows]
            assert amounts == sorted(amounts)
            await wait_until(pilot, lambda: market_screen(app).shows.rows[0].on_sale == 9)

    asyncio.run(journey())


def test_tickets_are_sorted_by_key_and_by_a_click_on_the_title(
    marketplace: Marketplace,
) -> None:
    for section, amount in (("A10", 3000), ("A2", 2000), ("B1", 1000)):
        marketplace.list_ticket(section=section, amount=amount)

    async def journey() -> None:
        async with marketplace.app() as (app, pilot):
            table = market_screen(app).offers.table

            def sections() -> list[str]:
                return [row.ticket.section for row in table.rows]

            assert sections() == ["B1", "A2", "A10"]
            await pilot.click(table, offset=(3, 0))
            await wait_until(pilot, lambda: sections() == ["A10", "A2", "B1"])
            await pilot.press("s")
            await wait_until(pilot, lambda: sections() == ["B1", "A2", "A10"])
            await wait_for_text(pilot, "PRICE▴")

    asyncio.run(journey())


def test_long_lists_are_loaded_in_pages_while_scrolling(marketplace: Marketplace) -> None:
    for seat in range(230):
        marketplace.list_ticket(seat=str(seat), amount=1000 + seat)

    async def journey() -> None:
        async with marketplace.app() as (app, pilot):
            table = market_screen(app).offers.table
            assert len(table.rows) == 100
            table.focus()
            await pilot.press("G")
            await wait_until(pilot, lambda: len(table.rows) == 200)
            await pilot.press("G")
            await wait_until(pilot, lambda: len(table.rows) == 230)

    asyncio.run(journey())


def test_vim_keys_move_in_a_list_and_type_in_a_field(stocked: Marketplace) -> None:
    async def journey() -> None:
        async with stocked.app() as (app, pilot):
            table = market_screen(app).shows
            await pilot.press("j", "j")
            assert table.at == 2
            await pilot.press("k")
            assert table.at == 1
            await pilot.press("g")
            assert table.at == 0
            await pilot.press("G")
            assert table.at == 2
            await pilot.press("slash", "j", "k")
            assert app.screen.query_one("#filter", Input).value == "jk"

    asyncio.run(journey())


def test_the_main_keys_are_shown_at_80_columns(stocked: Marketplace) -> None:
    async def journey() -> None:
        async with stocked.app(size=(80, 24)) as (app, _):
            foot = screen_text(app).splitlines()[-1]
            for hint in ("b buy", "/ filter", "s sort", "f filters", "n sell", "? help"):
                assert hint in foot

    asyncio.run(journey())


async def apply_filters(pilot: Pilot[None], *keys: str) -> None:
    await pilot.press("f")
    await pilot.press(*keys)
    await pilot.press("enter")
    await wait_for_idle(pilot)


def test_filters_narrow_the_market_and_are_shown(stocked: Marketplace) -> None:
    async def journey() -> None:
        async with stocked.app() as (app, pilot):
            await apply_filters(pilot, *"Lyon")
            assert [row.show.city for row in market_screen(app).shows.rows] == ["Lyon"]
            await wait_until(pilot, lambda: "Lyon" in screen_text(app).splitlines()[3])

    asyncio.run(journey())


def test_a_price_without_a_currency_is_refused_in_the_dialog(stocked: Marketplace) -> None:
    async def journey() -> None:
        async with stocked.app() as (_, pilot):
            await apply_filters(pilot, "tab", "tab", "tab", *"50")
            await wait_for_text(pilot, "enter a currency")
            await pilot.press("tab", *"eur", "enter")
            await wait_for_idle(pilot)
            await wait_for_text(pilot, "up to EUR 50.00")

    asyncio.run(journey())


def test_the_next_start_restores_the_market(stocked: Marketplace) -> None:
    async def journey() -> None:
        async with stocked.app() as (app, pilot):
            await pilot.press("j", "s")
            await wait_for_idle(pilot)
            app.theme = "day"
            app.quit_app()
        async with stocked.app() as (app, pilot):
            await wait_for_idle(pilot)
            assert app.theme == "day"
            assert market_screen(app).offers.by == "NEWEST"
            assert market_screen(app).offers.current_show is not None
            assert market_screen(app).offers.current_show.name == LYON[0]  # type: ignore[union-attr]

    asyncio.run(journey())


def test_a_new_show_appears_by_itself(marketplace: Marketplace) -> None:
    async def journey() -> None:
        async with marketplace.app() as (app, pilot):
            await wait_for_text(pilot, "nothing on sale yet")
            await asyncio.to_thread(marketplace.list_ticket)
            await wait_until(
                pilot,
                lambda: AZTECA[0] in screen_text(app) and "1,240.00  available" in screen_text(app),
            )
            await wait_for_text(pilot, "1 show")

    asyncio.run(journey())


def test_a_new_sale_joins_the_sparkline(stocked: Marketplace) -> None:
    async def journey() -> None:
        async with stocked.app() as (app, pilot):
            await wait_for_text(pilot, "no sales yet")
            ticket = market_screen(app).offers.ticket
            assert ticket is not None
            await asyncio.to_thread(stocked.buy, "ben", ticket)
            await wait_for_text(pilot, "last sale", "▄   last sale")

    asyncio.run(journey())


def has(app: TicketingApp, words: str, times: int) -> bool:
    return screen_text(app).count(words) == times


def test_only_one_count_is_requested_at_a_time(
    stocked: Marketplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def journey() -> None:
        async with stocked.app() as (app, pilot):
            marketplace, answered, asked = market_screen(app), asyncio.Event(), 0
            page = app.session.page

            async def slowly(endpoint: Any, query: Any) -> Any:
                nonlocal asked
                if endpoint is LIST_SHOWS:
                    asked += 1
                    await answered.wait()
                return await page(endpoint, query)

            monkeypatch.setattr(app.session, "page", slowly)
            for count in (1, 2):
                ticket = marketplace.offers.table.rows[count].ticket
                await asyncio.to_thread(stocked.call, "sofia", WITHDRAW_TICKET, ticket_id=ticket.id)
                await wait_until(pilot, partial(has, app, "WITHDRAWN", count))
                marketplace.update_counts()
                await pilot.pause()
            assert asked == 1
            answered.set()
            await wait_until(pilot, lambda: marketplace.shows.rows[0].on_sale == 6)

    asyncio.run(journey())
