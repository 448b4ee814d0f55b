"""The user's orders, from lock to receipt."""

from __future__ import annotations

import asyncio
import contextlib
from datetime import timedelta, timezone

from contract.issuing import ISSUE_TICKETS, IssuedPlace, IssueTickets
from contract.orders import LIST_ORDERS, Order, OrdersQuery, OrderStatus
from contract.organisers import APPROVE_ORGANISER, CREATE_ORGANISER, CreateOrganiser
from contract.shows import CREATE_SHOW, EDIT_OWN_SHOW, EDIT_SHOW, Category, EditShow, ShowDetails
from contract.tickets import LIST_TICKETS, Price, Ticket, TicketsQuery
from tests.tui.account.test_account import open_tab
from tests.tui.marketplace import (
    START,
    Marketplace,
    screen_text,
    wait_for_idle,
    wait_for_text,
    wait_until,
)
from tui.account.orders import OrdersTab
from tui.account.receipt_dialog import ReceiptDialog
from tui.app import TicketingApp
from tui.widgets.confirm_dialog import ConfirmDialog
from tui.widgets.details_dialog import DetailsDialog


def ordered(marketplace: Marketplace, name: str) -> list[Order]:
    """Return a user's orders."""
    with contextlib.closing(marketplace.api(name)) as api:
        return list(api.call(LIST_ORDERS, OrdersQuery()).items)


def test_an_order_that_awaits_payment_shows_its_ticket_and_a_countdown(
    marketplace: Marketplace,
) -> None:
    ticket = marketplace.list_ticket()
    marketplace.lock("ana", ticket)

    async def look() -> None:
        async with marketplace.app("ana") as (app, pilot):
            await open_tab(app, pilot, "Orders")
            line = next(line for line in screen_text(app).splitlines() if "awaiting" in line)
            assert "Mexico v South Africa" in line
            assert "B118 C 7" in line
            assert "awaiting payment 14:5" in line

    asyncio.run(look())


def test_an_order_paid_elsewhere_becomes_complete_in_place(marketplace: Marketplace) -> None:
    ticket = marketplace.list_ticket()

    async def look() -> None:
        async with marketplace.app("ana") as (app, pilot):
            await open_tab(app, pilot, "Orders")
            await asyncio.to_thread(marketplace.buy, "ana", ticket)
            await wait_for_text(pilot, "complete")
            assert "awaiting" not in screen_text(app)

    asyncio.run(look())


def test_a_ticket_is_released_only_after_confirmation(marketplace: Marketplace) -> None:
    ticket = marketplace.list_ticket()
    marketplace.lock("ana", ticket)

    async def look() -> None:
        async with marketplace.app("ana") as (app, pilot):
            await open_tab(app, pilot, "Orders")
            await pilot.press("x")
            await wait_until(pilot, lambda: isinstance(app.screen, ConfirmDialog))
            await pilot.press("enter")  # "no" is focused
            await wait_for_idle(pilot)
            assert ordered(marketplace, "ana")[0].status is OrderStatus.AWAITING_PAYMENT
            await pilot.press("x")
            await wait_until(pilot, lambda: isinstance(app.screen, ConfirmDialog))
            await pilot.press("right", "enter")
            await wait_for_text(pilot, "cancelled: released")
            assert ordered(marketplace, "ana")[0].status is OrderStatus.CANCELLED

    asyncio.run(look())


def test_a_paid_order_shows_its_receipt_its_details_and_what_its_show_was_before(
    marketplace: Marketplace,
) -> None:
    ticket = marketplace.list_ticket()
    marketplace.buy("ana", ticket)
    marketplace.make_admin()

    async def look() -> None:
        async with marketplace.app("ana", size=(80, 24)) as (app, pilot):
            await open_tab(app, pilot, "Orders")
            await pilot.press("R")
            await wait_until(pilot, lambda: isinstance(app.screen, ReceiptDialog))
            await pilot.pause()
            await wait_for_text(pilot, "MXN 1,240.00 TEST", "Close")
            await pilot.press("escape", "enter")
            await wait_until(pilot, lambda: isinstance(app.screen, DetailsDialog))
            await pilot.pause()
            await wait_for_text(pilot, "section B118, row C, seat 7")
            assert "Before" not in screen_text(app)
            await pilot.press("escape")
            edited = EditShow(name="Moved match", venue="Elsewhere")
            marketplace.call("olga", EDIT_SHOW, edited, show_id=ticket.show.id)
            await wait_for_text(pilot, "Moved match")
            await pilot.press("enter")
            await wait_until(pilot, lambda: isinstance(app.screen, DetailsDialog))
            await wait_for_text(pilot, "Before", ticket.show.venue, "Elsewhere")

    asyncio.run(look())


