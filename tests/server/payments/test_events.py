"""Hearing back: messages and looks only wake; missing, late, doubled or early, the end is one."""

from __future__ import annotations

import random

from server.payments import checkout
from tests.clock import MINUTE, SECOND
from tests.server.payments.purchase import captured, hold_events, start_purchase
from tests.server.rows import one
from tests.world import World


def test_e6_without_any_message_the_poll_completes_the_order(world: World) -> None:
    purchase = start_purchase(world)
    hold_events(world)
    purchase.type_card(purchase.page())
    world.pass_time(3 * SECOND)
    assert purchase.has_ticket()


def test_e6_a_message_that_comes_after_the_poll_changes_nothing(world: World) -> None:
    purchase = start_purchase(world)
    events = hold_events(world)
    purchase.type_card(purchase.page())
    world.pass_time(3 * SECOND)
    before = len(world.events())
    heard = list(events)
    assert heard
    for raw, signature in heard:
        assert world.payments.receive(raw, signature)
    world.pass_time(MINUTE)
    assert len(world.events()) == before
    assert world.sound()


def test_e7_messages_five_times_and_in_any_order_make_one_transition(world: World) -> None:
    purchase = start_purchase(world)
    events = hold_events(world)
    purchase.type_card(purchase.page())
    world.sandbox.pump()
    heard = len(events)
    letters = events * 5
    random.Random(7).shuffle(letters)
    for raw, signature in letters:
        assert world.payments.receive(raw, signature)
    world.work()
    assert purchase.has_ticket()
    assert one(world, "SELECT count(*) FROM inbox") == heard
    assert world.names(purchase.order.id) == ["order.created", "order.updated", "order.completed"]
    assert captured(world) == purchase.order.price.amount


def test_e8_a_message_that_comes_before_the_house_knows_the_page_is_not_lost(
    world: World,
) -> None:
    purchase = start_purchase(world)
    started = world.bus.write_now(lambda tx: checkout.start(tx, order_id=purchase.order.id))
    made = world.payments.gateway.create_session(started.id, started.parameters)
    purchase.type_card(str(made.url))
    world.sandbox.pump()
    assert one(world, "SELECT count(*) FROM inbox") > 0
    assert purchase.payment().session_id is None
    world.pass_time(3 * SECOND)
    assert purchase.payment().session_id == made.session_id
    assert purchase.has_ticket()
    assert world.sound()
