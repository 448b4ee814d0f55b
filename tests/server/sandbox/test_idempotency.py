"""Idempotency: one key, one effect, one answer."""

from __future__ import annotations

from typing import Any

import pytest
import stripe

from server.sandbox import Fault
from tests.server.sandbox.till import DAY, Till, error

KEY: Any = {"idempotency_key": "session-pay_1"}


def test_the_same_key_with_the_same_parameters_gets_the_same_object(till: Till) -> None:
    form = till.form()
    sessions = till.stripe.checkout.sessions
    first, second = sessions.create(form, KEY), sessions.create(form, KEY)
    assert first.to_dict() == second.to_dict()
    assert len(sessions.list().data) == 1


def test_a_replay_says_so_and_names_the_first_request(till: Till) -> None:
    form = till.form()
    first = till.stripe.checkout.sessions.create(form, KEY)
    second = till.stripe.checkout.sessions.create(form, KEY)
    assert first.last_response is not None
    assert second.last_response is not None
    assert "idempotent-replayed" not in first.last_response.headers
    assert second.last_response.headers["idempotent-replayed"] == "true"
    assert second.last_response.headers["original-request"] == first.last_response.request_id
    assert second.last_response.request_id != first.last_response.request_id


def test_a_replay_shows_the_object_as_it_was_at_first(till: Till) -> None:
    form = till.form()
    session = till.stripe.checkout.sessions.create(form, KEY)
    till.stripe.checkout.sessions.expire(session.id)
    assert till.stripe.checkout.sessions.create(form, KEY).status == "open"


def test_the_order_of_parameters_does_not_matter(till: Till) -> None:
    form = till.form()
    first = till.stripe.checkout.sessions.create(form, KEY)
    turned: Any = dict(reversed(form.items()))
    assert till.stripe.checkout.sessions.create(turned, KEY).id == first.id


def test_the_same_key_with_other_parameters_is_refused(till: Till) -> None:
    till.stripe.checkout.sessions.create(till.form(), KEY)
    with pytest.raises(stripe.IdempotencyError) as raised:
        till.stripe.checkout.sessions.create(till.form(metadata={"order": "ord_2"}), KEY)
    assert raised.value.http_status == 400
    assert error(raised.value)["type"] == "idempotency_error"


def test_the_same_key_at_another_address_is_refused(till: Till) -> None:
    first, second = till.authorise(), till.authorise()
    till.stripe.payment_intents.capture(first.id, options=KEY)
    with pytest.raises(stripe.IdempotencyError):
        till.stripe.payment_intents.capture(second.id, options=KEY)


def test_a_decline_is_replayed(till: Till) -> None:
    form: Any = {
        "amount": 4500,
        "currency": "eur",
        "confirm": True,
        "payment_method": "pm_card_visa_chargeDeclined",
    }
    for _ in range(2):
        with pytest.raises(stripe.CardError):
            till.stripe.payment_intents.create(form, KEY)
    assert len(till.stripe.payment_intents.list().data) == 1


def test_a_refusal_for_the_state_is_replayed_even_when_the_state_has_changed(till: Till) -> None:
    intent = till.stripe.payment_intents.create({"amount": 4500, "currency": "eur"})
    with pytest.raises(stripe.InvalidRequestError):
        till.stripe.payment_intents.capture(intent.id, options=KEY)
    till.stripe.payment_intents.confirm(intent.id, {"payment_method": "pm_card_visa"})
    with pytest.raises(stripe.InvalidRequestError, match="requires_payment_method"):
        till.stripe.payment_intents.capture(intent.id, options=KEY)


def test_a_refused_parameter_does_not_use_the_key_up(till: Till) -> None:
    with pytest.raises(stripe.InvalidRequestError):
        till.stripe.checkout.sessions.create(till.form(mode="nonsense"), KEY)
    assert till.stripe.checkout.sessions.create(till.form(), KEY).status == "open"


def test_a_stale_expiry_is_not_looked_at_again_in_a_replay(till: Till) -> None:
    form = till.form()
    first = till.stripe.checkout.sessions.create(form, KEY)
    till.time += DAY - 1
    assert till.stripe.checkout.sessions.create(form, KEY).id == first.id


def test_a_key_is_forgotten_after_a_day(till: Till) -> None:
    form: Any = {"amount": 4500, "currency": "eur"}
    first = till.stripe.payment_intents.create(form, KEY)
    till.time += DAY
    assert till.stripe.payment_intents.create(form, KEY).id == first.id
    till.time += 1
    assert till.stripe.payment_intents.create(form, KEY).id != first.id


@pytest.mark.parametrize("fault", [Fault.BREAK_BEFORE, Fault.BREAK_AFTER])
def test_a_500_is_stored_and_replayed(till: Till, fault: Fault) -> None:
    intent = till.authorise()
    till.transport.faults.append(fault)
    for _ in range(2):
        with pytest.raises(stripe.APIError) as raised:
            till.stripe.payment_intents.capture(intent.id, options=KEY)
        assert raised.value.http_status == 500
    status = till.stripe.payment_intents.retrieve(intent.id).status
    assert status == ("succeeded" if fault is Fault.BREAK_AFTER else "requires_capture")


def test_a_key_may_have_255_characters(till: Till) -> None:
    form: Any = {"amount": 4500, "currency": "eur"}
    till.stripe.payment_intents.create(form, {"idempotency_key": "k" * 255})
    with pytest.raises(stripe.InvalidRequestError):
        till.stripe.payment_intents.create(form, {"idempotency_key": "k" * 256})
