"""The purchase dialog, and whole purchases with the keyboard only and the mouse only."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Button, Static

from client.transport import Unreachable
from contract.orders import CANCEL_ORDER, PLACE_ORDER, OrderStatus
from contract.tickets import EDIT_TICKET, EditTicket, Price, Ticket
from tests.conftest import KINDS
from tests.tui.checkout.harness import VISA
from tests.tui.marketplace import (
    AZTECA,
    Marketplace,
    screen_text,
    wait_for_idle,
    wait_for_text,
    wait_until,
)
from tui.app import TicketingApp
from tui.checkout.purchase_dialog import PurchaseDialog, begin_purchase
from tui.checkout.screen import CheckoutScreen
from tui.market.ticket_screen import TicketScreen
from tui.session import UserSession


async def open_purchase_dialog(app: TicketingApp, pilot: Pilot[None], ticket: Ticket) -> None:
    """Start to buy a ticket, and wait for the dialog."""
    begin_purchase(app, ticket)
    await wait_until(pilot, lambda: app.focused and app.focused.id == "leave")


@pytest.mark.parametrize("kind", KINDS)
def test_a_ticket_is_bought_with_the_keyboard_only(stocked: Marketplace) -> None:
    async def buy() -> None:
        async with stocked.app("ana") as (app, pilot):
            await wait_for_text(pilot, "1,260.00")
            await pilot.press("enter", "enter")
            await wait_until(pilot, lambda: isinstance(app.screen, TicketScreen))
            await pilot.press("b")
            await wait_until(pilot, lambda: app.focused and app.focused.id == "leave")
            await pilot.press("right", "enter")
            await wait_until(pilot, lambda: isinstance(app.screen, CheckoutScreen))
            order = stocked.orders("ana")[0]
            await asyncio.to_thread(stocked.type_card, order.payment_url, VISA)
            await wait_for_text(pilot, "The seat is yours")
            await pilot.press("3")
            await wait_until(pilot, lambda: app.current_mode == "wallet")
        assert stocked.orders("ana")[0].status is OrderStatus.COMPLETE

    asyncio.run(buy())


def test_a_ticket_is_bought_with_the_mouse_only(stocked: Marketplace) -> None:
    stocked.save_card("ana", VISA)

    async def buy() -> None:
        async with stocked.app("ana", size=(80, 24)) as (app, pilot):
            await pilot.click("#shows", offset=(5, 1))
            await wait_for_text(pilot, "1,260.00")
            await pilot.click("#tickets", offset=(5, 2))
            await pilot.click("#tickets", offset=(5, 2))
            await wait_until(pilot, lambda: isinstance(app.screen, TicketScreen))
            await wait_for_idle(pilot)
            await pilot.click("#buy")
            await wait_until(pilot, lambda: isinstance(app.screen, PurchaseDialog))
            await pilot.click("#buy")
            await wait_for_text(pilot, "Pay with Visa")
            await pilot.click("#pay")
            await wait_for_text(pilot, "The seat is yours")
            await wait_for_idle(pilot)
            await pilot.click("#wallet")
            await wait_until(pilot, lambda: app.current_mode == "wallet")
        bought = stocked.orders("ana")[0]
        assert (bought.status, bought.price.amount) == (OrderStatus.COMPLETE, 128_000)

    asyncio.run(buy())


def test_cancel_is_focused_and_buys_nothing(stocked: Marketplace) -> None:
    ticket = stocked.list_ticket(AZTECA, seat="40")

    async def leave() -> None:
        async with stocked.app("ana") as (app, pilot):
            await open_purchase_dialog(app, pilot, ticket)
            await pilot.press("enter")
            await wait_until(pilot, lambda: not isinstance(app.screen, PurchaseDialog))
            assert not isinstance(app.screen, CheckoutScreen)
        assert stocked.orders("ana") == ()

    asyncio.run(leave())


def test_buy_pressed_twice_places_one_order(
    stocked: Marketplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    ticket = stocked.list_ticket(AZTECA, seat="40")
    honest, placed = UserSession.call, []

    async def counted(self: UserSession, endpoint: Any, *args: Any, **kwargs: Any) -> Any:
        placed.extend([endpoint] * (endpoint is PLACE_ORDER))
        return await honest(self, endpoint, *args, **kwargs)

    monkeypatch.setattr(UserSession, "call", counted)

    async def hurry() -> None:
        async with stocked.app("ana") as (app, pilot):
            await open_purchase_dialog(app, pilot, ticket)
            app.screen.query_one("#buy", Button).focus()
            await pilot.press("enter", "enter", "enter")
            await wait_until(pilot, lambda: isinstance(app.screen, CheckoutScreen))
            await wait_for_idle(pilot)
            assert [type(each) for each in app.screen_stack].count(CheckoutScreen) == 1
        assert placed == [PLACE_ORDER]
        assert len(stocked.orders("ana")) == 1

    asyncio.run(hurry())


def test_one_enter_too_many_does_not_pay(stocked: Marketplace) -> None:
    stocked.save_card("ana", VISA)
    ticket = stocked.list_ticket(AZTECA, seat="40")

    async def hurry() -> None:
        async with stocked.app("ana") as (app, pilot):
            await open_purchase_dialog(app, pilot, ticket)
            await pilot.press("right", "enter")
            await wait_for_text(pilot, "Pay with Visa")
            await pilot.press("enter", "enter")
            await wait_for_idle(pilot)
        assert stocked.orders("ana")[0].status is OrderStatus.AWAITING_PAYMENT

    asyncio.run(hurry())


def test_the_dialog_shows_the_included_fee_and_whether_the_money_is_real(
    stocked: Marketplace,
) -> None:
    ticket = stocked.list_ticket(AZTECA, seat="40", amount=100_000)

    async def look() -> None:
        async with stocked.app("ana", size=(80, 24)) as (app, pilot):
            await open_purchase_dialog(app, pilot, ticket)
            said = {each.id: str(each.render()) for each in app.screen.query(Static)}
            assert said["total-sum"] == "MXN 1,000.00 TEST"
            assert (said["fee-word"], said["fee-sum"]) == ("  Fee included, 5 %", "MXN 50.00")
            await wait_until(
                pilot, lambda: "no real card is charged" in screen_text(app).replace("\n", " ")
            )

    asyncio.run(look())


def test_a_faster_buyer_is_reported_in_the_dialog(stocked: Marketplace) -> None:
    ticket = stocked.list_ticket(AZTECA, seat="40")

    async def lose() -> None:
        async with stocked.app("ana") as (app, pilot):
            await open_purchase_dialog(app, pilot, ticket)
            await asyncio.to_thread(stocked.lock, "ben", ticket)
            await wait_for_text(pilot, "Somebody else was faster")
            assert app.screen.query_one("#buy", Button).disabled

    asyncio.run(lose())


def test_a_refusal_is_shown_in_the_dialog_and_leaves_no_order(stocked: Marketplace) -> None:
    ticket = stocked.list_ticket(AZTECA, seat="40")

    async def lose() -> None:
        async with stocked.app("ana") as (app, pilot):
            app.session.feed.stop()
            await asyncio.to_thread(stocked.lock, "ben", ticket)
            await open_purchase_dialog(app, pilot, ticket)
            await pilot.press("right", "enter")
            await wait_for_text(pilot, "The ticket is locked. Somebody else")
            assert app.screen.query_one("#buy", Button).disabled
        assert stocked.orders("ana") == ()

    asyncio.run(lose())


def test_nobody_can_buy_their_own_ticket(stocked: Marketplace) -> None:
    ticket = stocked.list_ticket(AZTECA, seat="40")

    async def lose() -> None:
        async with stocked.app("sofia") as (app, pilot):
            await open_purchase_dialog(app, pilot, ticket)
            await pilot.press("right", "enter")
            await wait_for_text(pilot, "Withdraw it under Account")

    asyncio.run(lose())


def test_a_price_change_is_shown_before_the_confirmation(stocked: Marketplace) -> None:
    ticket = stocked.list_ticket(AZTECA, seat="40", amount=100_000)

    def raise_price() -> None:
        body = EditTicket(price=Price(amount=150_000, currency="MXN"))
        stocked.call("sofia", EDIT_TICKET, body, if_match=ticket.version, ticket_id=ticket.id)

    async def look() -> None:
        async with stocked.app("ana") as (app, pilot):
            await open_purchase_dialog(app, pilot, ticket)
            await asyncio.to_thread(raise_price)
            await wait_for_text(pilot, "The price has changed; it was MXN 1,000.00")
            await wait_for_text(pilot, "MXN 1,500.00 TEST")

    asyncio.run(look())


def test_a_signed_out_buyer_is_asked_to_sign_in_first(stocked: Marketplace) -> None:
    ticket = stocked.list_ticket(AZTECA, seat="40")

    async def ask_first() -> None:
        async with stocked.app() as (app, pilot):
            begin_purchase(app, ticket)
            await pilot.pause()
            await wait_for_text(pilot, "Password")

    asyncio.run(ask_first())


def test_a_ticket_locked_by_the_buyer_leads_to_its_checkout(stocked: Marketplace) -> None:
    ticket = stocked.list_ticket(AZTECA, seat="40")
    order = stocked.lock("ana", ticket)

    async def resume() -> None:
        async with stocked.app("ana") as (app, pilot):
            await wait_until(pilot, lambda: app.own_locks.order_of(ticket.id))
            begin_purchase(app, ticket)
            await wait_for_text(pilot, "RESERVED FOR YOU")
            assert isinstance(app.screen, CheckoutScreen)
        stocked.call("ana", CANCEL_ORDER, order_id=order.id)

    asyncio.run(resume())


@pytest.fixture
def lost_reply(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Lose the first response to an order; the list then contains it."""
    honest = UserSession.call
    replies: list[object] = []

    async def lossy(self: UserSession, endpoint: Any, *args: Any, **kwargs: Any) -> Any:
        reply = await honest(self, endpoint, *args, **kwargs)
        if endpoint is PLACE_ORDER and not replies:
            replies.append(reply)
            raise Unreachable(self.server, "the answer was lost")
        return reply

    monkeypatch.setattr(UserSession, "call", lossy)
    return replies


