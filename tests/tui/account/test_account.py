"""The account screen: the user's listings, and what all tabs share."""

from __future__ import annotations

import asyncio
import contextlib

import pytest
from textual.pilot import Pilot

from contract.tickets import (
    EDIT_TICKET,
    LIST_TICKETS,
    EditTicket,
    Price,
    Ticket,
    TicketsQuery,
    TicketStatus,
)
from tests.tui.marketplace import (
    LYON,
    Marketplace,
    screen_text,
    wait_for_idle,
    wait_for_text,
    wait_until,
)
from tui.account.listings import ListingsTab
from tui.account.screen import AccountScreen
from tui.actions import SCOPES
from tui.app import TicketingApp
from tui.messages import ConnectionChanged, ReloadNeeded
from tui.widgets.confirm_dialog import ConfirmDialog


async def open_tab(app: TicketingApp, pilot: Pilot[None], title: str) -> AccountScreen:
    """Go to a tab of the account screen, and wait until it is loaded."""
    await pilot.press("2")
    await wait_until(pilot, lambda: isinstance(app.screen, AccountScreen))
    screen = app.screen
    assert isinstance(screen, AccountScreen)
    while screen.tabs.at != title:
        await pilot.press("right_square_bracket")
    await wait_for_idle(pilot)
    return screen


def listed(marketplace: Marketplace, name: str = "sofia") -> list[Ticket]:
    """Return a user's tickets, the newest first."""
    with contextlib.closing(marketplace.api(name)) as api:
        return list(api.call(LIST_TICKETS, TicketsQuery(mine=True, limit=100)).items)


def test_a_listing_that_another_user_locks_changes_in_place(stocked: Marketplace) -> None:
    async def look() -> None:
        async with stocked.app("sofia") as (app, pilot):
            screen = await open_tab(app, pilot, "Listings")
            await pilot.press("down", "down", "down")
            here = screen.tab.row
            other = listed(stocked)[6]
            await asyncio.to_thread(stocked.lock, "ana", other)
            await wait_for_text(pilot, "LOCKED")
            assert screen.tab.row == here
            assert [t.id for t in screen.tab.table.rows].count(other.id) == 1

    asyncio.run(look())


def test_a_ticket_listed_elsewhere_appears_at_the_top(stocked: Marketplace) -> None:
    async def look() -> None:
        async with stocked.app("sofia") as (app, pilot):
            screen = await open_tab(app, pilot, "Listings")
            new = await asyncio.to_thread(stocked.list_ticket, seat="77")
            await wait_for_text(pilot, "B118 C 77")
            assert screen.tab.table.rows[0].id == new.id

    asyncio.run(look())


def test_another_sellers_listing_does_not_appear(marketplace: Marketplace) -> None:
    marketplace.list_ticket()

    async def look() -> None:
        async with marketplace.app("sofia") as (app, pilot):
            await open_tab(app, pilot, "Listings")
            await asyncio.to_thread(marketplace.list_ticket, LYON, seller="ben", seat="1")
            await asyncio.to_thread(marketplace.list_ticket, seat="8")
            await wait_for_text(pilot, "B118 C 8")
            assert "Arlésienne" not in screen_text(app)

    asyncio.run(look())


def test_a_price_is_edited_in_place_and_the_fee_is_shown_while_typing(
    marketplace: Marketplace,
) -> None:
    marketplace.list_ticket()

    async def edit() -> None:
        async with marketplace.app("sofia") as (app, pilot):
            await open_tab(app, pilot, "Listings")
            await pilot.press("e", "ctrl+u", *"1300.50")
            await pilot.pause()
            await wait_for_text(pilot, "fee MXN 65.02 (5 %): you receive MXN 1,235.48 TEST")
            await pilot.press("enter")
            await wait_for_text(pilot, "MXN 1,300.50  on sale")
            assert listed(marketplace)[0].price.amount == 130050

    asyncio.run(edit())


