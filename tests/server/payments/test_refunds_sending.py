"""Sending money back: once, whatever the network, the gateway and the house do in between."""

from __future__ import annotations

import pytest

from contract.alerts import AlertKind
from contract.payments import PaymentStatus
from contract.refunds import RefundStatus
from server.jobs import LEASE, claim
from server.sandbox import Fault
from tests.clock import MINUTE, SECOND
from tests.server.payments.purchase import bank, deaf, unreachable
from tests.server.payments.refunding import open_alerts, sale, sent_back
from tests.world import World

HOUR = 60 * MINUTE


@pytest.mark.parametrize("fault", [f for f in Fault if f is not Fault.BREAK_BEFORE])
def test_a_refund_whose_reply_is_lost_is_sent_once(world: World, fault: Fault) -> None:
    sold = sale(world)
    deaf(world)  # or a message would tell what the reply did not
    refund = sold.send_back(1500)
    world.payments.transport.faults.extend([fault] * 3)
    world.work()
    world.payments.transport.faults.clear()
    world.pass_time(5 * MINUTE)
    assert [r.status for r in sold.refunds() if r.id == refund.id] == [RefundStatus.DONE]
    assert sent_back(world) == [1500]
    assert world.sound()


def test_a_refund_that_broke_before_it_happened_is_sent_when_its_key_is_forgotten(
    world: World,
) -> None:
    sold = sale(world)
    sold.send_back()
    world.payments.transport.faults.append(Fault.BREAK_BEFORE)
    world.work()
    for _ in range(13):
        assert sent_back(world) == []
        world.pass_time(2 * HOUR)
    assert sent_back(world) == [4500]
    assert sold.statuses() == [PaymentStatus.REFUNDED]


def test_a_part_sent_by_a_lost_reply_is_not_sent_again_a_day_later(world: World) -> None:
    sold = sale(world)
    deaf(world)
    sold.send_back(1000)
    world.payments.transport.faults.append(Fault.LOSE_REPLY)
    world.payments.transport.faults.extend([Fault.LOSE_REQUEST] * 10_000)
    world.work()
    assert [r.status for r in sold.refunds()] == [RefundStatus.DUE]
    assert sent_back(world) == [1000]
    world.pass_time(26 * HOUR)
    world.payments.transport.faults.clear()
    world.pass_time(HOUR)
    assert [r.status for r in sold.refunds()] == [RefundStatus.DONE]
    assert sent_back(world) == [1000]


def test_a_refund_the_house_forgot_sending_is_learned_by_repeating_it(world: World) -> None:
    sold = sale(world)
    deaf(world)
    refund, intent = sold.send_back(2000), str(sold.attempt().intent_id)
    world.bus.write_now(claim)  # this worker sends, and dies before it can say so
    world.payments.work.gateway.refund(refund.id, intent_id=intent, amount=2000)
    world.pass_time(LEASE + SECOND)
    assert [r.status for r in sold.refunds()] == [RefundStatus.DONE]
    assert sent_back(world) == [2000]


def test_two_workers_with_the_same_refund_send_it_once(world: World) -> None:
    sold = sale(world)
    sold.send_back(2000)
    for job in world.bus.write_now(claim):
        for _ in range(2):
            world.app.runner.perform(job)
    world.work()
    assert sent_back(world) == [2000]
    assert sold.told() == ["payment.refund_due", "payment.refunded"]


def test_a_gateway_that_is_away_loses_no_refund(world: World) -> None:
    sold = sale(world)
    with unreachable(world):
        sold.refund()
        world.pass_time(HOUR)
        assert [r.status for r in sold.refunds()] == [RefundStatus.DUE]
        assert sold.statuses() == [PaymentStatus.REFUND_DUE]
    world.pass_time(HOUR)
    assert sent_back(world) == [4500]


def test_a_refund_the_bank_refuses_for_good_is_an_operators_matter(world: World) -> None:
    sold = sale(world, card="4000000000000259")  # its owner disputes what is charged
    world.sandbox.deliver = lambda *_: True
    sold.send_back()
    world.pass_time(MINUTE)
    assert bank(world).v1.disputes.list().data
    world.pass_time(HOUR)
    assert [r.status for r in sold.refunds()] == [RefundStatus.FAILED]
    assert sold.statuses() == [PaymentStatus.REFUND_FAILED]
    about = {m.kind: m for m in open_alerts(world, sold.operator)}
    assert "charge_disputed" in about[AlertKind.REFUND_FAILED].detail
    assert sent_back(world) == []
