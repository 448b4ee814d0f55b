"""Idempotency keys: one key, one effect, one response."""

from __future__ import annotations

from typing import Any

import pytest
import stripe

from tests.server.sandbox.contract.features import Feature, needs
from tests.server.sandbox.contract.provider import Provider, error


def form(**more: Any) -> Any:
    return {"amount": 4500, "currency": "eur", **more}


@needs(Feature.IDEMPOTENCY)
def test_the_same_key_and_form_give_the_same_object(provider: Provider) -> None:
    key = provider.key()
    first = provider.v1.payment_intents.create(form(), {"idempotency_key": key})
    again = provider.v1.payment_intents.create(form(), {"idempotency_key": key})
    assert again.id == first.id
    assert provider.v1.payment_intents.create(form()).id != first.id


@needs(Feature.IDEMPOTENCY)
def test_a_key_is_valid_for_one_form_only(provider: Provider) -> None:
    key = provider.key()
    provider.v1.payment_intents.create(form(), {"idempotency_key": key})
    with pytest.raises(stripe.IdempotencyError) as raised:
        provider.v1.payment_intents.create(form(amount=4501), {"idempotency_key": key})
    assert raised.value.http_status == 400


@needs(Feature.IDEMPOTENCY, Feature.DECLINES)
def test_a_decline_is_replayed(provider: Provider) -> None:
    key, intents = provider.key(), []
    for _ in range(2):
        with pytest.raises(stripe.CardError) as raised:
            provider.v1.payment_intents.create(
                form(
                    confirm=True,
                    payment_method="pm_card_visa_chargeDeclined",
                    automatic_payment_methods={"enabled": True, "allow_redirects": "never"},
                ),
                {"idempotency_key": key},
            )
        intents.append(error(raised.value)["payment_intent"]["id"])
    assert intents[0] == intents[1]
    assert len(provider.v1.charges.list({"payment_intent": intents[0]}).data) == 1


@needs(Feature.IDEMPOTENCY)
def test_an_invalid_form_does_not_use_up_its_key(provider: Provider) -> None:
    key = provider.key()
    with pytest.raises(stripe.InvalidRequestError):
        provider.raw.v1.payment_intents.create(form(colour="blue"), {"idempotency_key": key})
    made = provider.v1.payment_intents.create(form(), {"idempotency_key": key})
    assert made.status == "requires_payment_method"


@needs(Feature.IDEMPOTENCY)
def test_a_capture_can_be_repeated_with_its_key(provider: Provider) -> None:
    authorized, key = provider.authorize(), provider.key()
    for _ in range(2):
        captured = provider.v1.payment_intents.capture(authorized.id, {}, {"idempotency_key": key})
        assert captured.status == "succeeded"
