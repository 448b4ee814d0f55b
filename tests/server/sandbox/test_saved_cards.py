"""Saved cards: charged again, on and off session."""

from __future__ import annotations

from typing import Any, cast

import pytest
import stripe

from tests.server.sandbox.merchant import GOOD, START, Merchant, error
from tests.server.sandbox.saved_cards import (
    ALWAYS_CHALLENGED,
    CHALLENGED_ONCE,
    CHALLENGED_THEN_DECLINED,
    SAVED_THEN_DECLINED,
    charge_card,
    create_customer,
    save_card,
    saved_cards,
)


def test_a_saved_card_is_charged_in_one_call(merchant: Merchant) -> None:
    customer_id = create_customer(merchant)
    intent = charge_card(merchant, customer_id, save_card(merchant, customer_id))
    assert (intent.status, intent.customer) == ("requires_capture", customer_id)
    assert merchant.charge(intent).customer == customer_id
    captured = merchant.stripe.payment_intents.capture(intent.id)
    assert (captured.status, captured.amount_received) == ("succeeded", 4500)


def test_a_saved_card_can_be_charged_repeatedly(merchant: Merchant) -> None:
    customer_id = create_customer(merchant)
    method = save_card(merchant, customer_id)
    assert {charge_card(merchant, customer_id, method).status for _ in range(3)} == {
        "requires_capture"
    }


def test_the_same_key_charges_once(merchant: Merchant) -> None:
    customer_id = create_customer(merchant)
    form: Any = {
        "customer": customer_id,
        "payment_method": save_card(merchant, customer_id),
        "amount": 4500,
        "currency": "eur",
        "confirm": True,
    }
    options: Any = {"idempotency_key": "pay-pay_1"}
    ids = {merchant.stripe.payment_intents.create(form, options).id for _ in range(2)}
    assert len(ids) == len(merchant.stripe.charges.list().data) == 1


@pytest.mark.parametrize(
    ("payer", "message"),
    [("usr_2", "must be attached to the customer"), (None, "Please include the Customer")],
)
def test_a_saved_card_pays_only_for_its_own_customer(
    merchant: Merchant, payer: str | None, message: str
) -> None:
    method = save_card(merchant, create_customer(merchant))
    who = {} if payer is None else {"customer": create_customer(merchant, payer)}
    with pytest.raises(stripe.InvalidRequestError, match=message) as raised:
        merchant.stripe.payment_intents.create(
            cast(
                "Any",
                {"amount": 4500, "currency": "eur", "confirm": True, "payment_method": method}
                | who,
            )
        )
    assert (raised.value.http_status, raised.value.param) == (400, "payment_method")
    assert merchant.stripe.charges.list().data == []


def test_an_intent_cannot_be_confirmed_with_another_customers_card(merchant: Merchant) -> None:
    method = save_card(merchant, create_customer(merchant))
    intent = merchant.stripe.payment_intents.create(
        {"amount": 4500, "currency": "eur", "customer": create_customer(merchant, "usr_2")}
    )
    with pytest.raises(stripe.InvalidRequestError, match="must be attached to the customer"):
        merchant.stripe.payment_intents.confirm(intent.id, {"payment_method": method})


def test_a_card_challenged_once_is_not_challenged_after_its_setup(merchant: Merchant) -> None:
    customer_id = create_customer(merchant)
    method = save_card(merchant, customer_id, CHALLENGED_ONCE)
    assert charge_card(merchant, customer_id, method).status == "requires_capture"
    assert charge_card(merchant, customer_id, method, off_session=True).status == "requires_capture"


def test_a_card_that_was_only_attached_is_still_challenged(merchant: Merchant) -> None:
    customer_id = create_customer(merchant)
    name = "pm_card_authenticationRequiredOnSetup"
    method = merchant.stripe.payment_methods.attach(name, {"customer": customer_id})
    assert charge_card(merchant, customer_id, method.id).status == "requires_action"


def test_an_always_challenged_card_is_challenged_after_its_setup(merchant: Merchant) -> None:
    customer_id = create_customer(merchant)
    intent = charge_card(merchant, customer_id, save_card(merchant, customer_id, ALWAYS_CHALLENGED))
    assert intent.status == "requires_action"
    assert intent.next_action is not None
    assert intent.next_action.type == "use_stripe_sdk"


def test_an_intent_that_waits_for_a_challenge_can_be_canceled(merchant: Merchant) -> None:
    customer_id = create_customer(merchant)
    intent = charge_card(merchant, customer_id, save_card(merchant, customer_id, ALWAYS_CHALLENGED))
    ended = merchant.stripe.payment_intents.cancel(intent.id, {"cancellation_reason": "abandoned"})
    assert (ended.status, ended.next_action) == ("canceled", None)
    assert merchant.answer(intent.id, "pass").state == "expired"
    assert merchant.stripe.charges.list().data == []


@pytest.mark.parametrize("off_session", [True, "one_off", "recurring"])
def test_an_off_session_payment_is_declined_instead_of_challenged(
    merchant: Merchant, *, off_session: bool | str
) -> None:
    customer_id = create_customer(merchant)
    method = save_card(merchant, customer_id, ALWAYS_CHALLENGED)
    with pytest.raises(stripe.CardError) as raised:
        charge_card(merchant, customer_id, method, off_session=off_session)
    refused = error(raised.value)
    assert raised.value.http_status == 402
    assert refused["code"] == refused["decline_code"] == "authentication_required"
    assert refused["payment_intent"]["status"] == "requires_payment_method"
    assert refused["payment_intent"]["next_action"] is None
    (failed,) = merchant.stripe.charges.list().data
    assert (failed.status, failed.failure_code) == ("failed", "authentication_required")
    assert saved_cards(merchant, customer_id) == [method]


