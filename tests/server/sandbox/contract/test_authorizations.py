"""Authorizations: captured in whole or in part, or canceled, and only once."""

from __future__ import annotations

import asyncio

import pytest
import stripe

from tests.server.sandbox.contract.features import Feature, needs
from tests.server.sandbox.contract.provider import Provider, charge_of, client


def test_authorized_money_is_taken_only_on_capture(provider: Provider) -> None:
    authorized = provider.authorize()
    assert authorized.status == "requires_capture"
    assert not provider.v1.charges.retrieve(charge_of(authorized)).captured
    captured = provider.v1.payment_intents.capture(authorized.id)
    assert captured.status == "succeeded"
    assert provider.v1.charges.retrieve(charge_of(captured)).captured


@needs(Feature.AMOUNTS)
def test_an_intent_shows_the_capturable_and_then_the_received_amount(provider: Provider) -> None:
    authorized = provider.authorize()
    assert (authorized.amount_capturable, authorized.amount_received) == (4500, 0)
    captured = provider.v1.payment_intents.capture(authorized.id)
    assert (captured.amount_capturable, captured.amount_received) == (0, 4500)


def test_a_part_can_be_captured(provider: Provider) -> None:
    authorized = provider.authorize()
    captured = provider.v1.payment_intents.capture(authorized.id, {"amount_to_capture": 1000})
    assert (captured.status, captured.amount) == ("succeeded", 4500)


@needs(Feature.AMOUNTS)
def test_a_partial_capture_receives_only_that_part(provider: Provider) -> None:
    authorized = provider.authorize()
    captured = provider.v1.payment_intents.capture(authorized.id, {"amount_to_capture": 1000})
    assert (captured.amount_capturable, captured.amount_received) == (0, 1000)
    charge = provider.v1.charges.retrieve(charge_of(captured))
    assert (charge.amount_captured, charge.amount_refunded) == (1000, 0)


def test_more_than_the_authorized_amount_cannot_be_captured(provider: Provider) -> None:
    authorized = provider.authorize()
    with pytest.raises(stripe.InvalidRequestError) as raised:
        provider.v1.payment_intents.capture(authorized.id, {"amount_to_capture": 4501})
    assert raised.value.http_status == 400
    assert provider.v1.payment_intents.retrieve(authorized.id).status == "requires_capture"


def test_an_authorization_can_be_canceled(provider: Provider) -> None:
    authorized = provider.authorize()
    assert provider.v1.payment_intents.cancel(authorized.id).status == "canceled"
    assert provider.v1.payment_intents.retrieve(authorized.id).status == "canceled"


@needs(Feature.AMOUNTS)
def test_a_canceled_authorization_keeps_its_reason(provider: Provider) -> None:
    gone = provider.v1.payment_intents.cancel(
        provider.authorize().id, {"cancellation_reason": "abandoned"}
    )
    assert (gone.cancellation_reason, gone.amount_capturable) == ("abandoned", 0)
    assert gone.canceled_at is not None


@needs(Feature.LIFECYCLE, Feature.ERROR_CODES)
def test_a_canceled_authorization_cannot_be_captured(provider: Provider) -> None:
    authorized = provider.authorize()
    provider.v1.payment_intents.cancel(authorized.id)
    with pytest.raises(stripe.InvalidRequestError) as raised:
        provider.v1.payment_intents.capture(authorized.id)
    assert (raised.value.http_status, raised.value.code) == (400, "payment_intent_unexpected_state")
    assert not provider.v1.charges.retrieve(charge_of(authorized)).captured


@pytest.mark.parametrize(
    ("first", "then"), [("capture", "capture"), ("cancel", "cancel"), ("capture", "cancel")]
)
def test_a_finished_intent_does_not_change(provider: Provider, first: str, then: str) -> None:
    intents, authorized = provider.v1.payment_intents, provider.authorize()
    over = getattr(intents, first)(authorized.id).status
    with pytest.raises(stripe.InvalidRequestError) as raised:
        getattr(intents, then)(authorized.id)
    assert raised.value.http_status == 400
    assert intents.retrieve(authorized.id).status == over


@needs(Feature.ERROR_CODES)
@pytest.mark.parametrize(
    ("first", "then"), [("capture", "capture"), ("cancel", "cancel"), ("capture", "cancel")]
)
def test_ending_an_intent_twice_has_an_error_code(
    provider: Provider, first: str, then: str
) -> None:
    intents, authorized = provider.v1.payment_intents, provider.authorize()
    getattr(intents, first)(authorized.id)
    with pytest.raises(stripe.InvalidRequestError) as raised:
        getattr(intents, then)(authorized.id)
    assert raised.value.code == "payment_intent_unexpected_state"


@needs(Feature.ERROR_CODES)
def test_an_unpaid_intent_cannot_be_captured(provider: Provider) -> None:
    bare = provider.v1.payment_intents.create({"amount": 4500, "currency": "eur"})
    with pytest.raises(stripe.InvalidRequestError) as raised:
        provider.v1.payment_intents.capture(bare.id)
    assert raised.value.code == "payment_intent_unexpected_state"


def test_an_intent_waits_for_a_card_and_a_confirmation(provider: Provider) -> None:
    bare = provider.v1.payment_intents.create({"amount": 4500, "currency": "eur"})
    assert (bare.status, bare.latest_charge) == ("requires_payment_method", None)
    ready = provider.pay(confirm=False)
    assert ready.status == "requires_confirmation"
    assert provider.v1.payment_intents.confirm(ready.id).status == "succeeded"


def test_a_challenged_payment_is_not_yet_authorized(provider: Provider) -> None:
    challenged = provider.authorize(payment_method=provider.card("authenticationRequired"))
    assert (challenged.status, challenged.latest_charge) == ("requires_action", None)
    assert challenged.next_action is not None
    assert challenged.next_action.type == "use_stripe_sdk"
    assert provider.v1.payment_intents.cancel(challenged.id).status == "canceled"


def test_an_intent_keeps_its_metadata(provider: Provider) -> None:
    authorized = provider.authorize(metadata={"order": "ord_1", "payment": "pay_1"})
    found = provider.v1.payment_intents.retrieve(authorized.id)
    assert found.metadata.to_dict() == {"order": "ord_1", "payment": "pay_1"}
    provider.v1.payment_intents.cancel(authorized.id)


@needs(Feature.ERROR_CODES)
@pytest.mark.parametrize(
    ("amount", "code"), [(1, "amount_too_small"), (999_999_999, "amount_too_large")]
)
def test_amounts_have_a_minimum_and_a_maximum(provider: Provider, amount: int, code: str) -> None:
    with pytest.raises(stripe.InvalidRequestError) as raised:
        provider.authorize(amount=amount)
    assert raised.value.code == code


def test_the_async_client_gets_the_same_responses(provider: Provider) -> None:
    authorized = provider.authorize()
    http_client = stripe.HTTPXClient()
    again = client(provider.url, provider.secret, http_client)

    async def ask() -> str:
        try:
            return (await again.v1.payment_intents.cancel_async(authorized.id)).status
        finally:
            await http_client.close_async()  # type: ignore[no-untyped-call]

    assert asyncio.run(ask()) == "canceled"
