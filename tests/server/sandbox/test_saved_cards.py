"""Saved cards: charged again, with and without the buyer there."""

from __future__ import annotations

from typing import Any, cast

import pytest
import stripe

from tests.server.sandbox.till import GOOD, START, Till, error
from tests.server.sandbox.wallet import (
    ALWAYS_ASKS,
    ASKS_ONCE,
    ASKS_THEN_POOR,
    SAVES_THEN_DECLINES,
    charge,
    customer,
    save,
    saved,
)


def test_a_saved_card_is_charged_in_one_call(till: Till) -> None:
    known = customer(till)
    intent = charge(till, known, save(till, known))
    assert (intent.status, intent.customer) == ("requires_capture", known)
    assert till.charge(intent).customer == known
    captured = till.stripe.payment_intents.capture(intent.id)
    assert (captured.status, captured.amount_received) == ("succeeded", 4500)


def test_a_saved_card_can_be_charged_again_and_again(till: Till) -> None:
    known = customer(till)
    method = save(till, known)
    assert {charge(till, known, method).status for _ in range(3)} == {"requires_capture"}


def test_the_same_key_charges_once(till: Till) -> None:
    known = customer(till)
    form: Any = {
        "customer": known,
        "payment_method": save(till, known),
        "amount": 4500,
        "currency": "eur",
        "confirm": True,
    }
    options: Any = {"idempotency_key": "pay-pay_1"}
    ids = {till.stripe.payment_intents.create(form, options).id for _ in range(2)}
    assert len(ids) == len(till.stripe.charges.list().data) == 1


@pytest.mark.parametrize(
    ("payer", "said"),
    [("usr_2", "must be attached to the customer"), (None, "Please include the Customer")],
)
def test_a_card_pays_only_for_its_own_customer(till: Till, payer: str | None, said: str) -> None:
    method = save(till, customer(till))
    who = {} if payer is None else {"customer": customer(till, payer)}
    with pytest.raises(stripe.InvalidRequestError, match=said) as raised:
        till.stripe.payment_intents.create(
            cast(
                "Any",
                {"amount": 4500, "currency": "eur", "confirm": True, "payment_method": method}
                | who,
            )
        )
    assert (raised.value.http_status, raised.value.param) == (400, "payment_method")
    assert till.stripe.charges.list().data == []


def test_an_intent_may_not_be_confirmed_with_somebody_elses_card(till: Till) -> None:
    method = save(till, customer(till))
    intent = till.stripe.payment_intents.create(
        {"amount": 4500, "currency": "eur", "customer": customer(till, "usr_2")}
    )
    with pytest.raises(stripe.InvalidRequestError, match="must be attached to the customer"):
        till.stripe.payment_intents.confirm(intent.id, {"payment_method": method})


def test_a_card_that_asks_unless_set_up_asks_no_more(till: Till) -> None:
    known = customer(till)
    method = save(till, known, ASKS_ONCE)
    assert charge(till, known, method).status == "requires_capture"
    assert charge(till, known, method, off_session=True).status == "requires_capture"


def test_a_card_that_was_only_attached_still_asks(till: Till) -> None:
    known = customer(till)
    name = "pm_card_authenticationRequiredOnSetup"
    method = till.stripe.payment_methods.attach(name, {"customer": known})
    assert charge(till, known, method.id).status == "requires_action"


def test_a_card_that_always_asks_does_so_when_it_is_saved(till: Till) -> None:
    known = customer(till)
    intent = charge(till, known, save(till, known, ALWAYS_ASKS))
    assert intent.status == "requires_action"
    assert intent.next_action is not None
    assert intent.next_action.type == "use_stripe_sdk"


def test_what_waits_for_an_answer_can_be_cancelled(till: Till) -> None:
    known = customer(till)
    intent = charge(till, known, save(till, known, ALWAYS_ASKS))
    ended = till.stripe.payment_intents.cancel(intent.id, {"cancellation_reason": "abandoned"})
    assert (ended.status, ended.next_action) == ("canceled", None)
    assert till.answer(intent.id, "pass").state == "expired"
    assert till.stripe.charges.list().data == []


@pytest.mark.parametrize("away", [True, "one_off", "recurring"])
def test_a_bank_that_asks_declines_when_nobody_is_there(till: Till, *, away: bool | str) -> None:
    known = customer(till)
    method = save(till, known, ALWAYS_ASKS)
    with pytest.raises(stripe.CardError) as raised:
        charge(till, known, method, off_session=away)
    refused = error(raised.value)
    assert raised.value.http_status == 402
    assert refused["code"] == refused["decline_code"] == "authentication_required"
    assert refused["payment_intent"]["status"] == "requires_payment_method"
    assert refused["payment_intent"]["next_action"] is None
    (failed,) = till.stripe.charges.list().data
    assert (failed.status, failed.failure_code) == ("failed", "authentication_required")
    assert saved(till, known) == [method]


