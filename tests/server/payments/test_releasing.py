"""Releasing: an operator lets go of an order that hangs, never of one whose money was taken."""

from __future__ import annotations

import pytest

from contract.alerts import AlertKind
from contract.orders import CancelReason, OrderNotFound, OrderStatus
from contract.payments import RELEASE_ORDER, NotConfirming, PaymentsPaused, PaymentStatus
from contract.tickets import TicketStatus
from server.sandbox import Fault
from tests.clock import MINUTE
from tests.server.payments.purchase import bank, held, purchase, taken, unreachable
from tests.server.payments.troubles import claimed, open_alerts
from tests.world import World


def test_e19_an_order_that_hangs_is_let_go_and_can_be_paid_again(world: World) -> None:
    bought, operator = claimed(world), world.user("operator", admin=True)
    told = world.call(RELEASE_ORDER, operator, order_id=bought.order.id)
    assert told.status is OrderStatus.AWAITING_PAYMENT
    assert (held(world), bought.statuses()) == (0, [PaymentStatus.VOID])
    world.work()
    bought.type_card(bought.page())
    world.work()
    assert bought.has_ticket()
    assert taken(world) == bought.order.price.amount
    assert world.sound()


def test_with_no_time_left_the_order_is_cancelled_and_its_ticket_free(world: World) -> None:
    bought, operator = claimed(world), world.user("operator", admin=True)
    with unreachable(world):
        world.pass_time(20 * MINUTE)
    assert open_alerts(world, AlertKind.SLOW_CAPTURE) == [bought.attempt().id]
    told = world.call(RELEASE_ORDER, operator, order_id=bought.order.id)
    assert (told.status, told.reason) == (OrderStatus.CANCELLED, CancelReason.PAYMENT_FAILED)
    assert world.ticket(bought.ticket).status is TicketStatus.AVAILABLE
    assert held(world) == 0
    assert open_alerts(world, AlertKind.SLOW_CAPTURE) == []
    world.work()
    assert taken(world) == 0
    assert world.sound()


def test_an_order_whose_money_was_taken_completes_instead(world: World) -> None:
    bought, operator = claimed(world), world.user("operator", admin=True)
    bank(world).v1.payment_intents.capture(str(bought.attempt().intent_id))
    with pytest.raises(NotConfirming, match="captured"):
        world.call(RELEASE_ORDER, operator, order_id=bought.order.id)
    assert bought.has_ticket()
    assert world.sound()


def test_while_stripe_cannot_say_an_order_is_not_let_go(world: World) -> None:
    bought, operator = claimed(world), world.user("operator", admin=True)
    with unreachable(world), pytest.raises(PaymentsPaused):
        world.call(RELEASE_ORDER, operator, order_id=bought.order.id)
    assert bought.now().status is OrderStatus.CONFIRMING


@pytest.mark.parametrize("fault", [f for f in Fault if f is not Fault.NONE])
def test_whatever_goes_wrong_on_the_way_nobody_pays_for_nothing(world: World, fault: Fault) -> None:
    bought, operator = claimed(world), world.user("operator", admin=True)
    honest = world.payments.gateway.let_go

    def let_go(payment_id: str, intent_id: str, *, again: int = 0) -> None:
        if not again:
            world.payments.transport.faults.extend([fault] * 3)
        honest(payment_id, intent_id, again=again)

    world.payments.gateway.let_go = let_go  # type: ignore[method-assign]
    try:
        world.call(RELEASE_ORDER, operator, order_id=bought.order.id)
    except PaymentsPaused:
        assert bought.now().status is OrderStatus.CONFIRMING
    world.payments.transport.faults.clear()
    world.work()
    complete = bought.now().status is OrderStatus.COMPLETE
    assert taken(world) == (bought.order.price.amount if complete else 0)
    assert held(world) == 0
    assert world.sound()


def test_only_an_order_that_is_confirming_can_be_let_go(world: World) -> None:
    bought, operator = purchase(world), world.user("operator", admin=True)
    with pytest.raises(NotConfirming):
        world.call(RELEASE_ORDER, operator, order_id=bought.order.id)
    world.pay(bought.order)
    with pytest.raises(NotConfirming):
        world.call(RELEASE_ORDER, operator, order_id=bought.order.id)
    with pytest.raises(OrderNotFound):
        world.call(RELEASE_ORDER, operator, order_id="ord_none")
