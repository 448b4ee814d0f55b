"""Shapes: held against the SDK's own types, which Stripe generates from its specification."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
import stripe
from stripe.params import PaymentIntentCreateParams, RefundCreateParams
from stripe.params.checkout import SessionCreateParams

from tests.server.sandbox.oracle import Oracle
from tests.server.sandbox.till import (
    CHALLENGED,
    DECLINED,
    GOOD,
    REFUND_FAILS,
    REFUND_PENDS,
    Till,
    error,
)


@pytest.fixture(scope="module")
def oracle() -> Oracle:
    return Oracle()


def sessions(till: Till) -> Iterator[stripe.StripeObject]:
    """Yield a session in every state a page can be in."""
    opened = [till.open().id for _ in range(5)]
    yield till.session(opened[0], "line_items")
    till.type_in(opened[1], DECLINED)
    till.type_in(opened[2], CHALLENGED)
    till.type_in(opened[3], GOOD)
    till.stripe.checkout.sessions.expire(opened[4])
    for one in opened[1:]:
        yield till.session(one)


def payments(till: Till) -> Iterator[stripe.StripeObject]:
    """Yield charges and refunds of every fate."""
    held = till.authorise()
    yield till.charge(held)
    till.stripe.payment_intents.cancel(held.id)
    yield till.charge(held)
    for number in (GOOD, REFUND_FAILS, REFUND_PENDS):
        intent = till.capture(number)
        sent = till.stripe.refunds.create({"payment_intent": intent.id})
        yield sent
        till.time += 100
        yield till.stripe.refunds.retrieve(sent.id)
        yield till.charge(intent)
    yield from till.stripe.payment_intents.list().data
    yield from till.stripe.charges.list().data
    yield from till.events()


@pytest.mark.parametrize("story", [sessions, payments])
def test_no_object_has_a_field_too_many_or_too_few(
    till: Till, oracle: Oracle, story: Callable[[Till], Iterator[stripe.StripeObject]]
) -> None:
    for thing in list(story(till)):
        assert oracle.response(thing.to_dict()) == [], thing
    inside = [event.to_dict()["data"]["object"] for event in till.events()]
    for snapshot in inside:
        assert oracle.response(snapshot) == [], snapshot


def test_the_intent_in_a_decline_has_its_whole_shape(till: Till, oracle: Oracle) -> None:
    with pytest.raises(stripe.CardError) as raised:
        till.stripe.payment_intents.create(
            {
                "amount": 4500,
                "currency": "eur",
                "confirm": True,
                "payment_method": "pm_card_visa_chargeDeclined",
            }
        )
    assert oracle.response(error(raised.value)["payment_intent"]) == []


def test_what_the_tests_send_is_what_the_sdk_knows(till: Till, oracle: Oracle) -> None:
    assert oracle.request(SessionCreateParams, till.form()) == []
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


def test_money_is_never_live(till: Till) -> None:
    till.stripe.refunds.create({"payment_intent": till.capture().id})
    for event in till.events():
        assert event.livemode is False
        assert event.to_dict()["data"]["object"].get("livemode", False) is False


def test_the_oracle_notices_what_is_missing_misspelt_or_of_another_type(
    till: Till, oracle: Oracle
) -> None:
    thing = till.charge(till.authorise()).to_dict()
    del thing["amount"]
    thing["payment_method_details"]["card"]["capture_befor"] = 1
    thing["outcome"]["type"] = 7
    thing["colour"] = "blue"
    assert sorted(oracle.response(thing)) == [
        "charge.amount is missing",
        "charge.colour is unknown",
        "charge.outcome.type is 7",
        "charge.payment_method_details.card.capture_befor is unknown",
    ]
