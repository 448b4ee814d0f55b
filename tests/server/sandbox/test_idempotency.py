"""Idempotency: one key, one effect, one response."""

from __future__ import annotations

from typing import Any

import pytest
import stripe

from server.sandbox import Fault
from tests.server.sandbox.merchant import DAY, Merchant, error

KEY: Any = {"idempotency_key": "session-pay_1"}


def test_the_same_key_with_the_same_parameters_gets_the_same_object(merchant: Merchant) -> None:
    form = merchant.form()
    sessions = merchant.stripe.checkout.sessions
    first, second = sessions.create(form, KEY), sessions.create(form, KEY)
    assert first.to_dict() == second.to_dict()
    assert len(sessions.list().data) == 1


def test_a_replay_is_marked_and_names_the_original_request(merchant: Merchant) -> None:
    form = merchant.form()
    first = merchant.stripe.checkout.sessions.create(form, KEY)
    second = merchant.stripe.checkout.sessions.create(form, KEY)
    assert first.last_response is not None
    assert second.last_response is not None
    assert "idempotent-replayed" not in first.last_response.headers
    assert second.last_response.headers["idempotent-replayed"] == "true"
    assert second.last_response.headers["original-request"] == first.last_response.request_id
    assert second.last_response.request_id != first.last_response.request_id


def test_a_replay_returns_the_original_response(merchant: Merchant) -> None:
    form = merchant.form()
    session = merchant.stripe.checkout.sessions.create(form, KEY)
    merchant.stripe.checkout.sessions.expire(session.id)
    assert merchant.stripe.checkout.sessions.create(form, KEY).status == "open"


def test_parameters_may_come_in_any_order(merchant: Merchant) -> None:
    form = merchant.form()
    first = merchant.stripe.checkout.sessions.create(form, KEY)
    reordered: Any = dict(reversed(form.items()))
    assert merchant.stripe.checkout.sessions.create(reordered, KEY).id == first.id


def test_the_same_key_with_other_parameters_is_refused(merchant: Merchant) -> None:
    merchant.stripe.checkout.sessions.create(merchant.form(), KEY)
    with pytest.raises(stripe.IdempotencyError) as raised:
        merchant.stripe.checkout.sessions.create(merchant.form(metadata={"order": "ord_2"}), KEY)
    assert raised.value.http_status == 400
    assert error(raised.value)["type"] == "idempotency_error"


def test_the_same_key_for_another_url_is_refused(merchant: Merchant) -> None:
    first, second = merchant.authorize(), merchant.authorize()
    merchant.stripe.payment_intents.capture(first.id, options=KEY)
    with pytest.raises(stripe.IdempotencyError):
        merchant.stripe.payment_intents.capture(second.id, options=KEY)


def test_a_decline_is_replayed(merchant: Merchant) -> None:
    form: Any = {
        "amount": 4500,
        "currency": "eur",
        "confirm": True,
        "payment_method": "pm_card_visa_chargeDeclined",
    }
    for _ in range(2):
        with pytest.raises(stripe.CardError):
            merchant.stripe.payment_intents.create(form, KEY)
    assert len(merchant.stripe.payment_intents.list().data) == 1


def test_a_state_error_is_replayed_after_the_state_changed(
    merchant: Merchant,
) -> None:
    intent = merchant.stripe.payment_intents.create({"amount": 4500, "currency": "eur"})
    with pytest.raises(stripe.InvalidRequestError):
        merchant.stripe.payment_intents.capture(intent.id, options=KEY)
    merchant.stripe.payment_intents.confirm(intent.id, {"payment_method": "pm_card_visa"})
    with pytest.raises(stripe.InvalidRequestError, match="requires_payment_method"):
        merchant.stripe.payment_intents.capture(intent.id, options=KEY)


def test_an_invalid_parameter_does_not_use_up_the_key(merchant: Merchant) -> None:
    with pytest.raises(stripe.InvalidRequestError):
        merchant.stripe.checkout.sessions.create(merchant.form(mode="nonsense"), KEY)
    assert merchant.stripe.checkout.sessions.create(merchant.form(), KEY).status == "open"


def test_a_replay_does_not_validate_the_expiry_again(merchant: Merchant) -> None:
    form = merchant.form()
    first = merchant.stripe.checkout.sessions.create(form, KEY)
    merchant.time += DAY - 1
    assert merchant.stripe.checkout.sessions.create(form, KEY).id == first.id


def test_a_key_is_forgotten_after_a_day(merchant: Merchant) -> None:
    form: Any = {"amount": 4500, "currency": "eur"}
    first = merchant.stripe.payment_intents.create(form, KEY)
    merchant.time += DAY
    assert merchant.stripe.payment_intents.create(form, KEY).id == first.id
    merchant.time += 1
    assert merchant.stripe.payment_intents.create(form, KEY).id != first.id


@pytest.mark.parametrize("fault", [Fault.BREAK_BEFORE, Fault.BREAK_AFTER])
def test_a_500_is_stored_and_replayed(merchant: Merchant, fault: Fault) -> None:
    intent = merchant.authorize()
    merchant.transport.faults.append(fault)
    for _ in range(2):
        with pytest.raises(stripe.APIError) as raised:
            merchant.stripe.payment_intents.capture(intent.id, options=KEY)
        assert raised.value.http_status == 500
    status = merchant.stripe.payment_intents.retrieve(intent.id).status
    assert status == ("succeeded" if fault is Fault.BREAK_AFTER else "requires_capture")


def test_a_key_may_have_255_characters(merchant: Merchant) -> None:
    form: Any = {"amount": 4500, "currency": "eur"}
    merchant.stripe.payment_intents.create(form, {"idempotency_key": "k" * 255})
    with pytest.raises(stripe.InvalidRequestError):
        merchant.stripe.payment_intents.create(form, {"idempotency_key": "k" * 256})
