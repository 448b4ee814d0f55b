"""Webhooks: signed over their raw bytes, so that a modified one fails verification."""

from __future__ import annotations

import pytest
import stripe

from tests.server.sandbox.contract.features import Feature, needs
from tests.server.sandbox.contract.provider import Provider
from tests.server.sandbox.contract.webhook_receiver import WebhookReceiver


def delivery(provider: Provider) -> tuple[bytes, str, WebhookReceiver]:
    """Return a webhook about a payment, its signature, and its receiver."""
    webhooks = provider.webhooks
    assert webhooks is not None
    raw, signature = webhooks.wait_for("payment_intent.succeeded", provider.pay().id)
    return raw, signature, webhooks


@needs(Feature.WEBHOOKS)
def test_a_webhook_is_signed(provider: Provider) -> None:
    raw, signature, webhooks = delivery(provider)
    event = stripe.Webhook.construct_event(raw, signature, webhooks.secret)
    assert event.type == "payment_intent.succeeded"
    assert event.data.object["status"] == "succeeded"


@needs(Feature.WEBHOOKS)
@pytest.mark.parametrize("how", ["body", "secret", "signature", "spaces"])
def test_a_modified_webhook_fails_verification(provider: Provider, how: str) -> None:
    raw, signature, webhooks = delivery(provider)
    modified = {
        "body": (raw.replace(b"4500", b"4501"), signature, webhooks.secret),
        "secret": (raw, signature, "whsec_other"),
        "signature": (
            raw,
            signature[:-1] + ("0" if signature[-1] != "0" else "1"),
            webhooks.secret,
        ),
        "spaces": (raw + b" ", signature, webhooks.secret),
    }
    assert modified[how] != (raw, signature, webhooks.secret)
    with pytest.raises(stripe.SignatureVerificationError):
        stripe.Webhook.construct_event(*modified[how])


@needs(Feature.WEBHOOKS, Feature.EVENTS)
def test_a_rejected_webhook_is_sent_again(provider: Provider) -> None:
    assert provider.webhooks is not None
    assert provider.clock is not None
    provider.webhooks.rejecting = True
    paid = provider.pay()
    provider.webhooks.wait_until_rejected(1)
    provider.webhooks.rejecting = False
    provider.clock.advance(3600 * 1_000_000)
    assert provider.webhooks.wait_for("payment_intent.succeeded", paid.id)