def test_a_shop_can_have_challenges_declined(merchant: Merchant) -> None:
    customer_id = create_customer(merchant)
    method = save_card(merchant, customer_id, ALWAYS_CHALLENGED)
    with pytest.raises(stripe.CardError) as raised:
        charge_card(merchant, customer_id, method, error_on_requires_action=True)
    assert error(raised.value)["decline_code"] == "authentication_not_handled"


def test_confirm_options_do_not_affect_a_card_without_a_challenge(merchant: Merchant) -> None:
    customer_id = create_customer(merchant)
    intent = charge_card(
        merchant,
        customer_id,
        save_card(merchant, customer_id),
        off_session=True,
        error_on_requires_action=True,
    )
    assert intent.status == "requires_capture"


@pytest.mark.parametrize("number", [SAVED_THEN_DECLINED, CHALLENGED_THEN_DECLINED])
def test_some_cards_can_be_saved_and_fail_when_charged(merchant: Merchant, number: str) -> None:
    customer_id = create_customer(merchant)
    method = save_card(merchant, customer_id, number)
    if number == SAVED_THEN_DECLINED:
        with pytest.raises(stripe.CardError):
            charge_card(merchant, customer_id, method)
        return
    intent = charge_card(merchant, customer_id, method)
    merchant.answer(intent.id, "pass")
    declined = merchant.stripe.payment_intents.retrieve(intent.id).last_payment_error
    assert declined is not None
    assert declined.decline_code == "insufficient_funds"


@pytest.mark.parametrize("usage", ["on_session", "off_session"])
def test_a_payment_can_save_its_card(merchant: Merchant, usage: str) -> None:
    customer_id = create_customer(merchant)
    intent = charge_card(merchant, customer_id, "pm_card_visa", setup_future_usage=usage)
    assert intent.setup_future_usage == usage
    assert saved_cards(merchant, customer_id) == [intent.payment_method]


def test_a_payment_does_not_save_its_card_by_default(merchant: Merchant) -> None:
    customer_id = create_customer(merchant)
    charge_card(merchant, customer_id, "pm_card_visa")
    assert saved_cards(merchant, customer_id) == []


def test_a_declined_payment_saves_nothing(merchant: Merchant) -> None:
    customer_id = create_customer(merchant)
    with pytest.raises(stripe.CardError):
        charge_card(
            merchant, customer_id, "pm_card_visa_chargeDeclined", setup_future_usage="off_session"
        )
    assert saved_cards(merchant, customer_id) == []


def test_confirming_can_save_the_card(merchant: Merchant) -> None:
    customer_id = create_customer(merchant)
    intent = merchant.stripe.payment_intents.create(
        {"amount": 4500, "currency": "eur", "customer": customer_id}
    )
    paid = merchant.stripe.payment_intents.confirm(
        intent.id, {"payment_method": "pm_card_visa", "setup_future_usage": "off_session"}
    )
    assert saved_cards(merchant, customer_id) == [paid.payment_method]


@pytest.mark.parametrize("name", ["off_session", "error_on_requires_action"])
def test_confirm_options_require_confirm(merchant: Merchant, name: str) -> None:
    with pytest.raises(stripe.InvalidRequestError) as raised:
        merchant.stripe.payment_intents.create(
            cast("Any", {"amount": 4500, "currency": "eur", name: True})
        )
    assert raised.value.param == name


def test_intents_can_be_listed_by_customer(merchant: Merchant) -> None:
    merchant.authorize()
    customer_id = create_customer(merchant)
    method = save_card(merchant, customer_id)
    old = charge_card(merchant, customer_id, method)
    merchant.time += 60
    new = charge_card(merchant, customer_id, method)
    intents = merchant.stripe.payment_intents
    assert [one.id for one in intents.list({"customer": customer_id}).data] == [new.id, old.id]
    late = intents.list({"customer": customer_id, "created": {"gte": START + 1}}).data
    assert [one.id for one in late] == [new.id]


def test_the_description_and_metadata_of_an_intent_can_be_changed(merchant: Merchant) -> None:
    intent = merchant.authorize()
    changed = merchant.stripe.payment_intents.update(
        intent.id, {"description": "Seat 12", "metadata": {"order": "", "note": "late"}}
    )
    assert (changed.description, changed.status) == ("Seat 12", "requires_capture")
    assert changed.metadata.to_dict() == {"payment": "pay_1", "note": "late"}
    cleared = merchant.stripe.payment_intents.update(intent.id, {"description": "", "metadata": ""})
    assert (cleared.description, cleared.metadata.to_dict()) == (None, {})


def test_the_amount_of_an_intent_cannot_be_changed(merchant: Merchant) -> None:
    intent = merchant.authorize(GOOD)
    with pytest.raises(stripe.InvalidRequestError) as raised:
        merchant.stripe.payment_intents.update(intent.id, {"amount": 1})
    assert raised.value.param == "amount"
    assert merchant.stripe.payment_intents.retrieve(intent.id).amount == 4500
