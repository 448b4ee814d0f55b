"""Cancelling a show when things fail: crashes, payments under way, disputes, failed refunds."""

from __future__ import annotations

import pytest

from contract.alerts import AlertKind
from contract.orders import OrderStatus
from contract.refunds import RefundReason
from contract.tickets import TicketStatus
from server.cancellation import jobs, service
from server.jobs import LEASE, claim
from server.orders import service as orders
from server.payments import checkout, disputes, refunds, repository
from server.stripe import DisputeOutcome, DisputeState
from server.tx import Tx
from tests.clock import MINUTE, SECOND
from tests.server.cancellation.show_scenario import ShowScenario, new_show, run_jobs
from tests.server.payments.paid_purchase import (
    BANK_DECIDES_AFTER,
    FAILS_LATER,
    PENDS_FIRST,
    open_alerts,
    refunded_amounts,
    resolve_alert,
)
from tests.server.payments.purchase import captured, unreachable
from tests.server.rows import one, rows
from tests.world import World

pytestmark = pytest.mark.sqlite_only


class Crash(Exception):
    """The process ends here."""


def everything(world: World) -> tuple[ShowScenario, str]:
    """Return a show with more of everything than one batch holds."""
    show = new_show(world)
    show.sells()
    show.sells()
    show.locks()
    show.locks()
    show.lists()
    return show, show.id


@pytest.mark.parametrize("after", range(11))
def test_a_crash_after_any_batch_loses_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    monkeypatch.setattr(service, "BATCH", 1)
    show, show_id = everything(world)
    show.cancel(show_id)
    real, done = world.bus.write_now, 0

    def dies(act: object, *, actor: str = "system") -> object:
        nonlocal done
        if actor == jobs.ACTOR:
            done += 1
            if done > after:
                raise Crash
        return real(act, actor=actor)  # type: ignore[arg-type]

    monkeypatch.setattr(world.bus, "write_now", dies)
    real(claim)
    with pytest.raises(Crash):
        jobs.clear(world.bus, show_id)
    monkeypatch.setattr(world.bus, "write_now", real)
    world.pass_time(LEASE + SECOND)
    assert show.progress(show_id).done
    assert refunded_amounts(world) == [4500, 4500]
    assert one(world, "SELECT count(*) FROM tickets WHERE shelf = 'on'") == 0
    assert world.sound()


