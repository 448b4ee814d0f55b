"""Shapes: held against the SDK's own types, which Stripe generates from its specification."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest
import stripe
from stripe.params import PaymentIntentCreateParams, RefundCreateParams
from stripe.params.checkout import SessionCreateParams

from tests.server.payments.sandbox.till import (
    CHALLENGED,
    DECLINED,
    GOOD,
    REFUND_FAILS,
    REFUND_PENDS,
    Till,
    error,
)

BESIDE = Path(__file__).parents[5] / "shared"
ORACLE = Path(os.environ.get("TICKETING_SHARED", BESIDE)) / "tools" / "sdk_oracle.py"


@pytest.fixture(scope="module")
def oracle() -> ModuleType:
    if not ORACLE.exists():
        pytest.skip(f"no oracle: {ORACLE} is absent (set TICKETING_SHARED)")
    spec = importlib.util.spec_from_file_location("sdk_oracle", ORACLE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


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
    till: Till, oracle: ModuleType, story: Callable[[Till], Iterator[stripe.StripeObject]]
) -> None:
    for thing in list(story(till)):
        assert oracle.check_response(thing.to_dict()) == [], thing
    inside = [event.to_dict()["data"]["object"] for event in till.events()]
    for snapshot in inside:
        assert oracle.check_response(snapshot) == [], snapshot


def test_the_intent_in_a_decline_has_its_whole_shape(till: Till, oracle: ModuleType) -> None:
    with pytest.raises(stripe.CardError) as raised:
        till.stripe.payment_intents.create(
            {
                "amount": 4500,
                "currency": "eur",
                "confirm": True,
                "payment_method": "pm_card_visa_chargeDeclined",
            }
        )
    assert oracle.check_response(error(raised.value)["payment_intent"]) == []


def test_what_the_tests_send_is_what_the_sdk_knows(till: Till, oracle: ModuleType) -> None:
    assert oracle.check_request(SessionCreateParams, till.form()) == []
    refund = {"payment_intent": "pi_1", "amount": 1, "reason": "requested_by_customer"}
    assert oracle.check_request(RefundCreateParams, refund) == []
    intent = {
        "amount": 1,
        "currency": "eur",
        "capture_method": "manual",
        "confirm": True,
        "payment_method": "pm_card_visa",
        "return_url": "https://shop.test",
    }
    assert oracle.check_request(PaymentIntentCreateParams, intent) == []


def test_money_is_never_live(till: Till) -> None:
    till.stripe.refunds.create({"payment_intent": till.capture().id})
    for event in till.events():
        assert event.livemode is False
        assert event.to_dict()["data"]["object"].get("livemode", False) is False


def test_the_oracle_notices_a_missing_and_a_misspelt_field(till: Till, oracle: ModuleType) -> None:
    thing = till.open().to_dict()
    del thing["amount_total"]
    del thing["expires_at"]
    thing["expire_at"] = 1
    assert oracle.check_response(thing) == ["missing expires_at", "unknown expire_at"]
