"""Refunds that are slow or fail: an operator pays in another way."""

from __future__ import annotations

import pytest

from contract.alerts import AlertKind
from contract.payments import PaymentStatus
from contract.refunds import NothingToRefund, RefundStatus
from server.alerts import service as alerts
from server.payments.refunds import service
from tests.clock import MINUTE
from tests.server.payments.paid_purchase import (
    BANK_DECIDES_AFTER,
    FAILS_LATER,
    PENDS_FIRST,
    PaidPurchase,
    open_alerts,
    paid_purchase,
    refunded_amounts,
    resolve_alert,
)
from tests.server.payments.purchase import dashboard
from tests.world import World


def failed(world: World, amount: int | None = None) -> PaidPurchase:
    """Refund a card whose bank returns the money."""
    purchase = paid_purchase(world, card=FAILS_LATER)
    assert purchase.refund(amount).status is RefundStatus.DONE
    world.pass_time(BANK_DECIDES_AFTER)
    return purchase


def test_a_slow_refund_is_under_way_until_its_bank_decides(world: World) -> None:
    purchase = paid_purchase(world, card=PENDS_FIRST)
    assert purchase.refund().status is RefundStatus.SENT
    assert purchase.now().refunded.amount == 0
    world.pass_time(BANK_DECIDES_AFTER)
    (refund,) = purchase.refunds()
    assert refund.status is RefundStatus.DONE
    assert purchase.now().refunded == purchase.order.price
    assert purchase.refund_events() == ["payment.refund_due", "payment.refunded"]
    assert refunded_amounts(world) == [4500]
    assert world.sound()


def test_a_slow_refund_without_events_is_checked_regularly(world: World) -> None:
    purchase = paid_purchase(world, card=PENDS_FIRST)
    world.sandbox.deliver = lambda *_: True
    purchase.refund()
    world.pass_time(61 * MINUTE)
    assert [refund.status for refund in purchase.refunds()] == [RefundStatus.DONE]


def test_a_refund_that_fails_later_opens_an_alert(
    world: World,
) -> None:
    purchase = failed(world)
    assert [refund.status for refund in purchase.refunds()] == [RefundStatus.FAILED]
    assert purchase.statuses() == [PaymentStatus.REFUND_FAILED]
    assert purchase.now().refunded.amount == 0
    assert purchase.refund_events()[-1] == "payment.refund_failed"
    (alert,) = open_alerts(world, purchase.operator)
    assert alert.kind is AlertKind.REFUND_FAILED
    assert (alert.subject, alert.order_id) == (purchase.refunds()[0].id, purchase.order.id)
    assert world.sound()


def test_a_failed_refund_is_not_sent_to_the_same_card_again(world: World) -> None:
    purchase = failed(world)
    world.pass_time(24 * 60 * MINUTE)
    assert len(dashboard(world).v1.refunds.list().data) == 1
    with pytest.raises(NothingToRefund, match="Resolve its alert"):
        purchase.request_refund()


def test_a_failed_refund_that_an_operator_paid_counts_as_refunded(
    world: World,
) -> None:
    purchase = failed(world)
    (alert,) = open_alerts(world, purchase.operator)
    assert resolve_alert(world, purchase.operator, alert).note == "paid by bank transfer"
    assert open_alerts(world, purchase.operator) == []
    assert [refund.status for refund in purchase.refunds()] == [RefundStatus.SETTLED]
    assert purchase.statuses() == [PaymentStatus.REFUNDED]
    assert purchase.now().refunded == purchase.order.price
    assert purchase.refund_events()[-1] == "payment.refund_settled"
    with pytest.raises(NothingToRefund):
        purchase.request_refund()
    assert world.sound()


def test_a_settled_partial_refund_leaves_the_rest_to_be_refunded(world: World) -> None:
    purchase = failed(world, 1500)
    with pytest.raises(NothingToRefund):
        purchase.request_refund(100)
    resolve_alert(world, purchase.operator, open_alerts(world, purchase.operator)[0])
    assert purchase.statuses() == [PaymentStatus.PAID]
    assert purchase.refund().amount.amount == 3000
    assert purchase.now().refunded == purchase.order.price


def test_an_earlier_refund_that_fails_during_a_later_one_is_subtracted(world: World) -> None:
    purchase = paid_purchase(world, card=FAILS_LATER)
    purchase.refund(1000)
    purchase.refund(500)
    assert purchase.now().refunded.amount == 1500
    world.pass_time(BANK_DECIDES_AFTER)
    assert [refund.status for refund in purchase.refunds()] == [RefundStatus.FAILED] * 2
    assert purchase.now().refunded.amount == 0
    for alert in open_alerts(world, purchase.operator):
        resolve_alert(world, purchase.operator, alert)
    assert purchase.now().refunded.amount == 1500
    assert purchase.statuses() == [PaymentStatus.PAID]
    assert world.sound()


def test_a_failure_received_twice_opens_one_alert(world: World) -> None:
    purchase = failed(world)
    (refund,) = purchase.refunds()
    seen = world.payments.gateway.retrieve_refund(dashboard(world).v1.refunds.list().data[0]["id"])
    before = world.names()
    world.bus.write_now(lambda tx: service.apply(tx, refund.id, seen))
    assert world.names() == before


def test_resolving_another_alert_settles_no_refund(world: World) -> None:
    purchase = failed(world)
    (refund,) = purchase.refunds()
    world.bus.write_now(lambda tx: alerts.open_alert(tx, AlertKind.MISMATCH, refund.id, detail="x"))
    (mismatch,) = (m for m in open_alerts(world, purchase.operator) if m.kind is AlertKind.MISMATCH)
    resolve_alert(world, purchase.operator, mismatch)
    assert [r.status for r in purchase.refunds()] == [RefundStatus.FAILED]