def test_an_invalid_price_is_reported_while_typing_and_never_sent(
    marketplace: Marketplace,
) -> None:
    marketplace.list_ticket()

    async def edit() -> None:
        async with marketplace.app("sofia") as (app, pilot):
            await open_tab(app, pilot, "Listings")
            await pilot.press("e", "ctrl+u", *"12.345")
            await pilot.pause()
            await wait_for_text(pilot, "MXN has at most 2 decimals")
            await pilot.press("enter", "ctrl+u", "0", "enter")
            await wait_for_idle(pilot)
            await wait_for_text(pilot, "must be at least MXN 10.00, the payment provider's minimum")
            assert listed(marketplace)[0].version == 1

    asyncio.run(edit())


def test_escape_keeps_the_old_price(marketplace: Marketplace) -> None:
    marketplace.list_ticket()

    async def edit() -> None:
        async with marketplace.app("sofia") as (app, pilot):
            screen = await open_tab(app, pilot, "Listings")
            await pilot.press("e", "ctrl+u", *"9", "escape")
            await wait_for_idle(pilot)
            assert "new price" not in screen_text(app)
            assert app.focused is screen.tab.table
            assert listed(marketplace)[0].version == 1

    asyncio.run(edit())


def test_a_restored_connection_does_not_take_the_focus_from_the_price(
    marketplace: Marketplace,
) -> None:
    marketplace.list_ticket()

    async def edit() -> None:
        async with marketplace.app("sofia") as (app, pilot):
            screen = await open_tab(app, pilot, "Listings")
            await pilot.press("e", "ctrl+u", "1")
            app.post_to_all(ConnectionChanged)
            app.post_to_all(ReloadNeeded)
            await wait_for_idle(pilot)
            await pilot.press("2", "enter")
            await wait_until(pilot, lambda: listed(marketplace)[0].price.amount == 1200)
            assert app.screen is screen

    asyncio.run(edit())


def test_a_price_based_on_an_old_version_is_refused_and_can_be_saved_again(
    marketplace: Marketplace,
) -> None:
    ticket = marketplace.list_ticket()

    async def edit() -> None:
        async with marketplace.app("sofia") as (app, pilot):
            await open_tab(app, pilot, "Listings")
            await pilot.press("e", "ctrl+u", *"2000")
            preference = EditTicket(price=Price(amount=150000, currency="MXN"))
            with contextlib.closing(marketplace.api("sofia")) as api:
                await asyncio.to_thread(
                    api.call, EDIT_TICKET, preference, if_match=1, ticket_id=ticket.id
                )
            await wait_for_text(pilot, "changed meanwhile")
            await pilot.press("enter")
            await wait_for_text(pilot, "Not saved: the price is now MXN 1,500.00")
            assert listed(marketplace)[0].price.amount == 150000
            await pilot.press("enter")
            await wait_for_text(pilot, "MXN 2,000.00  on sale")

    asyncio.run(edit())


def test_withdrawing_warns_that_it_cannot_be_undone(marketplace: Marketplace) -> None:
    marketplace.list_ticket()

    async def withdraw() -> None:
        async with marketplace.app("sofia") as (app, pilot):
            await open_tab(app, pilot, "Listings")
            await pilot.press("w")
            await wait_for_text(pilot, "This cannot be undone")
            await pilot.press("enter")  # "no" is focused
            await wait_for_idle(pilot)
            assert listed(marketplace)[0].status is TicketStatus.AVAILABLE
            await pilot.press("w")
            await wait_until(pilot, lambda: isinstance(app.screen, ConfirmDialog))
            await pilot.press("right", "enter")
            await wait_for_text(pilot, "withdrawn")
            assert listed(marketplace)[0].status is TicketStatus.WITHDRAWN

    asyncio.run(withdraw())


def test_a_sold_ticket_can_neither_be_edited_nor_withdrawn(marketplace: Marketplace) -> None:
    marketplace.buy("ana", marketplace.list_ticket())

    async def edit() -> None:
        async with marketplace.app("sofia") as (app, pilot):
            screen = await open_tab(app, pilot, "Listings")
            await pilot.press("e", "w")
            await wait_for_text(pilot, "it cannot be changed")
            assert app.screen is screen
            assert screen.query_one(ListingsTab).price.ticket is None

    asyncio.run(edit())


