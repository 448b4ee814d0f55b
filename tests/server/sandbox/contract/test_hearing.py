"""Hearing: messages are signed over their raw bytes, and nothing else passes for one."""

from __future__ import annotations

import pytest
import stripe

from tests.server.sandbox.contract.features import Feature, needs
from tests.server.sandbox.contract.letters import Letters
from tests.server.sandbox.contract.provider import Provider


def letter(provider: Provider) -> tuple[bytes, str, Letters]:
    """Return a message about a payment, its signature, and where it arrived."""
    letters = provider.letters
    assert letters is not None
    raw, signature = letters.about("payment_intent.succeeded", provider.intent().id)
    return raw, signature, letters


@needs(Feature.HEARING)
def test_a_message_is_signed(provider: Provider) -> None:
    raw, signature, letters = letter(provider)
    event = stripe.Webhook.construct_event(raw, signature, letters.secret)
    assert event.type == "payment_intent.succeeded"
    assert event.data.object["status"] == "succeeded"


@needs(Feature.HEARING)
@pytest.mark.parametrize("how", ["body", "secret", "signature", "spaces"])
def test_a_message_somebody_touched_is_not_believed(provider: Provider, how: str) -> None:
    raw, signature, letters = letter(provider)
    touched = {
        "body": (raw.replace(b"4500", b"4501"), signature, letters.secret),
        "secret": (raw, signature, "whsec_other"),
        "signature": (raw, signature[:-1] + ("0" if signature[-1] != "0" else "1"), letters.secret),
        "spaces": (raw + b" ", signature, letters.secret),
    }
    assert touched[how] != (raw, signature, letters.secret)
    with pytest.raises(stripe.SignatureVerificationError):
        stripe.Webhook.construct_event(*touched[how])


@needs(Feature.HEARING, Feature.PAST)
def test_a_message_that_was_refused_comes_again(provider: Provider) -> None:
    assert provider.letters is not None
    assert provider.clock is not None
    provider.letters.shut = True
    paid = provider.intent()
    provider.letters.until_refused(1)
    provider.letters.shut = False
    provider.clock.advance(3600 * 1_000_000)
    assert provider.letters.about("payment_intent.succeeded", paid.id)
