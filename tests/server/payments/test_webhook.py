"""The inbox: genuine messages wake, once each; whatever else comes changes nothing."""

from __future__ import annotations

import json
from typing import Any

import pytest
from stripe import WebhookSignature

from tests.clock import SECOND
from tests.server.payments.purchase import deaf, jobs, purchase
from tests.server.rows import one, rows
from tests.world import World

EVENT = {
    "id": "evt_x", "object": "event", "type": "payment_intent.amount_capturable_updated",
    "livemode": False, "data": {"object": {"id": "pi_none", "object": "payment_intent"}},
}  # fmt: skip


def signed(world: World, event: Any, *, age: int = 0, secret: str = "") -> tuple[bytes, str]:
    """Return a message with its signature, so many seconds old."""
    raw = json.dumps(event)
    at = world.clock.now() // SECOND - age
    known = secret or world.sandbox.webhook_secret
    return raw.encode(), WebhookSignature.generate_signature_header(raw, known, timestamp=at)


def test_a_genuine_message_is_kept_once(world: World) -> None:
    for _ in range(3):
        assert world.payments.receive(*signed(world, EVENT))
    assert rows(world, "SELECT id, type FROM inbox") == [("evt_x", EVENT["type"])]


@pytest.mark.parametrize("age", [299, 0, -299])
def test_a_message_within_five_minutes_is_believed(world: World, age: int) -> None:
    assert world.payments.receive(*signed(world, EVENT, age=age))


@pytest.mark.parametrize("age", [301, 86_400, -301])
def test_a_message_from_another_time_is_not_believed(world: World, age: int) -> None:
    assert not world.payments.receive(*signed(world, EVENT, age=age))
    assert one(world, "SELECT count(*) FROM inbox") == 0


def test_e9_a_message_signed_by_somebody_else_is_not_believed(world: World) -> None:
    assert not world.payments.receive(*signed(world, EVENT, secret="whsec_stranger"))


def test_a_message_changed_on_the_way_is_not_believed(world: World) -> None:
    raw, signature = signed(world, EVENT)
    assert not world.payments.receive(raw.replace(b"evt_x", b"evt_y"), signature)


def test_the_signature_is_over_the_bytes_not_over_what_they_mean(world: World) -> None:
    raw, signature = signed(world, EVENT)
    assert not world.payments.receive(json.dumps(EVENT, indent=1).encode(), signature)
    assert world.payments.receive(raw, signature)


@pytest.mark.parametrize("signature", ["", "t=1", "v1=00", "t=x,v1=00", "t=,v1=", "é", "t=1,v1=é"])
def test_what_is_no_signature_is_refused(world: World, signature: str) -> None:
    assert not world.payments.receive(b"{}", signature)


@pytest.mark.parametrize("raw", ["", "[]", "1", "{", "null"])
def test_a_signed_message_that_is_no_event_is_refused(world: World, raw: str) -> None:
    at = world.clock.now() // SECOND
    secret = world.sandbox.webhook_secret
    signature = WebhookSignature.generate_signature_header(raw, secret, timestamp=at)
    assert not world.payments.receive(raw.encode(), signature)


def test_bytes_that_are_no_text_are_refused(world: World) -> None:
    _, signature = signed(world, EVENT)
    assert not world.payments.receive(b"\xff\xfe", signature)


def test_a_message_of_the_other_mode_is_ignored(world: World) -> None:
    assert not world.payments.receive(*signed(world, {**EVENT, "livemode": True}))
    assert one(world, "SELECT count(*) FROM inbox") == 0


def test_a_message_about_somebody_elses_payment_wakes_nobody(world: World) -> None:
    other = {"id": "pi_x", "object": "payment_intent", "metadata": {"payment": "pay_stranger"}}
    assert world.payments.receive(*signed(world, {**EVENT, "data": {"object": other}}))
    assert jobs(world) == {}


def test_e9_a_message_that_claims_money_does_not_make_it_so(world: World) -> None:
    bought = purchase(world)
    bought.page()
    lie = {
        "id": "pi_x", "object": "payment_intent", "status": "succeeded",
        "metadata": {"payment": bought.attempt().id},
    }  # fmt: skip
    event = {**EVENT, "type": "payment_intent.succeeded", "data": {"object": lie}}
    assert world.payments.receive(*signed(world, event))
    world.work()
    assert bought.now() == bought.order


def test_a_message_is_marked_handled_only_once_its_effect_is_kept(world: World) -> None:
    bought = purchase(world)
    box = deaf(world)
    bought.type_card(bought.page())
    world.sandbox.pump()
    for raw, signature in box:
        world.payments.receive(raw, signature)
    unseen = "SELECT count(*) FROM inbox WHERE handled_at IS NULL"
    assert one(world, unseen) == len(box)
    world.work()
    assert one(world, unseen) == 0
    assert bought.has_ticket()