@pytest.mark.usefixtures("lost_reply")
def test_a_retry_after_a_lost_response_places_one_order(
    stocked: Marketplace,
) -> None:
    ticket = stocked.list_ticket(AZTECA, seat="40")

    async def repeat() -> None:
        async with stocked.app("ana") as (app, pilot):
            app.session.feed.stop()
            await open_purchase_dialog(app, pilot, ticket)
            await pilot.press("right", "enter")
            await wait_for_text(pilot, "Press Buy again")
            await wait_until(pilot, lambda: app.focused and app.focused.id == "leave")
            # Textual's buttons ignore presses for 0.2 s after a press.
            await wait_until(pilot, lambda: not app.screen.query(".-active"))
            await pilot.press("right", "enter")
            await wait_for_text(pilot, "RESERVED FOR YOU")
        assert len(stocked.orders("ana")) == 1

    asyncio.run(repeat())


def test_an_order_whose_response_was_lost_continues_when_the_feed_delivers_it(
    stocked: Marketplace, lost_reply: list[object]
) -> None:
    ticket = stocked.list_ticket(AZTECA, seat="40")

    async def wait() -> None:
        async with stocked.app("ana") as (app, pilot):
            await open_purchase_dialog(app, pilot, ticket)
            await pilot.press("right", "enter")
            await wait_until(pilot, lambda: isinstance(app.screen, CheckoutScreen))
            assert lost_reply

    asyncio.run(wait())
