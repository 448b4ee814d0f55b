"""Capture: the money is captured once, whatever the network does."""

from __future__ import annotations

import pytest

from contract.orders import CancelReason, OrderStatus
from contract.payments import PaymentStatus
from contract.tickets import EDIT_TICKET, EditTicket, Price, TicketStatus, TicketUnavailable
from server.jobs import claim
from server.sandbox.faults import Fault
from server.stripe import AuthRejected
from tests.clock import MINUTE, SECOND
from tests.server.payments.failures import claimed_purchase
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


def test_a_capture_that_was_not_recorded_is_found_by_repeating_it(world: World) -> None:
    purchase = claimed_purchase(world)
    attempt = purchase.payment()
    world.payments.gateway.capture(attempt.id, str(attempt.intent_id))
    assert purchase.now().status is OrderStatus.CONFIRMING
    world.work()
    assert purchase.has_ticket()
    assert captured(world) == purchase.order.price.amount
    assert world.sound()


def test_a_capture_made_in_the_dashboard_is_found_by_retrieving_it(world: World) -> None:
    purchase = claimed_purchase(world)
    dashboard(world).v1.payment_intents.capture(str(purchase.payment().intent_id))
    world.work()
    assert purchase.has_ticket()
    assert captured(world) == purchase.order.price.amount


@pytest.mark.parametrize("fault", [f for f in Fault if f is not Fault.BREAK_BEFORE])
def test_a_capture_whose_reply_is_lost_still_succeeds(world: World, fault: Fault) -> None:
    purchase = claimed_purchase(world)
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


def test_a_hold_cancelled_at_stripe_reopens_the_order(world: World) -> None:
    purchase = claimed_purchase(world)
    dashboard(world).v1.payment_intents.cancel(str(purchase.payment().intent_id))
    world.work()
    assert purchase.now().status is OrderStatus.AWAITING_PAYMENT
    assert purchase.statuses() == [PaymentStatus.VOID]
    assert world.ticket(purchase.ticket).status is TicketStatus.LOCKED
    purchase.type_card(purchase.page())
    world.work()
    assert purchase.has_ticket()
    assert world.sound()


def test_a_hold_lost_after_the_deadline_fails_the_order(world: World) -> None:
    purchase = claimed_purchase(world)
    dashboard(world).v1.payment_intents.cancel(str(purchase.payment().intent_id))
    world.clock.advance(15 * MINUTE)
    world.work()
    assert purchase.now().reason is CancelReason.PAYMENT_FAILED
    assert world.ticket(purchase.ticket).status is TicketStatus.AVAILABLE
    assert "payment.failed" in world.names(purchase.payment().id)
    assert world.sound()


def test_money_captured_for_a_cancelled_order_is_refunded(world: World) -> None:
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


def test_the_price_is_frozen_by_the_lock_and_charged(
    world: World,
) -> None:
    purchase = start_purchase(world)
    dearer = EditTicket(price=Price(amount=99_900, currency="EUR"))
    with pytest.raises(TicketUnavailable):
        world.call(EDIT_TICKET, purchase.seller, dearer, ticket_id=purchase.ticket.id)
    world.pay(purchase.order)
    assert captured(world) == purchase.order.price.amount == purchase.ticket.price.amount


def test_two_workers_with_the_same_job_capture_once(world: World) -> None:
    purchase = claimed_purchase(world)
    for job in world.bus.write_now(claim):
        for _ in range(2):
            world.app.runner.perform(job)
    assert purchase.has_ticket()
    assert captured(world) == purchase.order.price.amount
    assert world.names(purchase.payment().id).count("payment.created") == 1
    assert world.sound()


def test_an_object_of_the_other_mode_pauses_the_job_and_loses_nothing(world: World) -> None:
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


def test_one_failure_after_long_polling_is_retried_soon(
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


def test_the_agreed_price_is_captured_in_minor_units(world: World) -> None:
    seller, buyer = world.user("seller"), world.user("buyer")
    ticket = world.list_ticket(seller, amount=1999)
    order = world.lock(buyer, ticket)
    world.pay(order)
    assert (captured(world), held(world)) == (1999, 0)


def _intent(world: World, purchase: Purchase) -> str:
    session = dashboard(world).v1.checkout.sessions.retrieve(str(purchase.payment().session_id))
    return str(session["payment_intent"])