def test_a_shop_that_shows_no_challenge_may_have_it_declined(till: Till) -> None:
    known = customer(till)
    method = save(till, known, ALWAYS_ASKS)
    with pytest.raises(stripe.CardError) as raised:
        charge(till, known, method, error_on_requires_action=True)
    assert error(raised.value)["decline_code"] == "authentication_not_handled"


def test_both_terms_are_no_matter_to_a_card_that_does_not_ask(till: Till) -> None:
    known = customer(till)
    intent = charge(till, known, save(till, known), off_session=True, error_on_requires_action=True)
    assert intent.status == "requires_capture"


@pytest.mark.parametrize("number", [SAVES_THEN_DECLINES, ASKS_THEN_POOR])
def test_some_cards_can_be_saved_and_fail_when_charged(till: Till, number: str) -> None:
    known = customer(till)
    method = save(till, known, number)
    if number == SAVES_THEN_DECLINES:
        with pytest.raises(stripe.CardError):
            charge(till, known, method)
        return
    intent = charge(till, known, method)
    till.answer(intent.id, "pass")
    declined = till.stripe.payment_intents.retrieve(intent.id).last_payment_error
    assert declined is not None
    assert declined.decline_code == "insufficient_funds"


@pytest.mark.parametrize("usage", ["on_session", "off_session"])
def test_a_payment_may_save_its_card(till: Till, usage: str) -> None:
    known = customer(till)
    intent = charge(till, known, "pm_card_visa", setup_future_usage=usage)
    assert intent.setup_future_usage == usage
    assert saved(till, known) == [intent.payment_method]


def test_a_payment_that_does_not_say_so_saves_nothing(till: Till) -> None:
    known = customer(till)
    charge(till, known, "pm_card_visa")
    assert saved(till, known) == []


def test_a_declined_payment_saves_nothing(till: Till) -> None:
    known = customer(till)
    with pytest.raises(stripe.CardError):
        charge(till, known, "pm_card_visa_chargeDeclined", setup_future_usage="off_session")
    assert saved(till, known) == []


def test_confirming_may_ask_for_the_card_to_be_saved(till: Till) -> None:
    known = customer(till)
    intent = till.stripe.payment_intents.create(
        {"amount": 4500, "currency": "eur", "customer": known}
    )
    paid = till.stripe.payment_intents.confirm(
        intent.id, {"payment_method": "pm_card_visa", "setup_future_usage": "off_session"}
    )
    assert saved(till, known) == [paid.payment_method]


@pytest.mark.parametrize("name", ["off_session", "error_on_requires_action"])
def test_terms_of_a_charge_go_with_a_charge(till: Till, name: str) -> None:
    with pytest.raises(stripe.InvalidRequestError) as raised:
        till.stripe.payment_intents.create(
            cast("Any", {"amount": 4500, "currency": "eur", name: True})
        )
    assert raised.value.param == name


def test_the_intents_of_a_customer_can_be_found(till: Till) -> None:
    till.authorise()
    known = customer(till)
    method = save(till, known)
    old = charge(till, known, method)
    till.time += 60
    new = charge(till, known, method)
    intents = till.stripe.payment_intents
    assert [one.id for one in intents.list({"customer": known}).data] == [new.id, old.id]
    late = intents.list({"customer": known, "created": {"gte": START + 1}}).data
    assert [one.id for one in late] == [new.id]


def test_what_is_noted_down_about_an_intent_can_be_changed(till: Till) -> None:
    intent = till.authorise()
    changed = till.stripe.payment_intents.update(
        intent.id, {"description": "Seat 12", "metadata": {"order": "", "note": "late"}}
    )
    assert (changed.description, changed.status) == ("Seat 12", "requires_capture")
    assert changed.metadata.to_dict() == {"payment": "pay_1", "note": "late"}
    cleared = till.stripe.payment_intents.update(intent.id, {"description": "", "metadata": ""})
    assert (cleared.description, cleared.metadata.to_dict()) == (None, {})


def test_the_amount_of_an_intent_cannot_be_changed_here(till: Till) -> None:
    intent = till.authorise(GOOD)
    with pytest.raises(stripe.InvalidRequestError) as raised:
        till.stripe.payment_intents.update(intent.id, {"amount": 1})
    assert raised.value.param == "amount"
    assert till.stripe.payment_intents.retrieve(intent.id).amount == 4500