def test_a_crash_within_a_batch_undoes_the_batch(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    show, show_id = everything(world)
    show.cancel(show_id)
    real, owed = refunds.begin, 0

    def dies(tx: Tx, **said: object) -> object:
        nonlocal owed
        owed += 1
        if owed == 2:
            raise Crash
        return real(tx, **said)  # type: ignore[arg-type]

    monkeypatch.setattr(refunds, "begin", dies)
    with pytest.raises(Crash):
        jobs.clear(world.bus, show_id)
    assert rows(world, "SELECT id FROM refunds") == []
    world.work()
    assert refunded_amounts(world) == [4500, 4500]
    assert world.sound()


def test_a_confirming_order_is_awaited_and_then_refunded(world: World) -> None:
    show = new_show(world)
    order = show.locks()
    page = world.visit("GET", order.payment_url).headers["Location"]
    world.visit("POST", page, "card_number=4242424242424242&exp=12%2F34&cvc=123")
    world.sandbox.pump()
    while show.now(order).status is OrderStatus.AWAITING_PAYMENT:
        assert run_jobs(world, checkout.REFRESH)
    assert show.now(order).status is OrderStatus.CONFIRMING
    show_id = show.id
    show.cancel(show_id)
    with unreachable(world):
        world.pass_time(10 * SECOND)
        assert show.now(order).status is OrderStatus.CONFIRMING
        assert show.progress(show_id).orders_left == 1
    world.pass_time(5 * MINUTE)
    world.pass_time(10 * SECOND)
    assert show.now(order).refunded == order.price
    assert (captured(world), refunded_amounts(world)) == (4500, [4500])
    assert show.progress(show_id).done
    assert world.sound()


def test_confirming_orders_do_not_hide_those_that_can_be_cancelled(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "BATCH", 1)
    show = new_show(world)
    made = [show.locks() for _ in range(4)]
    made.sort(key=lambda order: order.ticket_id)
    for order in made[:3]:
        world.bus.write_now(
            lambda tx, order=order: orders.confirm(tx, order_id=order.id, payment_id="pay_x")  # type: ignore[misc]
        )
    show.cancel(show.id)
    run_jobs(world, service.CLEAR)
    assert show.now(made[3]).status is OrderStatus.CANCELLED
    assert {show.now(order).status for order in made[:3]} == {OrderStatus.CONFIRMING}


def decide(world: World, order_id: str, outcome: DisputeOutcome) -> None:
    """Apply what the bank says of the payment of an order."""

    def apply(tx: Tx) -> None:
        (paid,) = repository.of_order(tx, order_id=order_id)
        state = DisputeState(
            id="dp_1", intent_id=None, payment_id=paid.id, amount=paid.amount, reason="fraudulent",
            status=outcome.value, outcome=outcome, due_by=None, created=0,
        )  # fmt: skip
        assert disputes.apply(tx, state)

    world.bus.write_now(apply)


def test_a_disputed_order_opens_an_alert_and_is_refunded_once_the_dispute_is_won(
    world: World,
) -> None:
    show = new_show(world)
    order, show_id = show.sells(), show.id
    decide(world, order.id, DisputeOutcome.OPEN)
    show.cancel(show_id)
    world.work()
    assert refunded_amounts(world) == []
    assert (AlertKind.DISPUTE, order.id) in {
        (alert.kind, alert.order_id) for alert in open_alerts(world, show.operator)
    }
    assert show.progress(show_id).orders_left == 0
    decide(world, order.id, DisputeOutcome.WON)
    world.work()
    assert refunded_amounts(world) == [4500]
    assert open_alerts(world, show.operator) == []
    assert world.sound()


def test_a_refund_that_fails_opens_an_alert_and_is_never_repeated(world: World) -> None:
    show = new_show(world)
    order, show_id = show.sells(FAILS_LATER), show.id
    show.cancel(show_id)
    world.work()
    world.pass_time(BANK_DECIDES_AFTER)
    for _ in range(2):
        show.cancel(show_id)
        world.work()
    assert show.progress(show_id).refunds == {"failed": 1}
    (alert,) = open_alerts(world, show.operator)
    assert (alert.kind, alert.order_id) == (AlertKind.REFUND_FAILED, order.id)
    resolve_alert(world, show.operator, alert)
    world.work()
    assert show.progress(show_id).refunds == {"settled": 1}
    assert show.now(order).refunded == order.price
    assert world.sound()


def test_once_a_failed_refund_is_settled_the_rest_is_refunded(world: World) -> None:
    show = new_show(world)
    order, show_id = show.sells(FAILS_LATER), show.id
    world.bus.write_now(
        lambda tx: refunds.begin(tx, order_id=order.id, amount=1000, reason=RefundReason.OPERATOR)
    )
    world.work()
    world.pass_time(BANK_DECIDES_AFTER)
    show.cancel(show_id)
    world.work()
    assert [row[0] for row in rows(world, "SELECT amount FROM refunds")] == [1000]
    resolve_alert(world, show.operator, open_alerts(world, show.operator)[0])
    world.work()
    assert show.now(order).refunded == order.price


def test_it_is_not_done_while_a_refund_is_under_way(world: World) -> None:
    show = new_show(world)
    show.sells(PENDS_FIRST)
    show_id = show.id
    show.cancel(show_id)
    world.work()
    waiting = show.progress(show_id)
    assert (waiting.orders_left, waiting.refunds, waiting.done) == (0, {"sent": 1}, False)
    world.pass_time(BANK_DECIDES_AFTER)
    assert show.progress(show_id).done


def test_with_stripe_down_tickets_are_still_withdrawn(world: World) -> None:
    show, show_id = everything(world)
    show.cancel(show_id)
    with unreachable(world):
        world.pass_time(MINUTE)
        left = show.progress(show_id)
        assert (left.tickets_left, left.orders_left, left.refunds) == (0, 0, {"due": 2})
        assert rows(world, "SELECT DISTINCT status FROM tickets ORDER BY status") == [
            (TicketStatus.SOLD,), (TicketStatus.WITHDRAWN,),
        ]  # fmt: skip
    world.pass_time(10 * MINUTE)
    assert show.progress(show_id).done
