"""Events: what happened, listed and delivered."""

from __future__ import annotations

import json

import pytest
import stripe

from server.sandbox import charges
from server.sandbox.webhooks import PAUSES
from tests.server.sandbox.till import (
    CHALLENGED,
    DAY,
    DECLINED,
    GOOD,
    SECOND,
    START,
    Till,
)


def kinds(till: Till) -> list[str]:
    """Every event so far, oldest first."""
    return [event.type for event in reversed(till.events())]


def test_paying_on_a_page_is_told_in_order(till: Till) -> None:
    till.authorise()
    assert kinds(till) == [
        "payment_intent.created",
        "charge.succeeded",
        "payment_intent.amount_capturable_updated",
        "checkout.session.completed",
    ]


def test_capturing_and_refunding_are_told(till: Till) -> None:
    till.stripe.refunds.create({"payment_intent": till.capture().id})
    assert kinds(till)[4:] == [
        "charge.captured",
        "payment_intent.succeeded",
        "charge.refunded",
        "refund.created",
    ]


def test_a_decline_is_told(till: Till) -> None:
    till.type_in(till.open().id, DECLINED)
    assert kinds(till) == [
        "payment_intent.created",
        "charge.failed",
        "payment_intent.payment_failed",
    ]


def test_voiding_a_hold_is_told(till: Till) -> None:
    till.stripe.payment_intents.cancel(till.authorise().id)
    assert kinds(till)[4:] == ["payment_intent.canceled"]


def test_a_lapsed_hold_is_told(till: Till) -> None:
    till.authorise()
    till.time += charges.HOLD
    assert kinds(till)[4:] == ["charge.expired", "payment_intent.canceled"]


def test_expiring_a_page_is_told(till: Till) -> None:
    session = till.open()
    till.type_in(session.id, CHALLENGED)
    till.stripe.checkout.sessions.expire(session.id)
    assert kinds(till) == [
        "payment_intent.created",
        "payment_intent.requires_action",
        "payment_intent.canceled",
        "checkout.session.expired",
    ]


def test_an_event_shows_its_object_as_it_was_then(till: Till) -> None:
    intent = till.capture()
    (event,) = till.events("payment_intent.amount_capturable_updated")
    assert event.data.object["status"] == "requires_capture"
    assert till.stripe.events.retrieve(event.id).data.object["id"] == intent.id


def test_an_event_says_which_request_caused_it(till: Till) -> None:
    intent = till.authorise()
    till.stripe.payment_intents.capture(intent.id, options={"idempotency_key": "capture-pay_1"})
    captured, completed = till.events("payment_intent.succeeded", "checkout.session.completed")
    assert captured.request is not None
    assert captured.request.idempotency_key == "capture-pay_1"
    assert completed.request is not None
    assert completed.request.id is None


def test_events_are_listed_by_type_and_age(till: Till) -> None:
    till.authorise()
    till.time += 10
    till.authorise()
    listed = till.stripe.events.list(
        {"created": {"gte": START + 1}, "types": ["checkout.session.completed"]}
    )
    assert [event.created for event in listed.data] == [START + 10]
    assert till.stripe.events.list({"type": "charge.refunded"}).data == []


def test_events_are_forgotten_after_thirty_days(till: Till) -> None:
    till.authorise()
    till.time += 30 * DAY
    assert "checkout.session.completed" in kinds(till)
    till.time += 1
    assert "checkout.session.completed" not in kinds(till)


def test_a_webhook_is_what_the_sdk_verifies(till: Till) -> None:
    till.authorise()
    assert till.sandbox.pump() == 4
    secret = till.sandbox.webhook_secret
    for raw, signature in till.box.letters:
        event = stripe.Webhook.construct_event(raw, signature, secret, tolerance=0)
        assert event.api_version == stripe.api_version
        assert event.livemode is False
        with pytest.raises(stripe.SignatureVerificationError):
            stripe.Webhook.construct_event(raw + b" ", signature, secret, tolerance=0)
        with pytest.raises(stripe.SignatureVerificationError):
            stripe.Webhook.construct_event(raw, signature, "whsec_other", tolerance=0)


def test_a_signature_is_dated_by_the_sandboxs_clock(till: Till) -> None:
    till.authorise()
    till.time += 5
    till.sandbox.pump()
    assert till.box.letters[0][1].startswith(f"t={START + 5},v1=")


def test_an_accepted_webhook_is_not_sent_again(till: Till) -> None:
    till.authorise()
    assert till.sandbox.pump() == 4
    till.time += 7 * DAY - 1
    assert till.sandbox.pump() == 0
    assert {event.pending_webhooks for event in till.events()} == {0}


def test_a_refused_webhook_is_sent_again_and_then_given_up(till: Till) -> None:
    till.authorise()
    till.box.shut = True
    for tries, pause in enumerate((*PAUSES, DAY), 1):
        till.sandbox.pump()
        till.sandbox.pump()
        assert till.box.tries == 4 * tries
        till.time += pause
    till.box.shut = False
    assert till.sandbox.pump() == 0
    assert {event.pending_webhooks for event in till.events()} == {1}


def test_a_webhook_refused_once_arrives_later_with_the_same_id(till: Till) -> None:
    till.authorise()
    till.box.shut = True
    till.sandbox.pump()
    till.box.shut = False
    till.time += PAUSES[0]
    assert till.sandbox.pump() == 4
    assert {json.loads(raw)["id"] for raw, _ in till.box.letters} == {
        event.id for event in till.events()
    }


def test_a_crash_while_delivering_means_a_second_delivery(till: Till) -> None:
    till.type_in(till.open().id, DECLINED)

    def crash(raw: bytes, signature: str) -> bool:
        till.box(raw, signature)
        raise KeyboardInterrupt

    till.sandbox.deliver = crash
    with pytest.raises(KeyboardInterrupt):
        till.sandbox.pump()
    till.sandbox.deliver = till.box
    till.time += PAUSES[0]
    assert till.sandbox.pump() == 3
    assert sorted(till.box.kinds) == [
        "charge.failed",
        "payment_intent.created",
        "payment_intent.created",
        "payment_intent.payment_failed",
    ]


def test_a_receiver_may_ask_the_sandbox_while_it_listens(till: Till) -> None:
    seen = []

    def ask(raw: bytes, _: str) -> bool:
        seen.append(till.stripe.events.retrieve(json.loads(raw)["id"]).type)
        return True

    till.authorise()
    till.sandbox.deliver = ask
    assert till.sandbox.pump() == 4
    assert seen == kinds(till)


def test_without_a_receiver_events_are_only_listed() -> None:
    till = Till(letters=False)
    till.authorise()
    assert till.sandbox.pump() == 0
    assert {event.pending_webhooks for event in till.events()} == {0}


def test_the_sandbox_says_when_it_has_something_to_do(till: Till) -> None:
    assert till.sandbox.due_at() is None
    session = till.open()
    assert till.sandbox.due_at() == session.expires_at * SECOND
    till.type_in(session.id, GOOD)
    assert till.sandbox.due_at() == till.time * SECOND
    till.sandbox.pump()
    assert till.sandbox.due_at() == session.expires_at * SECOND


def test_pumping_alone_lets_time_pass(till: Till) -> None:
    session = till.open()
    till.time = session.expires_at
    assert till.sandbox.pump() == 1
    assert till.box.kinds == ["checkout.session.expired"]
