"""The webhook and the inbox: genuine events wake jobs once; anything else changes nothing."""

from __future__ import annotations

import asyncio
import json
import random
from typing import Any

import pytest
from stripe import WebhookSignature

from server.payments.jobs import receive
from server.routing import HttpRequest
from server.stripe import inbox
from server.stripe.records import ReceivedEvent
from server.stripe.webhook import Webhook
from server.tx import Tx
from tests.clock import SECOND, START
from tests.server.payments.purchase import hold_events, job_states, start_purchase
from tests.server.rows import change, one, rows
from tests.world import World

pytestmark = pytest.mark.sqlite_only

EVENT = {
    "id": "evt_x", "object": "event", "type": "payment_intent.amount_capturable_updated",
    "livemode": False, "data": {"object": {"id": "pi_none", "object": "payment_intent"}},
}  # fmt: skip


def ignore(tx: Tx, event: ReceivedEvent) -> None:
    """Take no event in."""


def signed(world: World, event: Any, *, age: int = 0, secret: str = "") -> tuple[bytes, str]:
    """Return an event with its signature, `age` seconds old."""
    raw = json.dumps(event)
    at = world.clock.now() // SECOND - age
    known = secret or world.sandbox.webhook_secret
    return raw.encode(), WebhookSignature.generate_signature_header(raw, known, timestamp=at)


def test_a_genuine_event_is_kept_once(world: World) -> None:
    for _ in range(3):
        assert world.payments.receive(*signed(world, EVENT))
    assert rows(world, "SELECT id, type FROM inbox") == [("evt_x", EVENT["type"])]


@pytest.mark.parametrize("age", [299, 0, -299])
def test_an_event_within_five_minutes_is_accepted(world: World, age: int) -> None:
    assert world.payments.receive(*signed(world, EVENT, age=age))


@pytest.mark.parametrize("age", [301, 86_400, -301])
def test_an_event_that_is_too_old_or_early_is_refused(world: World, age: int) -> None:
    assert not world.payments.receive(*signed(world, EVENT, age=age))
    assert one(world, "SELECT count(*) FROM inbox") == 0


def test_an_event_signed_with_another_secret_is_refused(world: World) -> None:
    assert not world.payments.receive(*signed(world, EVENT, secret="whsec_stranger"))


def test_a_modified_event_is_refused(world: World) -> None:
    raw, signature = signed(world, EVENT)
    assert not world.payments.receive(raw.replace(b"evt_x", b"evt_y"), signature)


def test_the_signature_covers_the_bytes_not_their_meaning(world: World) -> None:
    raw, signature = signed(world, EVENT)
    assert not world.payments.receive(json.dumps(EVENT, indent=1).encode(), signature)
    assert world.payments.receive(raw, signature)


@pytest.mark.parametrize("signature", ["", "t=1", "v1=00", "t=x,v1=00", "t=,v1=", "é", "t=1,v1=é"])
def test_a_malformed_signature_is_refused(world: World, signature: str) -> None:
    assert not world.payments.receive(b"{}", signature)


@pytest.mark.parametrize("raw", ["", "[]", "1", "{", "null"])
def test_a_signed_body_that_is_no_event_is_refused(world: World, raw: str) -> None:
    at = world.clock.now() // SECOND
    secret = world.sandbox.webhook_secret
    signature = WebhookSignature.generate_signature_header(raw, secret, timestamp=at)
    assert not world.payments.receive(raw.encode(), signature)


def test_bytes_that_are_not_text_are_refused(world: World) -> None:
    _, signature = signed(world, EVENT)
    assert not world.payments.receive(b"\xff\xfe", signature)


def test_an_event_of_the_other_mode_is_ignored(world: World) -> None:
    assert not world.payments.receive(*signed(world, {**EVENT, "livemode": True}))
    assert one(world, "SELECT count(*) FROM inbox") == 0


def test_an_event_about_another_shops_payment_wakes_no_job(world: World) -> None:
    other = {"id": "pi_x", "object": "payment_intent", "metadata": {"payment": "pay_stranger"}}
    assert world.payments.receive(*signed(world, {**EVENT, "data": {"object": other}}))
    assert job_states(world) == {}


def test_an_event_that_claims_a_capture_changes_nothing(world: World) -> None:
    purchase = start_purchase(world)
    purchase.page()
    lie = {
        "id": "pi_x", "object": "payment_intent", "status": "succeeded",
        "metadata": {"payment": purchase.payment().id},
    }  # fmt: skip
    event = {**EVENT, "type": "payment_intent.succeeded", "data": {"object": lie}}
    assert world.payments.receive(*signed(world, event))
    world.work()
    assert purchase.now() == purchase.order


def answer(world: World, raw: bytes, signature: str) -> int:
    """Send an event as Stripe does; return the status of the response."""

    async def send() -> int:
        world.bus.attach(asyncio.get_running_loop())
        webhook = Webhook((world.sandbox.webhook_secret,), live=False, receive=receive)
        request = HttpRequest({}, {"Stripe-Signature": signature}, raw, "POST")
        try:
            return (await webhook.handle(world.bus, request)).status
        finally:
            world.bus.detach()

    return asyncio.run(send())


