"""Making a refund once, whatever the network, Stripe and our workers do."""

from __future__ import annotations

import pytest

from contract.alerts import AlertKind
from contract.payments import PaymentStatus
from contract.refunds import RefundStatus
from server.jobs import LEASE, claim
from server.sandbox import Fault
from tests.clock import MINUTE, SECOND
from tests.server.payments.paid_purchase import open_alerts, paid_purchase, refunded_amounts
from tests.server.payments.purchase import dashboard, hold_events, unreachable
from tests.world import World

HOUR = 60 * MINUTE


@pytest.mark.parametrize("fault", [f for f in Fault if f is not Fault.BREAK_BEFORE])
def test_a_refund_whose_reply_is_lost_is_made_once(world: World, fault: Fault) -> None:
    purchase = paid_purchase(world)
    hold_events(world)  # or an event would tell what the reply did not
    refund = purchase.request_refund(1500)
    world.payments.transport.faults.extend([fault] * 3)
    world.work()
    world.payments.transport.faults.clear()
    world.pass_time(5 * MINUTE)
    assert [r.status for r in purchase.refunds() if r.id == refund.id] == [RefundStatus.DONE]
    assert refunded_amounts(world) == [1500]
    assert world.sound()


def test_a_refund_with_a_stored_error_is_made_once_its_key_expires(
    world: World,
) -> None:
    purchase = paid_purchase(world)
    purchase.request_refund()
    world.payments.transport.faults.append(Fault.BREAK_BEFORE)
    world.work()
    for _ in range(13):
        assert refunded_amounts(world) == []
        world.pass_time(2 * HOUR)
    assert refunded_amounts(world) == [4500]
    assert purchase.statuses() == [PaymentStatus.REFUNDED]


def test_a_partial_refund_whose_reply_was_lost_is_not_repeated_a_day_later(world: World) -> None:
    purchase = paid_purchase(world)
    hold_events(world)
    purchase.request_refund(1000)
    world.payments.transport.faults.append(Fault.LOSE_REPLY)
    world.payments.transport.faults.extend([Fault.LOSE_REQUEST] * 10_000)
    world.work()
    assert [r.status for r in purchase.refunds()] == [RefundStatus.DUE]
    assert refunded_amounts(world) == [1000]
    world.pass_time(26 * HOUR)
    world.payments.transport.faults.clear()
    world.pass_time(HOUR)
    assert [r.status for r in purchase.refunds()] == [RefundStatus.DONE]
    assert refunded_amounts(world) == [1000]


def test_a_refund_that_was_not_recorded_is_found_by_repeating_it(world: World) -> None:
    purchase = paid_purchase(world)
    hold_events(world)
    refund, intent = purchase.request_refund(2000), str(purchase.payment().intent_id)
    world.bus.write_now(claim)  # this worker makes the refund, and dies before it can record it
    world.payments.gateway.refund(refund.id, intent_id=intent, amount=2000)
    world.pass_time(LEASE + SECOND)
    assert [r.status for r in purchase.refunds()] == [RefundStatus.DONE]
    assert refunded_amounts(world) == [2000]


def test_two_workers_with_the_same_refund_make_it_once(world: World) -> None:
    purchase = paid_purchase(world)
    purchase.request_refund(2000)
    for job in world.bus.write_now(claim):
        for _ in range(2):
            world.app.runner.perform(job)
    world.work()
    assert refunded_amounts(world) == [2000]
    assert purchase.refund_events() == ["payment.refund_due", "payment.refunded"]


def test_with_stripe_down_no_refund_is_lost(world: World) -> None:
    purchase = paid_purchase(world)
    with unreachable(world):
        purchase.refund()
        world.pass_time(HOUR)
        assert [r.status for r in purchase.refunds()] == [RefundStatus.DUE]
        assert purchase.statuses() == [PaymentStatus.REFUND_DUE]
    world.pass_time(HOUR)
    assert refunded_amounts(world) == [4500]


def test_a_refund_that_stripe_refuses_for_good_opens_an_alert(world: World) -> None:
    purchase = paid_purchase(world, card="4000000000000259")  # its owner disputes the charge
    world.sandbox.deliver = lambda *_: True
    purchase.request_refund()
    world.pass_time(MINUTE)
    assert dashboard(world).v1.disputes.list().data
    world.pass_time(HOUR)
    assert [r.status for r in purchase.refunds()] == [RefundStatus.FAILED]
    assert purchase.statuses() == [PaymentStatus.REFUND_FAILED]
    about = {m.kind: m for m in open_alerts(world, purchase.operator)}
    assert "charge_disputed" in about[AlertKind.REFUND_FAILED].detail
    assert refunded_amounts(world) == []
