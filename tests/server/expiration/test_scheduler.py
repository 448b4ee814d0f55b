"""The deadline scheduler: every order expires once, on time, also after a restart."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import text

from contract.expiration import ExpirationComplete
from contract.orders import (
    CancelReason,
    Order,
    OrderStatus,
)
from db.statement import Statement
from db.types import from_us
from server import tx
from server.expiration import DeadlineScheduler, expire_due
from server.expiration.service import BATCH
from server.jobs import enqueue
from server.orders import service as orders
from server.principal import Principal
from tests.clock import MINUTE, SECOND
from tests.server.payments.purchase import start_purchase
from tests.server.restart import restart
from tests.server.rows import one, rows
from tests.world import World

#: Has no table to store an event in.
NOWHERE = Statement(text("INSERT INTO nowhere VALUES (:id)"))


def held(world: World, count: int = 1) -> tuple[Principal, list[Order]]:
    """Let one buyer lock `count` tickets."""
    world.with_settings(max_open_orders=1000)
    seller, buyer = world.user("seller"), world.user("buyer")
    return buyer, [world.lock(buyer, world.list_ticket(seller)) for _ in range(count)]


def test_the_right_order_expires_at_the_right_time(world: World) -> None:
    _, (order,) = held(world)
    world.clock.advance(15 * MINUTE - 1)
    assert world.bus.write_now(expire_due) == 0
    world.clock.advance(1)
    assert world.bus.write_now(expire_due) == 1
    (rung,) = [event for event in world.events() if isinstance(event, ExpirationComplete)]
    assert (rung.order_id, rung.expires_at) == (order.id, order.expires_at)


def test_an_order_expires_once(world: World) -> None:
    buyer, (order,) = held(world)
    for _ in range(3):
        world.pass_time(15 * MINUTE)
    assert world.names().count("expiration.complete") == 1
    assert world.names(order.id).count("order.cancelled") == 1
    assert world.order(buyer, order).version == 2


def test_the_events_of_an_expiry_are_in_order(world: World) -> None:
    held(world)
    before = len(world.events())
    world.pass_time(15 * MINUTE)
    assert world.names()[before:] == ["expiration.complete", "ticket.updated", "order.cancelled"]


def test_expiring_a_complete_order_changes_nothing(world: World) -> None:
    buyer, (order,) = held(world)
    world.pay(order)
    world.pass_time(20 * MINUTE)
    assert world.order(buyer, order).status is OrderStatus.COMPLETE
    assert "expiration.complete" not in world.names()


def test_expiring_an_unknown_order_changes_nothing(world: World) -> None:
    rung = ExpirationComplete(
        id="ord_none", version=0, order_id="ord_none", buyer_id="usr_none",
        expires_at=from_us(world.clock.now()),
    )  # fmt: skip
    world.bus.write_now(lambda tx: tx.publish(rung))
    assert world.names() == ["expiration.complete"]


def test_the_next_deadline_is_the_nearest_of_the_open_orders(world: World) -> None:
    buyer, (first,) = held(world)
    world.clock.advance(SECOND)
    second = world.lock(buyer, world.list_ticket(world.user("another")))
    assert world.bus.read_now(orders.next_deadline) == _us(first)
    world.pay(first)
    assert world.bus.read_now(orders.next_deadline) == _us(second)


def test_locks_that_expired_while_the_server_was_stopped_end_at_the_first_check(
    world: World,
) -> None:
    _, taken = held(world, 3)
    world.clock.advance(15 * MINUTE)
    restart(world)
    assert world.bus.write_now(expire_due) == 3
    assert rows(world, "SELECT DISTINCT status, reason FROM orders") == [("cancelled", "expired")]
    assert world.names().count("order.cancelled") == len(taken)
    assert world.sound()


def test_a_lock_survives_a_restart_with_its_remaining_time(world: World) -> None:
    held(world)
    world.clock.advance(10 * MINUTE)
    restart(world)
    world.pass_time(5 * MINUTE - 1)
    assert one(world, "SELECT status FROM tickets") == "locked"
    world.pass_time(1)
    assert one(world, "SELECT status FROM tickets") == "available"


def test_many_deadlines_are_processed_a_batch_at_a_time(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.expiration.service.BATCH", 2)
    assert BATCH == 100
    held(world, 5)
    world.clock.advance(15 * MINUTE)
    assert [world.bus.write_now(expire_due) for _ in range(4)] == [2, 2, 1, 0]


def test_the_scheduler_sleeps_until_a_deadline_and_expires_its_order(world: World) -> None:
    buyer, (order,) = held(world)

    async def run() -> None:
        world.bus.attach(asyncio.get_running_loop())
        rung = asyncio.Event()
        world.bus.on_commit(lambda _: rung.set())
        scheduler = asyncio.ensure_future(DeadlineScheduler(world.bus).run())
        try:
            world.clock.advance(15 * MINUTE)
            await asyncio.wait_for(rung.wait(), 10)
        finally:
            scheduler.cancel()
            await asyncio.gather(scheduler, return_exceptions=True)
            world.bus.detach()

    asyncio.run(run())
    assert world.order(buyer, order).reason is CancelReason.EXPIRED
    assert one(world, "SELECT status FROM tickets") == "available"


def _us(order: Order) -> int:
    return int(order.expires_at.timestamp() * SECOND)


def test_deadlines_events_and_jobs_survive_a_restart(world: World) -> None:
    bought = start_purchase(world)
    world.bus.write_now(lambda t: enqueue(t, "payment.void", "pay_none"))
    before = world.names()
    restart(world)
    assert world.names() == before
    assert one(world, "SELECT count(*) FROM jobs WHERE state = 'pending'") == 1
    world.pass_time(15 * MINUTE)
    assert world.order(bought.buyer, bought.order).reason == "expired"


def test_a_deadline_is_processed_only_together_with_its_effects(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    bought = start_purchase(world)
    world.clock.advance(15 * MINUTE)
    with monkeypatch.context() as broken:
        broken.setattr(tx, "RECORD", NOWHERE)
        with pytest.raises(Exception, match="nowhere"):
            world.bus.write_now(expire_due)
    assert world.ticket(bought.ticket).status == "locked"
    world.pass_time(0)
    assert bought.now().reason == "expired"
    assert world.names().count("expiration.complete") == 1


def test_a_deadline_and_a_payment_each_publish_exactly_one_event(world: World) -> None:
    expired, paid = start_purchase(world), world.user("ben")
    order = world.lock(paid, world.list_ticket(expired.seller))
    world.pay(order)
    world.pass_time(15 * MINUTE)
    names = world.names()
    assert (names.count("expiration.complete"), names.count("payment.created")) == (1, 1)
    assert expired.now().reason == "expired"
