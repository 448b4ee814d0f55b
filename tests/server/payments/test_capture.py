"""Capturing: the money is taken once, whatever the network does in between."""

from __future__ import annotations

import pytest

from contract.orders import CancelReason, OrderStatus
from contract.payments import PaymentStatus
from contract.tickets import EDIT_TICKET, EditTicket, Price, TicketStatus, TicketUnavailable
from server.jobs import claim
from server.payments.stripe import Locked
from server.sandbox import Fault
from tests.clock import MINUTE, SECOND
from tests.server.payments.purchase import (
    Purchase,
    bank,
    deaf,
    held,
    jobs,
    purchase,
    taken,
    unreachable,
)
from tests.server.rows import one
from tests.world import World


def claimed(world: World) -> Purchase:
    """Let somebody pay until his order is claimed, with the capture still to be done."""
    bought = purchase(world)
    bought.type_card(bought.page())
    world.sandbox.pump()
    for job in world.bus.write_now(claim):
        world.app.runner.perform(job)
    assert bought.statuses() == [PaymentStatus.AUTHORISED]
    return bought


def test_e12_a_capture_the_house_forgot_is_learned_by_repeating_it(world: World) -> None:
    bought = claimed(world)
    attempt = bought.attempt()
    world.payments.work.gateway.capture(attempt.id, str(attempt.intent_id))
    assert bought.now().status is OrderStatus.CONFIRMING
    world.work()
    assert bought.has_ticket()
    assert taken(world) == bought.order.price.amount
    assert world.sound()


def test_e12_a_capture_somebody_else_made_is_learned_by_looking(world: World) -> None:
    bought = claimed(world)
    bank(world).v1.payment_intents.capture(str(bought.attempt().intent_id))
    world.work()
    assert bought.has_ticket()
    assert taken(world) == bought.order.price.amount


@pytest.mark.parametrize("fault", [f for f in Fault if f is not Fault.BREAK_BEFORE])
def test_e13_a_capture_whose_reply_is_lost_is_no_failure(world: World, fault: Fault) -> None:
    bought = claimed(world)
    deaf(world)  # or a message would tell what the reply did not
    world.payments.transport.faults.extend([fault] * 3)
    world.work()
    assert bought.now().status in (OrderStatus.CONFIRMING, OrderStatus.COMPLETE)
    world.payments.transport.faults.clear()
    world.pass_time(5 * MINUTE)
    assert bought.has_ticket()
    assert taken(world) == bought.order.price.amount
    assert world.names(bought.order.id).count("order.completed") == 1
    assert world.sound()


def test_e14_a_hold_cancelled_at_the_bank_opens_the_order_again(world: World) -> None:
    bought = claimed(world)
    bank(world).v1.payment_intents.cancel(str(bought.attempt().intent_id))
    world.work()
    assert bought.now().status is OrderStatus.AWAITING_PAYMENT
    assert bought.statuses() == [PaymentStatus.VOID]
    assert world.ticket(bought.ticket).status is TicketStatus.LOCKED
    bought.type_card(bought.page())
    world.work()
    assert bought.has_ticket()
    assert world.sound()


def test_e14_a_hold_lost_with_no_time_left_fails_the_order(world: World) -> None:
    bought = claimed(world)
    bank(world).v1.payment_intents.cancel(str(bought.attempt().intent_id))
    world.clock.advance(15 * MINUTE)
    world.work()
    assert bought.now().reason is CancelReason.PAYMENT_FAILED
    assert world.ticket(bought.ticket).status is TicketStatus.AVAILABLE
    assert "payment.failed" in world.names(bought.attempt().id)
    assert world.sound()


def test_e20_money_captured_for_an_order_that_is_over_goes_back(world: World) -> None:
    bought = purchase(world)
    bought.type_card(bought.page())
    bought.cancel()
    bank(world).v1.payment_intents.capture(str(_intent(world, bought)))
    world.work()
    assert bought.statuses() == [PaymentStatus.REFUNDED]
    assert bought.now().status is OrderStatus.CANCELLED
    assert "payment.refunded" in world.names(bought.attempt().id)
    (refund,) = bank(world).v1.refunds.list().data
    assert refund["amount"] == bought.order.price.amount
    assert world.sound()


def test_e25_a_price_cannot_change_under_a_lock_and_the_agreed_one_is_charged(
    world: World,
) -> None:
    bought = purchase(world)
    dearer = EditTicket(price=Price(amount=99_900, currency="EUR"))
    with pytest.raises(TicketUnavailable):
        world.call(EDIT_TICKET, bought.seller, dearer, ticket_id=bought.ticket.id)
    world.pay(bought.order)
    assert taken(world) == bought.order.price.amount == bought.ticket.price.amount


def test_e27_two_workers_with_the_same_job_capture_once(world: World) -> None:
    bought = claimed(world)
    for job in world.bus.write_now(claim):
        for _ in range(2):
            world.app.runner.perform(job)
    assert bought.has_ticket()
    assert taken(world) == bought.order.price.amount
    assert world.names(bought.attempt().id).count("payment.created") == 1
    assert world.sound()


def test_e28_a_mode_that_does_not_fit_our_key_pauses_and_loses_nothing(world: World) -> None:
    bought = purchase(world)
    bought.type_card(bought.page())
    world.payments.work.gateway.live = True
    world.work()
    assert bought.now().status is OrderStatus.AWAITING_PAYMENT
    assert jobs(world)["payment.refresh"] == "pending"
    assert Locked.__name__ in one(
        world, "SELECT last_error FROM jobs WHERE kind = 'payment.refresh'"
    )
    world.payments.work.gateway.live = False
    world.pass_time(MINUTE)
    assert bought.has_ticket()


def test_a_gateway_that_fails_once_is_asked_again_soon_however_long_it_was_polled(
    world: World,
) -> None:
    bought = purchase(world)
    page = bought.page()
    for _ in range(40):
        world.pass_time(3 * SECOND)
    with unreachable(world):
        world.pass_time(3 * SECOND)
    world.sandbox.deliver = None
    bought.type_card(page)
    world.pass_time(10 * SECOND)
    assert bought.has_ticket()


def test_what_is_captured_is_what_was_agreed_in_minor_units(world: World) -> None:
    seller, buyer = world.user("seller"), world.user("buyer")
    ticket = world.list_ticket(seller, amount=1999)
    order = world.lock(buyer, ticket)
    world.pay(order)
    assert (taken(world), held(world)) == (1999, 0)


def _intent(world: World, bought: Purchase) -> str:
    session = bank(world).v1.checkout.sessions.retrieve(str(bought.attempt().session_id))
    return str(session["payment_intent"])
