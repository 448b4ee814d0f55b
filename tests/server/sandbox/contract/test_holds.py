"""Holds: money is set aside, taken in whole or in part, or let go; and each only once."""

from __future__ import annotations

import asyncio

import pytest
import stripe

from tests.server.sandbox.contract.features import Feature, needs
from tests.server.sandbox.contract.provider import Provider, charge_of, client


def test_held_money_is_not_taken_until_it_is_captured(provider: Provider) -> None:
    held = provider.hold()
    assert held.status == "requires_capture"
    assert not provider.v1.charges.retrieve(charge_of(held)).captured
    captured = provider.v1.payment_intents.capture(held.id)
    assert captured.status == "succeeded"
    assert provider.v1.charges.retrieve(charge_of(captured)).captured


@needs(Feature.AMOUNTS)
def test_a_hold_says_how_much_can_be_taken_and_then_how_much_was(provider: Provider) -> None:
    held = provider.hold()
    assert (held.amount_capturable, held.amount_received) == (4500, 0)
    captured = provider.v1.payment_intents.capture(held.id)
    assert (captured.amount_capturable, captured.amount_received) == (0, 4500)


def test_a_part_can_be_taken_and_the_rest_goes_back(provider: Provider) -> None:
    held = provider.hold()
    captured = provider.v1.payment_intents.capture(held.id, {"amount_to_capture": 1000})
    assert (captured.status, captured.amount) == ("succeeded", 4500)


@needs(Feature.AMOUNTS)
def test_after_a_part_was_taken_only_that_was_received(provider: Provider) -> None:
    held = provider.hold()
    captured = provider.v1.payment_intents.capture(held.id, {"amount_to_capture": 1000})
    assert (captured.amount_capturable, captured.amount_received) == (0, 1000)
    charge = provider.v1.charges.retrieve(charge_of(captured))
    assert (charge.amount_captured, charge.amount_refunded) == (1000, 0)


def test_more_than_is_held_cannot_be_taken(provider: Provider) -> None:
    held = provider.hold()
    with pytest.raises(stripe.InvalidRequestError) as raised:
        provider.v1.payment_intents.capture(held.id, {"amount_to_capture": 4501})
    assert raised.value.http_status == 400
    assert provider.v1.payment_intents.retrieve(held.id).status == "requires_capture"


def test_a_hold_can_be_let_go(provider: Provider) -> None:
    held = provider.hold()
    assert provider.v1.payment_intents.cancel(held.id).status == "canceled"
    assert provider.v1.payment_intents.retrieve(held.id).status == "canceled"


@needs(Feature.AMOUNTS)
def test_why_a_hold_was_let_go_is_kept(provider: Provider) -> None:
    gone = provider.v1.payment_intents.cancel(
        provider.hold().id, {"cancellation_reason": "abandoned"}
    )
    assert (gone.cancellation_reason, gone.amount_capturable) == ("abandoned", 0)
    assert gone.canceled_at is not None


@needs(Feature.LIFECYCLE, Feature.CODES)
def test_what_was_let_go_cannot_be_taken(provider: Provider) -> None:
    held = provider.hold()
    provider.v1.payment_intents.cancel(held.id)
    with pytest.raises(stripe.InvalidRequestError) as raised:
        provider.v1.payment_intents.capture(held.id)
    assert (raised.value.http_status, raised.value.code) == (400, "payment_intent_unexpected_state")
    assert not provider.v1.charges.retrieve(charge_of(held)).captured


@pytest.mark.parametrize(
    ("first", "then"), [("capture", "capture"), ("cancel", "cancel"), ("capture", "cancel")]
)
def test_what_is_over_stays_as_it_is(provider: Provider, first: str, then: str) -> None:
    intents, held = provider.v1.payment_intents, provider.hold()
    over = getattr(intents, first)(held.id).status
    with pytest.raises(stripe.InvalidRequestError) as raised:
        getattr(intents, then)(held.id)
    assert raised.value.http_status == 400
    assert intents.retrieve(held.id).status == over


@needs(Feature.CODES)
@pytest.mark.parametrize(
    ("first", "then"), [("capture", "capture"), ("cancel", "cancel"), ("capture", "cancel")]
)
def test_the_refusal_of_a_second_end_has_a_code(provider: Provider, first: str, then: str) -> None:
    intents, held = provider.v1.payment_intents, provider.hold()
    getattr(intents, first)(held.id)
    with pytest.raises(stripe.InvalidRequestError) as raised:
        getattr(intents, then)(held.id)
    assert raised.value.code == "payment_intent_unexpected_state"


@needs(Feature.CODES)
def test_what_nobody_paid_cannot_be_taken(provider: Provider) -> None:
    bare = provider.v1.payment_intents.create({"amount": 4500, "currency": "eur"})
    with pytest.raises(stripe.InvalidRequestError) as raised:
        provider.v1.payment_intents.capture(bare.id)
    assert raised.value.code == "payment_intent_unexpected_state"


def test_an_intent_waits_for_a_card_and_for_a_confirmation(provider: Provider) -> None:
    bare = provider.v1.payment_intents.create({"amount": 4500, "currency": "eur"})
    assert (bare.status, bare.latest_charge) == ("requires_payment_method", None)
    ready = provider.intent(confirm=False)
    assert ready.status == "requires_confirmation"
    assert provider.v1.payment_intents.confirm(ready.id).status == "succeeded"


def test_a_bank_that_asks_has_not_held_anything(provider: Provider) -> None:
    asked = provider.hold(payment_method=provider.card("authenticationRequired"))
    assert (asked.status, asked.latest_charge) == ("requires_action", None)
    assert asked.next_action is not None
    assert asked.next_action.type == "use_stripe_sdk"
    assert provider.v1.payment_intents.cancel(asked.id).status == "canceled"


def test_metadata_stays_with_an_intent(provider: Provider) -> None:
    held = provider.hold(metadata={"order": "ord_1", "payment": "pay_1"})
    found = provider.v1.payment_intents.retrieve(held.id)
    assert found.metadata.to_dict() == {"order": "ord_1", "payment": "pay_1"}
    provider.v1.payment_intents.cancel(held.id)


@needs(Feature.CODES)
@pytest.mark.parametrize(
    ("amount", "code"), [(1, "amount_too_small"), (999_999_999, "amount_too_large")]
)
def test_a_sum_has_bounds(provider: Provider, amount: int, code: str) -> None:
    with pytest.raises(stripe.InvalidRequestError) as raised:
        provider.hold(amount=amount)
    assert raised.value.code == code


def test_the_async_client_gets_the_same_answers(provider: Provider) -> None:
    held = provider.hold()
    wire = stripe.HTTPXClient()
    again = client(provider.url, provider.secret, wire)

    async def ask() -> str:
        try:
            return (await again.v1.payment_intents.cancel_async(held.id)).status
        finally:
            await wire.close_async()  # type: ignore[no-untyped-call]

    assert asyncio.run(ask()) == "canceled"
