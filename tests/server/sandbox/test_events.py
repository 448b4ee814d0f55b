"""Events: listed by the API and delivered as webhooks."""

from __future__ import annotations

import json

import pytest
import stripe

from server.sandbox import charges
from server.sandbox.events import RETRY_DELAYS
from tests.server.sandbox.merchant import (
    CHALLENGED,
    DAY,
    DECLINED,
    START,
    Merchant,
)


def event_types(merchant: Merchant) -> list[str]:
    """Return the types of all events, oldest first."""
    return [event.type for event in reversed(merchant.events())]


def test_paying_on_a_page_emits_events_in_order(merchant: Merchant) -> None:
    merchant.authorize()
    assert event_types(merchant) == [
        "payment_intent.created",
        "charge.succeeded",
        "payment_intent.amount_capturable_updated",
        "checkout.session.completed",
    ]


def test_capturing_and_refunding_emit_events(merchant: Merchant) -> None:
    merchant.stripe.refunds.create({"payment_intent": merchant.capture().id})
    assert event_types(merchant)[4:] == [
        "charge.captured",
        "payment_intent.succeeded",
        "charge.refunded",
        "refund.created",
    ]


def test_a_decline_emits_events(merchant: Merchant) -> None:
    merchant.submit_card(merchant.open().id, DECLINED)
    assert event_types(merchant) == [
        "payment_intent.created",
        "charge.failed",
        "payment_intent.payment_failed",
    ]


def test_canceling_an_authorization_emits_an_event(merchant: Merchant) -> None:
    merchant.stripe.payment_intents.cancel(merchant.authorize().id)
    assert event_types(merchant)[4:] == ["payment_intent.canceled"]


def test_an_expired_authorization_emits_events(merchant: Merchant) -> None:
    merchant.authorize()
    merchant.time += charges.HOLD
    assert event_types(merchant)[4:] == ["charge.expired", "payment_intent.canceled"]


def test_expiring_a_page_emits_events(merchant: Merchant) -> None:
    session = merchant.open()
    merchant.submit_card(session.id, CHALLENGED)
    merchant.stripe.checkout.sessions.expire(session.id)
    assert event_types(merchant) == [
        "payment_intent.created",
        "payment_intent.requires_action",
        "payment_intent.canceled",
        "checkout.session.expired",
    ]


def test_an_event_shows_its_object_as_it_was_then(merchant: Merchant) -> None:
    intent = merchant.capture()
    (event,) = merchant.events("payment_intent.amount_capturable_updated")
    assert event.data.object["status"] == "requires_capture"
    assert merchant.stripe.events.retrieve(event.id).data.object["id"] == intent.id


def test_an_event_names_the_request_that_caused_it(merchant: Merchant) -> None:
    intent = merchant.authorize()
    merchant.stripe.payment_intents.capture(intent.id, options={"idempotency_key": "capture-pay_1"})
    captured, completed = merchant.events("payment_intent.succeeded", "checkout.session.completed")
    assert captured.request is not None
    assert captured.request.idempotency_key == "capture-pay_1"
    assert completed.request is not None
    assert completed.request.id is None


def test_events_are_listed_by_type_and_age(merchant: Merchant) -> None:
    merchant.authorize()
    merchant.time += 10
    merchant.authorize()
    listed = merchant.stripe.events.list(
        {"created": {"gte": START + 1}, "types": ["checkout.session.completed"]}
    )
    assert [event.created for event in listed.data] == [START + 10]
    assert merchant.stripe.events.list({"type": "charge.refunded"}).data == []


def test_events_are_listed_for_thirty_days(merchant: Merchant) -> None:
    merchant.authorize()
    merchant.time += 30 * DAY
    assert "checkout.session.completed" in event_types(merchant)
    merchant.time += 1
    assert "checkout.session.completed" not in event_types(merchant)