def test_the_next_page_of_listings_is_loaded_near_the_end(
    marketplace: Marketplace,
) -> None:
    for seat in range(1, 106):
        marketplace.list_ticket(seat=str(seat))

    async def scroll() -> None:
        async with marketplace.app("sofia") as (app, pilot):
            screen = await open_tab(app, pilot, "Listings")
            assert len(screen.tab.table.rows) == 100  # one page
            await pilot.press("G")
            await wait_until(pilot, lambda: len(screen.tab.table.rows) == 105)

    asyncio.run(scroll())


# All tabs.


def test_typing_filters_a_tab_and_escape_clears_the_filter(stocked: Marketplace) -> None:
    async def narrow() -> None:
        async with stocked.app("sofia") as (app, pilot):
            screen = await open_tab(app, pilot, "Listings")
            every = len(screen.tab.table.rows)
            await pilot.press("slash", *"lyon")
            await wait_until(pilot, lambda: len(screen.tab.table.rows) == 2)
            assert "Mexico" not in screen_text(app)
            await pilot.press("escape")
            await wait_until(pilot, lambda: len(screen.tab.table.rows) == every)

    asyncio.run(narrow())


def test_a_click_selects_a_tab(stocked: Marketplace) -> None:
    async def click() -> None:
        async with stocked.app("sofia") as (app, pilot):
            screen = await open_tab(app, pilot, "Orders")
            await pilot.click("#tabs", offset=(12, 0))
            await wait_until(pilot, lambda: screen.tabs.at == "Listings")
            await wait_for_text(pilot, "Arlésienne")

    asyncio.run(click())


def test_an_anonymous_user_is_asked_to_sign_in_and_sees_nothing(stocked: Marketplace) -> None:
    async def look() -> None:
        async with stocked.app() as (app, pilot):
            await pilot.press("2")
            await wait_for_text(pilot, "You are not signed in")
            assert "SHOW" not in screen_text(app)
            await pilot.click("#sign-in")
            await wait_for_text(pilot, "Password")

    asyncio.run(look())


def test_nothing_of_one_user_is_left_for_the_next(stocked: Marketplace) -> None:
    async def leave() -> None:
        async with stocked.app("sofia") as (app, pilot):
            screen = await open_tab(app, pilot, "Listings")
            assert screen.tab.known
            app.action_sign_out()
            await wait_for_text(pilot, "You are not signed in")
            assert not screen.tab.known
            assert "Mexico" not in screen_text(app)

    asyncio.run(leave())


def test_an_action_chosen_in_the_palette_selects_its_tab(marketplace: Marketplace) -> None:
    marketplace.account("ana")

    async def choose() -> None:
        async with marketplace.app("ana") as (app, pilot):
            action = next(a for a in SCOPES["account"].actions if a.name == "add_card")
            app.perform("account", action)
            await wait_for_text(pilot, "Save a card")
            assert isinstance(app.screen_stack[-2], AccountScreen)
            assert app.screen_stack[-2].tabs.at == "Cards"

    asyncio.run(choose())


def test_an_anonymous_user_who_chooses_an_account_action_is_asked_to_sign_in(
    marketplace: Marketplace,
) -> None:
    async def choose() -> None:
        async with marketplace.app() as (app, pilot):
            action = next(a for a in SCOPES["account"].actions if a.name == "withdraw")
            app.perform("account", action)
            await wait_for_text(pilot, "Password")

    asyncio.run(choose())


@pytest.mark.parametrize("title", ["Orders", "Listings", "Sales", "Payouts", "Cards"])
def test_nothing_is_cut_off_on_a_small_terminal(marketplace: Marketplace, title: str) -> None:
    ticket = marketplace.list_ticket(seller="ana", section="C", row="A", seat="26")
    marketplace.buy("ben", ticket)
    marketplace.buy("ana", marketplace.list_ticket(LYON, section="C", row="A", seat="26"))
    marketplace.save_card("ana")

    async def look() -> None:
        async with marketplace.app("ana", size=(80, 24)) as (app, pilot):
            screen = await open_tab(app, pilot, title)
            assert screen.tab.table.rows or title == "Payouts"
            assert "…" not in screen_text(app)
            await wait_for_text(pilot, "^p commands")

    asyncio.run(look())
