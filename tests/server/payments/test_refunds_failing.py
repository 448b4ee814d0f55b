"""Refunds that a bank takes its time over, or sends back: an operator pays in another way."""

from __future__ import annotations

import pytest

from contract.alerts import AlertKind
from contract.payments import PaymentStatus
from contract.refunds import NothingToRefund, RefundStatus
from server.alerts import service as alerts
from server.payments.refunds import service
from tests.clock import MINUTE
from tests.server.payments.purchase import bank
from tests.server.payments.refunding import (
    ANSWERED,
    FAILS_LATER,
    PENDS_FIRST,
    Sale,
    open_alerts,
    sale,
    sent_back,
    settle,
)
from tests.world import World


def failed(world: World, amount: int | None = None) -> Sale:
    """Send money back to a card whose bank will not have it."""
    sold = sale(world, card=FAILS_LATER)
    assert sold.refund(amount).status is RefundStatus.DONE
    world.pass_time(ANSWERED)
    return sold


def test_a_slow_refund_is_on_its_way_until_the_bank_says_so(world: World) -> None:
    sold = sale(world, card=PENDS_FIRST)
    assert sold.refund().status is RefundStatus.SENT
    assert sold.now().refunded.amount == 0
    world.pass_time(ANSWERED)
    (refund,) = sold.refunds()
    assert refund.status is RefundStatus.DONE
    assert sold.now().refunded == sold.order.price
    assert sold.told() == ["payment.refund_due", "payment.refunded"]
    assert sent_back(world) == [4500]
    assert world.sound()


def test_a_slow_refund_nobody_tells_of_is_looked_after(world: World) -> None:
    sold = sale(world, card=PENDS_FIRST)
    world.sandbox.deliver = lambda *_: True
    sold.refund()
    world.pass_time(61 * MINUTE)
    assert [refund.status for refund in sold.refunds()] == [RefundStatus.DONE]


def test_e21_a_refund_that_fails_later_is_our_money_again_and_an_operators_matter(
    world: World,
) -> None:
    sold = failed(world)
    assert [refund.status for refund in sold.refunds()] == [RefundStatus.FAILED]
    assert sold.statuses() == [PaymentStatus.REFUND_FAILED]
    assert sold.now().refunded.amount == 0
    assert sold.told()[-1] == "payment.refund_failed"
    (alert,) = open_alerts(world, sold.operator)
    assert alert.kind is AlertKind.REFUND_FAILED
    assert (alert.subject, alert.order_id) == (sold.refunds()[0].id, sold.order.id)
    assert world.sound()


def test_e21_the_same_card_never_gets_it_again_by_itself(world: World) -> None:
    sold = failed(world)
    world.pass_time(24 * 60 * MINUTE)
    assert len(bank(world).v1.refunds.list().data) == 1
    with pytest.raises(NothingToRefund, match="settle"):
        sold.send_back()


def test_e21_what_an_operator_paid_otherwise_is_settled_and_counts_as_gone_back(
    world: World,
) -> None:
    sold = failed(world)
    (alert,) = open_alerts(world, sold.operator)
    assert settle(world, sold.operator, alert).note == "paid by bank transfer"
    assert open_alerts(world, sold.operator) == []
    assert [refund.status for refund in sold.refunds()] == [RefundStatus.SETTLED]
    assert sold.statuses() == [PaymentStatus.REFUNDED]
    assert sold.now().refunded == sold.order.price
    assert sold.told()[-1] == "payment.refund_settled"
    with pytest.raises(NothingToRefund):
        sold.send_back()
    assert world.sound()


def test_a_failed_part_once_settled_leaves_the_rest_to_be_refunded(world: World) -> None:
    sold = failed(world, 1500)
    with pytest.raises(NothingToRefund):
        sold.send_back(100)
    settle(world, sold.operator, open_alerts(world, sold.operator)[0])
    assert sold.statuses() == [PaymentStatus.PAID]
    assert sold.refund().amount.amount == 3000
    assert sold.now().refunded == sold.order.price


def test_an_early_part_that_fails_while_a_later_one_goes_is_counted_back(world: World) -> None:
    sold = sale(world, card=FAILS_LATER)
    sold.refund(1000)
    sold.refund(500)
    assert sold.now().refunded.amount == 1500
    world.pass_time(ANSWERED)
    assert [refund.status for refund in sold.refunds()] == [RefundStatus.FAILED] * 2
    assert sold.now().refunded.amount == 0
    for alert in open_alerts(world, sold.operator):
        settle(world, sold.operator, alert)
    assert sold.now().refunded.amount == 1500
    assert sold.statuses() == [PaymentStatus.PAID]
    assert world.sound()


def test_hearing_of_a_failure_twice_tells_operators_once(world: World) -> None:
    sold = failed(world)
    (refund,) = sold.refunds()
    seen = world.payments.gateway.retrieve_refund(bank(world).v1.refunds.list().data[0]["id"])
    before = world.names()
    world.bus.write_now(lambda tx: service.learn(tx, refund.id, seen))
    assert world.names() == before


def test_other_matters_settle_no_refund(world: World) -> None:
    sold = failed(world)
    (refund,) = sold.refunds()
    world.bus.write_now(lambda tx: alerts.open_alert(tx, AlertKind.MISMATCH, refund.id, detail="x"))
    (mismatch,) = (m for m in open_alerts(world, sold.operator) if m.kind is AlertKind.MISMATCH)
    settle(world, sold.operator, mismatch)
    assert [r.status for r in sold.refunds()] == [RefundStatus.FAILED]