def test_the_sdk_verifies_a_webhooks_signature(merchant: Merchant) -> None:
    merchant.authorize()
    assert merchant.sandbox.pump() == 4
    secret = merchant.sandbox.webhook_secret
    for raw, signature in merchant.webhooks.received:
        event = stripe.Webhook.construct_event(raw, signature, secret, tolerance=0)
        assert event.api_version == stripe.api_version
        assert event.livemode is False
        with pytest.raises(stripe.SignatureVerificationError):
            stripe.Webhook.construct_event(raw + b" ", signature, secret, tolerance=0)
        with pytest.raises(stripe.SignatureVerificationError):
            stripe.Webhook.construct_event(raw, signature, "whsec_other", tolerance=0)


def test_a_signature_has_the_time_of_the_sandboxs_clock(merchant: Merchant) -> None:
    merchant.authorize()
    merchant.time += 5
    merchant.sandbox.pump()
    assert merchant.webhooks.received[0][1].startswith(f"t={START + 5},v1=")


def test_an_accepted_webhook_is_not_sent_again(merchant: Merchant) -> None:
    merchant.authorize()
    assert merchant.sandbox.pump() == 4
    merchant.time += 7 * DAY - 1
    assert merchant.sandbox.pump() == 0
    assert {event.pending_webhooks for event in merchant.events()} == {0}


def test_a_rejected_webhook_is_retried_a_few_times(merchant: Merchant) -> None:
    merchant.authorize()
    merchant.webhooks.rejecting = True
    for attempts, delay in enumerate((*RETRY_DELAYS, DAY), 1):
        merchant.sandbox.pump()
        merchant.sandbox.pump()
        assert merchant.webhooks.attempts == 4 * attempts
        merchant.time += delay
    merchant.webhooks.rejecting = False
    assert merchant.sandbox.pump() == 0
    assert {event.pending_webhooks for event in merchant.events()} == {1}


def test_a_retried_webhook_has_the_same_event_id(merchant: Merchant) -> None:
    merchant.authorize()
    merchant.webhooks.rejecting = True
    merchant.sandbox.pump()
    merchant.webhooks.rejecting = False
    merchant.time += RETRY_DELAYS[0]
    assert merchant.sandbox.pump() == 4
    assert {json.loads(raw)["id"] for raw, _ in merchant.webhooks.received} == {
        event.id for event in merchant.events()
    }


def test_a_crash_during_a_delivery_causes_a_second_delivery(merchant: Merchant) -> None:
    merchant.submit_card(merchant.open().id, DECLINED)

    def crash(raw: bytes, signature: str) -> bool:
        merchant.webhooks(raw, signature)
        raise KeyboardInterrupt

    merchant.sandbox.deliver = crash
    with pytest.raises(KeyboardInterrupt):
        merchant.sandbox.pump()
    merchant.sandbox.deliver = merchant.webhooks
    merchant.time += RETRY_DELAYS[0]
    assert merchant.sandbox.pump() == 3
    assert sorted(merchant.webhooks.types) == [
        "charge.failed",
        "payment_intent.created",
        "payment_intent.created",
        "payment_intent.payment_failed",
    ]


def test_a_receiver_can_call_the_sandbox_while_it_handles_a_webhook(merchant: Merchant) -> None:
    seen = []

    def ask(raw: bytes, _: str) -> bool:
        seen.append(merchant.stripe.events.retrieve(json.loads(raw)["id"]).type)
        return True

    merchant.authorize()
    merchant.sandbox.deliver = ask
    assert merchant.sandbox.pump() == 4
    assert seen == event_types(merchant)


def test_without_a_receiver_events_can_only_be_listed() -> None:
    merchant = Merchant(webhooks=False)
    merchant.authorize()
    assert merchant.sandbox.pump() == 0
    assert {event.pending_webhooks for event in merchant.events()} == {0}


def test_pump_alone_runs_due_timers(merchant: Merchant) -> None:
    session = merchant.open()
    merchant.time = session.expires_at
    assert merchant.sandbox.pump() == 1
    assert merchant.webhooks.types == ["checkout.session.expired"]
