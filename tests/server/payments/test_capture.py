"""Capturing: the money is captured once, whatever the network does in between."""

from __future__ import annotations

import pytest

from contract.orders import CancelReason, OrderStatus
from contract.payments import PaymentStatus
from contract.tickets import EDIT_TICKET, EditTicket, Price, TicketStatus, TicketUnavailable
from server.jobs import claim
from server.sandbox.faults import Fault
from server.stripe import AuthRejected
from tests.clock import MINUTE, SECOND
from tests.server.payments.purchase import (
    Purchase,
    captured,
    dashboard,
    held,
    hold_events,
    job_states,
    start_purchase,
    unreachable,
)
from tests.server.rows import one
from tests.world import World


def claimed(world: World) -> Purchase:
    """Let somebody pay until his order is claimed, with the capture still to be done."""
    purchase = start_purchase(world)
    purchase.type_card(purchase.page())
    world.sandbox.pump()
    for job in world.bus.write_now(claim):
        world.app.runner.perform(job)
    assert purchase.statuses() == [PaymentStatus.AUTHORISED]
    return purchase


def test_e12_a_capture_the_house_forgot_is_learned_by_repeating_it(world: World) -> None:
    purchase = claimed(world)
    attempt = purchase.payment()
    world.payments.gateway.capture(attempt.id, str(attempt.intent_id))
    assert purchase.now().status is OrderStatus.CONFIRMING
    world.work()
    assert purchase.has_ticket()
    assert captured(world) == purchase.order.price.amount
    assert world.sound()


def test_e12_a_capture_somebody_else_made_is_learned_by_looking(world: World) -> None:
    purchase = claimed(world)
    dashboard(world).v1.payment_intents.capture(str(purchase.payment().intent_id))
    world.work()
    assert purchase.has_ticket()
    assert captured(world) == purchase.order.price.amount


@pytest.mark.parametrize("fault", [f for f in Fault if f is not Fault.BREAK_BEFORE])
def test_e13_a_capture_whose_reply_is_lost_is_no_failure(world: World, fault: Fault) -> None:
    purchase = claimed(world)
    hold_events(world)  # or a message would tell what the reply did not
    world.payments.transport.faults.extend([fault] * 3)
    world.work()
    assert purchase.now().status in (OrderStatus.CONFIRMING, OrderStatus.COMPLETE)
    world.payments.transport.faults.clear()
    world.pass_time(5 * MINUTE)
    assert purchase.has_ticket()
    assert captured(world) == purchase.order.price.amount
    assert world.names(purchase.order.id).count("order.completed") == 1
    assert world.sound()


def test_e14_a_hold_cancelled_at_the_bank_opens_the_order_again(world: World) -> None:
    purchase = claimed(world)
    dashboard(world).v1.payment_intents.cancel(str(purchase.payment().intent_id))
    world.work()
    assert purchase.now().status is OrderStatus.AWAITING_PAYMENT
    assert purchase.statuses() == [PaymentStatus.VOID]
    assert world.ticket(purchase.ticket).status is TicketStatus.LOCKED
    purchase.type_card(purchase.page())
    world.work()
    assert purchase.has_ticket()
    assert world.sound()


def test_e14_a_hold_lost_with_no_time_left_fails_the_order(world: World) -> None:
    purchase = claimed(world)
    dashboard(world).v1.payment_intents.cancel(str(purchase.payment().intent_id))
    world.clock.advance(15 * MINUTE)
    world.work()
    assert purchase.now().reason is CancelReason.PAYMENT_FAILED
    assert world.ticket(purchase.ticket).status is TicketStatus.AVAILABLE
    assert "payment.failed" in world.names(purchase.payment().id)
    assert world.sound()


def test_e20_money_captured_for_an_order_that_is_over_goes_back(world: World) -> None:
    purchase = start_purchase(world)
    purchase.type_card(purchase.page())
    purchase.cancel()
    dashboard(world).v1.payment_intents.capture(str(_intent(world, purchase)))
    world.work()
    assert purchase.statuses() == [PaymentStatus.REFUNDED]
    assert purchase.now().status is OrderStatus.CANCELLED
    assert "payment.refunded" in world.names(purchase.payment().id)
    (refund,) = dashboard(world).v1.refunds.list().data
    assert refund["amount"] == purchase.order.price.amount
    assert world.sound()


def test_e25_a_price_cannot_change_under_a_lock_and_the_agreed_one_is_charged(
    world: World,
) -> None:
    purchase = start_purchase(world)
    dearer = EditTicket(price=Price(amount=99_900, currency="EUR"))
    with pytest.raises(TicketUnavailable):
        world.call(EDIT_TICKET, purchase.seller, dearer, ticket_id=purchase.ticket.id)
    world.pay(purchase.order)
    assert captured(world) == purchase.order.price.amount == purchase.ticket.price.amount


def test_e27_two_workers_with_the_same_job_capture_once(world: World) -> None:
    purchase = claimed(world)
    for job in world.bus.write_now(claim):
        for _ in range(2):
            world.app.runner.perform(job)
    assert purchase.has_ticket()
    assert captured(world) == purchase.order.price.amount
    assert world.names(purchase.payment().id).count("payment.created") == 1
    assert world.sound()


def test_e28_a_mode_that_does_not_fit_our_key_pauses_and_loses_nothing(world: World) -> None:
    purchase = start_purchase(world)
    purchase.type_card(purchase.page())
    world.payments.gateway.live = True
    world.work()
    assert purchase.now().status is OrderStatus.AWAITING_PAYMENT
    assert job_states(world)["payment.refresh"] == "pending"
    assert AuthRejected.__name__ in one(
        world, "SELECT last_error FROM jobs WHERE kind = 'payment.refresh'"
    )
    world.payments.gateway.live = False
    world.pass_time(MINUTE)
    assert purchase.has_ticket()


def test_a_gateway_that_fails_once_is_asked_again_soon_however_long_it_was_polled(
    world: World,
) -> None:
    purchase = start_purchase(world)
    page = purchase.page()
    for _ in range(40):
        world.pass_time(3 * SECOND)
    with unreachable(world):
        world.pass_time(3 * SECOND)
    world.sandbox.deliver = None
    purchase.type_card(page)
    world.pass_time(10 * SECOND)
    assert purchase.has_ticket()


def test_what_is_captured_is_what_was_agreed_in_minor_units(world: World) -> None:
    seller, buyer = world.user("seller"), world.user("buyer")
    ticket = world.list_ticket(seller, amount=1999)
    order = world.lock(buyer, ticket)
    world.pay(order)
    assert (captured(world), held(world)) == (1999, 0)


def _intent(world: World, purchase: Purchase) -> str:
    session = dashboard(world).v1.checkout.sessions.retrieve(str(purchase.payment().session_id))
    return str(session["payment_intent"])
