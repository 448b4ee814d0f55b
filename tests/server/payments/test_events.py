"""Events only wake jobs: missing, late, repeated or early, the result is the same."""

from __future__ import annotations

import random

from server.payments import checkout
from tests.clock import MINUTE, SECOND
from tests.server.payments.purchase import captured, hold_events, start_purchase
from tests.server.rows import one
from tests.world import World


def test_without_any_event_the_regular_check_completes_the_order(world: World) -> None:
    purchase = start_purchase(world)
    hold_events(world)
    purchase.type_card(purchase.page())
    world.pass_time(3 * SECOND)
    assert purchase.has_ticket()


def test_an_event_that_arrives_after_the_check_changes_nothing(world: World) -> None:
    purchase = start_purchase(world)
    events = hold_events(world)
    purchase.type_card(purchase.page())
    world.pass_time(3 * SECOND)
    before = len(world.events())
    held = list(events)
    assert held
    for raw, signature in held:
        assert world.payments.receive(raw, signature)
    world.pass_time(MINUTE)
    assert len(world.events()) == before
    assert world.sound()


def test_events_repeated_five_times_in_any_order_make_one_transition(world: World) -> None:
    purchase = start_purchase(world)
    events = hold_events(world)
    purchase.type_card(purchase.page())
    world.sandbox.pump()
    count = len(events)
    shuffled = events * 5
    random.Random(7).shuffle(shuffled)
    for raw, signature in shuffled:
        assert world.payments.receive(raw, signature)
    world.work()
    assert purchase.has_ticket()
    assert one(world, "SELECT count(*) FROM inbox") == count
    assert world.names(purchase.order.id) == ["order.created", "order.updated", "order.completed"]
    assert captured(world) == purchase.order.price.amount


def test_an_event_that_arrives_before_the_session_is_stored_is_not_lost(
    world: World,
) -> None:
    purchase = start_purchase(world)
    started = world.bus.write_now(lambda tx: checkout.start(tx, order_id=purchase.order.id))
    made = world.payments.gateway.create_session(started.id, started.parameters)
    purchase.type_card(str(made.url))
    world.sandbox.pump()
    assert one(world, "SELECT count(*) FROM inbox") > 0
    assert purchase.payment().session_id is None
    for _ in range(3):  # the pauses of jobs are random
        world.pass_time(3 * SECOND)
    assert purchase.payment().session_id == made.session_id
    assert purchase.has_ticket()
    assert world.sound()