def test_an_order_says_that_its_ticket_was_sold_on(marketplace: Marketplace) -> None:
    ticket = marketplace.list_ticket()
    marketplace.buy("ana", ticket)

    async def look() -> None:
        async with marketplace.app("ana", size=(80, 24)) as (app, pilot):
            await open_tab(app, pilot, "Orders")
            await wait_for_text(pilot, "complete")
            await asyncio.to_thread(marketplace.relist, "ana", ticket)
            await asyncio.to_thread(marketplace.buy, "ben", ticket)
            await wait_for_text(pilot, "sold on")
            await pilot.press("enter")
            await wait_for_text(pilot, "Passed on", "its code of")

    asyncio.run(look())


def test_an_open_order_leads_to_its_checkout(marketplace: Marketplace) -> None:
    order = marketplace.lock("ana", marketplace.list_ticket())

    async def look() -> None:
        async with marketplace.app("ana") as (app, pilot):
            await open_tab(app, pilot, "Orders")
            await pilot.press("enter")
            await wait_until(pilot, lambda: type(app.screen).__name__ == "CheckoutScreen")
            assert getattr(app.screen, "order").id == order.id  # noqa: B009  another's screen

    asyncio.run(look())


def test_a_bad_ticket_is_reported_and_its_order_says_so(marketplace: Marketplace) -> None:
    marketplace.buy("ana", marketplace.list_ticket())

    async def look() -> None:
        async with marketplace.app("ana", size=(80, 24)) as (app, pilot):
            await open_tab(app, pilot, "Orders")
            await pilot.press("exclamation_mark")
            await wait_for_text(pilot, "Report a problem", "refused at the door")
            await pilot.press("tab", *"closed", "enter")
            await wait_until(pilot, lambda: "reported" in screen_text(app))
            (order,) = marketplace.orders("ana")
            assert order.report is not None
            await pilot.press("enter")
            await wait_for_text(pilot, "refused at the door: an operator decides")

    asyncio.run(look())


def test_a_ticket_of_a_postponed_show_is_returned(marketplace: Marketplace) -> None:
    show_id, ticket = official_ticket(marketplace, "mia")
    marketplace.buy("ana", ticket)

    async def look() -> None:
        async with marketplace.app("ana", size=(80, 24)) as (app, pilot):
            await open_tab(app, pilot, "Orders")
            await pilot.press("u")
            await wait_for_text(pilot, "cannot be returned")
            later = EditShow(starts_at=ticket.show.starts_at + timedelta(days=7))
            await asyncio.to_thread(marketplace.call, "mia", EDIT_OWN_SHOW, later, show_id=show_id)
            await wait_until(pilot, lambda: refundable(app))
            await pilot.press("enter")
            await wait_for_text(pilot, "Return until")
            await pilot.press("escape", "u")
            await wait_for_text(pilot, "Return this ticket?", "You can decide until")
            await pilot.press("right", "enter")
            await wait_for_text(pilot, "goes back to you")

    asyncio.run(look())


def official_ticket(marketplace: Marketplace, manager: str) -> tuple[str, Ticket]:
    """Let a manager's organiser issue a ticket for its show; return the show and the ticket."""
    hall = marketplace.call(manager, CREATE_ORGANISER, CreateOrganiser(name="Opéra"))
    marketplace.make_admin()
    marketplace.call("olga", APPROVE_ORGANISER, organiser_id=hall.id)
    details = ShowDetails(
        name="Faust", category=Category.THEATRE, venue="Opéra", city="Lyon", country="FR",
        starts_at=START.astimezone(timezone(timedelta(hours=2))),
    )  # fmt: skip
    show = marketplace.call(manager, CREATE_SHOW, details, organiser_id=hall.id)
    place = IssuedPlace(section="A", seat="1", price=Price(amount=4500, currency="EUR"))
    marketplace.call(manager, ISSUE_TICKETS, IssueTickets(places=(place,)), show_id=show.id)
    (ticket,) = marketplace.call(manager, LIST_TICKETS, TicketsQuery(show_id=show.id)).items
    return show.id, ticket


def refundable(app: TicketingApp) -> bool:
    """Tell whether the orders on the screen are known to be returnable."""
    return all(order.refund_until for order in app.screen.query_one(OrdersTab).known.values())
