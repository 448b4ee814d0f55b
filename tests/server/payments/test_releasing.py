"""Releasing: an operator frees an order that hangs, never one whose payment was captured."""

from __future__ import annotations

import pytest

from contract.alerts import AlertKind
from contract.orders import CancelReason, OrderNotFound, OrderStatus
from contract.payments import RELEASE_ORDER, NotConfirming, PaymentsPaused, PaymentStatus
from contract.tickets import TicketStatus
from server.sandbox import Fault
from tests.clock import MINUTE
from tests.server.payments.failures import alert_subjects, claimed_purchase
from tests.server.payments.purchase import captured, dashboard, held, start_purchase, unreachable
from tests.world import World


def test_a_hanging_order_is_released_and_can_be_paid_again(world: World) -> None:
    purchase, operator = claimed_purchase(world), world.user("operator", admin=True)
    released = world.call(RELEASE_ORDER, operator, order_id=purchase.order.id)
    assert released.status is OrderStatus.AWAITING_PAYMENT
    assert (held(world), purchase.statuses()) == (0, [PaymentStatus.VOID])
    world.work()
    purchase.type_card(purchase.page())
    world.work()
    assert purchase.has_ticket()
    assert captured(world) == purchase.order.price.amount
    assert world.sound()


def test_after_the_deadline_a_released_order_is_cancelled_and_its_ticket_free(world: World) -> None:
    purchase, operator = claimed_purchase(world), world.user("operator", admin=True)
    with unreachable(world):
        world.pass_time(20 * MINUTE)
    assert alert_subjects(world, AlertKind.SLOW_CAPTURE) == [purchase.payment().id]
    released = world.call(RELEASE_ORDER, operator, order_id=purchase.order.id)
    assert (released.status, released.reason) == (
        OrderStatus.CANCELLED,
        CancelReason.PAYMENT_FAILED,
    )
    assert world.ticket(purchase.ticket).status is TicketStatus.AVAILABLE
    assert held(world) == 0
    assert alert_subjects(world, AlertKind.SLOW_CAPTURE) == []
    world.work()
    assert captured(world) == 0
    assert world.sound()


def test_an_order_whose_payment_was_captured_completes_instead(world: World) -> None:
    purchase, operator = claimed_purchase(world), world.user("operator", admin=True)
    dashboard(world).v1.payment_intents.capture(str(purchase.payment().intent_id))
    with pytest.raises(NotConfirming, match="captured"):
        world.call(RELEASE_ORDER, operator, order_id=purchase.order.id)
    assert purchase.has_ticket()
    assert world.sound()


def test_while_stripe_is_down_an_order_is_not_released(world: World) -> None:
    purchase, operator = claimed_purchase(world), world.user("operator", admin=True)
    with unreachable(world), pytest.raises(PaymentsPaused):
        world.call(RELEASE_ORDER, operator, order_id=purchase.order.id)
    assert purchase.now().status is OrderStatus.CONFIRMING


@pytest.mark.parametrize("fault", [f for f in Fault if f is not Fault.NONE])
def test_nobody_pays_for_nothing_whatever_fails_during_a_release(
    world: World, fault: Fault
) -> None:
    purchase, operator = claimed_purchase(world), world.user("operator", admin=True)
    original = world.payments.gateway.void

    def void(payment_id: str, intent_id: str, *, retry: int = 0) -> None:
        if not retry:
            world.payments.transport.faults.extend([fault] * 3)
        original(payment_id, intent_id, retry=retry)

    world.payments.gateway.void = void  # type: ignore[method-assign]
    try:
        world.call(RELEASE_ORDER, operator, order_id=purchase.order.id)
    except PaymentsPaused:
        assert purchase.now().status is OrderStatus.CONFIRMING
    world.payments.transport.faults.clear()
    world.work()
    complete = purchase.now().status is OrderStatus.COMPLETE
    assert captured(world) == (purchase.order.price.amount if complete else 0)
    assert held(world) == 0
    assert world.sound()


def test_only_an_order_that_is_confirming_can_be_released(world: World) -> None:
    purchase, operator = start_purchase(world), world.user("operator", admin=True)
    with pytest.raises(NotConfirming):
        world.call(RELEASE_ORDER, operator, order_id=purchase.order.id)
    world.pay(purchase.order)
    with pytest.raises(NotConfirming):
        world.call(RELEASE_ORDER, operator, order_id=purchase.order.id)
    with pytest.raises(OrderNotFound):
        world.call(RELEASE_ORDER, operator, order_id="ord_none")