@pytest.mark.parametrize(
    ("event", "age", "status", "kept"),
    [
        (EVENT, 0, 200, 1),
        (EVENT, 301, 400, 0),
        (EVENT, -301, 400, 0),
        ({**EVENT, "livemode": True}, 0, 200, 0),
        ({**EVENT, "type": "customer.tax_id.created"}, 0, 200, 1),
        ({**EVENT, "type": "of.a.later.year", "data": {"object": {}}}, 0, 200, 1),
        ({"id": "evt_x", "object": "event"}, 0, 400, 0),
        ({**EVENT, "data": {"object": []}}, 0, 400, 0),
    ],
    ids=["ours", "old", "future", "other mode", "unwanted", "unknown", "half", "shapeless"],
)
def test_the_webhook_answers_200_to_genuine_events_and_400_to_others(
    world: World, event: Any, age: int, status: int, kept: int
) -> None:
    assert answer(world, *signed(world, event, age=age)) == status
    assert one(world, "SELECT count(*) FROM inbox") == kept


def test_the_webhook_answers_400_to_bytes_that_are_not_text(world: World) -> None:
    _, signature = signed(world, EVENT)
    assert answer(world, b"\xff\xfe", signature) == 400


def mutated(rng: random.Random, text: bytes) -> bytes:
    """Change, drop, repeat or insert a few bytes until something differs."""
    changed = bytearray(text)
    while bytes(changed) == text:
        for _ in range(rng.randint(1, 3)):
            at = rng.randrange(len(changed))
            match rng.randrange(4):
                case 0:
                    changed[at] ^= 1 << rng.randrange(8)
                case 1:
                    del changed[at]
                case 2:
                    changed.insert(at, rng.choice(b"0123456789abcdef,=tv +_-"))
                case 3:
                    changed[at:at] = changed[at : at + rng.randint(1, 8)]
    return bytes(changed)


def test_none_of_ten_thousand_modified_events_is_accepted() -> None:
    rng, secret = random.Random(9), "whsec_test"
    webhook = Webhook((secret, "whsec_next"), live=False, receive=ignore)
    raw = json.dumps(EVENT)
    header = WebhookSignature.generate_signature_header(raw, secret, timestamp=START // SECOND)
    assert webhook.verify(raw.encode(), header, now=START) is not None
    for number in range(10_000):
        body, said = raw.encode(), header.encode()
        if number % 2:
            body = mutated(rng, body)
        else:
            said = mutated(rng, said)
        assert webhook.verify(body, said.decode("latin-1"), now=START) is None, (body, said)


def test_during_a_rotation_both_secrets_are_accepted() -> None:
    webhook = Webhook(("whsec_old", "whsec_new"), live=False, receive=ignore)
    raw = json.dumps(EVENT)
    for secret, believed in (("whsec_old", True), ("whsec_new", True), ("whsec_x", False)):
        said = WebhookSignature.generate_signature_header(raw, secret, timestamp=START // SECOND)
        assert (webhook.verify(raw.encode(), said, now=START) is not None) is believed


def test_an_event_signed_with_both_secrets_is_accepted() -> None:
    raw, at = json.dumps(EVENT), START // SECOND
    said = [
        WebhookSignature.generate_signature_header(raw, secret, timestamp=at).partition(",")[2]
        for secret in ("whsec_old", "whsec_new")
    ]
    header = f"t={at},{said[0]},{said[1]}"
    for secret in ("whsec_old", "whsec_new"):
        webhook = Webhook((secret,), live=False, receive=ignore)
        assert webhook.verify(raw.encode(), header, now=START) is not None


def test_without_a_secret_there_is_no_webhook_route(world: World) -> None:
    assert Webhook((), live=False, receive=ignore).routes(world.bus) == ()


def test_an_event_about_a_refund_wakes_the_job_that_checks_refunds(
    world: World,
) -> None:
    purchase = start_purchase(world)
    world.pay(purchase.order)
    change(world, "UPDATE jobs SET state = 'done'")
    about: dict[str, Any] = {
        "id": "re_x", "object": "refund", "payment_intent": purchase.payment().intent_id,
        "metadata": {},
    }  # fmt: skip
    event = {**EVENT, "type": "refund.failed", "data": {"object": about}}
    world.payments.receive(*signed(world, event))
    assert job_states(world)["payment.refunds"] == "pending"


def test_handled_events_are_deleted_once_they_cannot_come_again(world: World) -> None:
    assert world.payments.receive(*signed(world, EVENT))  # wakes no job
    purchase = start_purchase(world)
    purchase.page()
    about = {"object": "payment_intent", "metadata": {"payment": purchase.payment().id}}
    open_still = {**EVENT, "id": "evt_open", "data": {"object": about}}
    assert world.payments.receive(*signed(world, open_still))
    world.clock.advance(inbox.KEEP)
    world.bus.write_now(inbox.delete_expired)
    assert one(world, "SELECT count(*) FROM inbox") == 2
    world.clock.advance(1)
    world.bus.write_now(inbox.delete_expired)
    assert rows(world, "SELECT id FROM inbox") == [("evt_open",)]
    assert inbox.KEEP >= 30 * 24 * 3600 * SECOND


def test_an_event_is_marked_handled_only_with_its_effect(world: World) -> None:
    purchase = start_purchase(world)
    events = hold_events(world)
    purchase.type_card(purchase.page())
    world.sandbox.pump()
    for raw, signature in events:
        world.payments.receive(raw, signature)
    unseen = "SELECT count(*) FROM inbox WHERE handled_at IS NULL"
    assert one(world, unseen) == len(events)
    world.work()
    assert one(world, unseen) == 0
    assert purchase.has_ticket()
