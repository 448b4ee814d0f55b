"""Models: checked against the SDK's types, which Stripe generates from its specification."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
import stripe
from stripe.params import PaymentIntentCreateParams, RefundCreateParams
from stripe.params.checkout import SessionCreateParams

from tests.server.sandbox.merchant import (
    CHALLENGED,
    DECLINED,
    GOOD,
    REFUND_FAILS,
    REFUND_PENDING,
    Merchant,
    error,
)
from tests.server.sandbox.oracle import Oracle


@pytest.fixture(scope="module")
def oracle() -> Oracle:
    return Oracle()


def sessions(merchant: Merchant) -> Iterator[stripe.StripeObject]:
    """Yield sessions whose pages are in every state."""
    opened = [merchant.open().id for _ in range(5)]
    yield merchant.session(opened[0], "line_items")
    merchant.submit_card(opened[1], DECLINED)
    merchant.submit_card(opened[2], CHALLENGED)
    merchant.submit_card(opened[3], GOOD)
    merchant.stripe.checkout.sessions.expire(opened[4])
    for one in opened[1:]:
        yield merchant.session(one)


def payments(merchant: Merchant) -> Iterator[stripe.StripeObject]:
    """Yield charges and refunds with every outcome."""
    held = merchant.authorize()
    yield merchant.charge(held)
    merchant.stripe.payment_intents.cancel(held.id)
    yield merchant.charge(held)
    for number in (GOOD, REFUND_FAILS, REFUND_PENDING):
        intent = merchant.capture(number)
        sent = merchant.stripe.refunds.create({"payment_intent": intent.id})
        yield sent
        merchant.time += 100
        yield merchant.stripe.refunds.retrieve(sent.id)
        yield merchant.charge(intent)
    yield from merchant.stripe.payment_intents.list().data
    yield from merchant.stripe.charges.list().data
    yield from merchant.events()


@pytest.mark.parametrize("make", [sessions, payments])
def test_every_object_has_exactly_the_sdks_fields(
    merchant: Merchant, oracle: Oracle, make: Callable[[Merchant], Iterator[stripe.StripeObject]]
) -> None:
    for resource in list(make(merchant)):
        assert oracle.response(resource.to_dict()) == [], resource
    inside = [event.to_dict()["data"]["object"] for event in merchant.events()]
    for snapshot in inside:
        assert oracle.response(snapshot) == [], snapshot


def test_the_intent_in_a_card_error_is_complete(merchant: Merchant, oracle: Oracle) -> None:
    with pytest.raises(stripe.CardError) as raised:
        merchant.stripe.payment_intents.create(
            {
                "amount": 4500,
                "currency": "eur",
                "confirm": True,
                "payment_method": "pm_card_visa_chargeDeclined",
            }
        )
    assert oracle.response(error(raised.value)["payment_intent"]) == []


def test_the_tests_send_only_parameters_that_the_sdk_knows(
    merchant: Merchant, oracle: Oracle
) -> None:
    assert oracle.request(SessionCreateParams, merchant.form()) == []
    refund = {"payment_intent": "pi_1", "amount": 1, "reason": "requested_by_customer"}
    assert oracle.request(RefundCreateParams, refund) == []
    intent = {
        "amount": 1,
        "currency": "eur",
        "capture_method": "manual",
        "confirm": True,
        "payment_method": "pm_card_visa",
        "return_url": "https://shop.test",
    }
    assert oracle.request(PaymentIntentCreateParams, intent) == []


def test_nothing_is_ever_in_live_mode(merchant: Merchant) -> None:
    merchant.stripe.refunds.create({"payment_intent": merchant.capture().id})
    for event in merchant.events():
        assert event.livemode is False
        assert event.to_dict()["data"]["object"].get("livemode", False) is False


def test_the_oracle_reports_missing_unknown_and_mistyped_fields(
    merchant: Merchant, oracle: Oracle
) -> None:
    resource = merchant.charge(merchant.authorize()).to_dict()
    del resource["amount"]
    resource["payment_method_details"]["card"]["capture_befor"] = 1
    resource["outcome"]["type"] = 7
    resource["colour"] = "blue"
    assert sorted(oracle.response(resource)) == [
        "charge.amount is missing",
        "charge.colour is unknown",
        "charge.outcome.type is 7",
        "charge.payment_method_details.card.capture_befor is unknown",
    ]
