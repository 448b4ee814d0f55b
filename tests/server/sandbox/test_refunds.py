"""Refunds: bounded by what was captured, and not always as good as promised."""

from __future__ import annotations

from typing import Any, cast

import pytest
import stripe
from hypothesis import given
from hypothesis import strategies as st

from server.sandbox.refunds import SETTLES_AFTER
from tests.server.sandbox.till import REFUND_FAILS, REFUND_PENDS, Till, error


def refund(till: Till, intent: stripe.PaymentIntent, **form: Any) -> stripe.Refund:
    return till.stripe.refunds.create(cast("Any", {"payment_intent": intent.id, **form}))


def test_a_whole_payment_goes_back(till: Till) -> None:
    intent = till.capture()
    sent = refund(till, intent, reason="requested_by_customer", metadata={"refund": "ref_1"})
    assert (sent.status, sent.amount, sent.reason) == ("succeeded", 4500, "requested_by_customer")
    charge = till.charge(intent)
    assert (charge.amount_refunded, charge.refunded) == (4500, True)
    assert till.stripe.payment_intents.retrieve(intent.id).status == "succeeded"


def test_a_charge_can_be_named_instead_of_its_intent(till: Till) -> None:
    charge = till.charge(till.capture())
    assert till.stripe.refunds.create({"charge": charge.id}).charge == charge.id


def test_a_refunded_charge_cannot_be_refunded_again(till: Till) -> None:
    intent = till.capture()
    refund(till, intent)
    with pytest.raises(stripe.InvalidRequestError) as raised:
        refund(till, intent)
    assert (raised.value.http_status, raised.value.code) == (400, "charge_already_refunded")


def test_more_than_is_left_cannot_be_refunded(till: Till) -> None:
    intent = till.capture()
    refund(till, intent, amount=4000)
    with pytest.raises(stripe.InvalidRequestError, match=r"EUR 5\.01.*EUR 5\.00") as raised:
        refund(till, intent, amount=501)
    assert raised.value.param == "amount"
    assert till.charge(intent).amount_refunded == 4000


def test_after_a_partial_capture_only_that_part_can_be_refunded(till: Till) -> None:
    intent = till.authorise()
    till.stripe.payment_intents.capture(intent.id, {"amount_to_capture": 1000})
    assert refund(till, intent).amount == 1000
    assert till.charge(intent).refunded


def test_held_money_is_not_refunded_but_released(till: Till) -> None:
    intent = till.authorise()
    with pytest.raises(stripe.InvalidRequestError) as raised:
        refund(till, intent)
    assert raised.value.code == "charge_not_refundable"


def test_a_declined_intent_has_nothing_to_refund(till: Till) -> None:
    with pytest.raises(stripe.CardError) as declined:
        till.stripe.payment_intents.create(
            {
                "amount": 4500,
                "currency": "eur",
                "confirm": True,
                "payment_method": "pm_card_visa_chargeDeclined",
            }
        )
    with pytest.raises(stripe.InvalidRequestError, match="does not have a successful charge"):
        till.stripe.refunds.create(
            {"payment_intent": error(declined.value)["payment_intent"]["id"]}
        )


@pytest.mark.parametrize("form", [{}, {"charge": "ch_1", "payment_intent": "pi_1"}])
def test_a_refund_says_exactly_one_thing_to_refund(till: Till, form: dict[str, str]) -> None:
    with pytest.raises(stripe.InvalidRequestError):
        till.stripe.refunds.create(cast("Any", form))


@pytest.mark.parametrize("form", [{"amount": 0}, {"reason": "bored"}, {"amont": 1}])
def test_a_bad_parameter_is_refused_and_nothing_goes_back(till: Till, form: dict[str, Any]) -> None:
    intent = till.capture()
    with pytest.raises(stripe.InvalidRequestError):
        refund(till, intent, **form)
    assert till.charge(intent).amount_refunded == 0


def test_a_pending_refund_arrives_later(till: Till) -> None:
    sent = refund(till, till.capture(REFUND_PENDS))
    assert (sent.status, sent.pending_reason) == ("pending", "processing")
    till.time += SETTLES_AFTER
    assert till.stripe.refunds.retrieve(sent.id).status == "succeeded"
    (event,) = till.events("refund.updated")
    assert event.data.object["status"] == "succeeded"


def test_a_refund_may_fail_long_after_it_succeeded(till: Till) -> None:
    intent = till.capture(REFUND_FAILS)
    sent = refund(till, intent)
    assert sent.status == "succeeded"
    till.time += SETTLES_AFTER
    failed = till.stripe.refunds.retrieve(sent.id)
    assert (failed.status, failed.failure_reason) == ("failed", "unknown")
    charge = till.charge(intent)
    assert (charge.amount_refunded, charge.refunded) == (0, False)
    assert [event.type for event in till.events("refund.failed", "refund.updated")] == [
        "refund.failed",
        "refund.updated",
    ]


def test_refunds_are_listed_by_charge_and_by_intent(till: Till) -> None:
    refund(till, till.capture())
    intent = till.capture()
    first, second = refund(till, intent, amount=1), refund(till, intent, amount=2)
    listed = till.stripe.refunds.list({"payment_intent": intent.id}).data
    assert [one.id for one in listed] == [second.id, first.id]
    by_charge = till.stripe.refunds.list({"charge": str(first.charge)}).data
    assert [one.id for one in by_charge] == [second.id, first.id]
    charge = till.stripe.charges.retrieve(str(first.charge), {"expand": ["refunds"]})
    assert charge.refunds is not None
    assert [one.id for one in charge.refunds.data] == [second.id, first.id]


@given(amounts=st.lists(st.integers(1, 3000), max_size=6))
def test_no_sequence_of_refunds_sends_more_back_than_was_captured(amounts: list[int]) -> None:
    till = Till()
    intent, sent = till.capture(), 0
    for amount in amounts:
        try:
            sent += refund(till, intent, amount=amount).amount
        except stripe.InvalidRequestError:
            assert sent + amount > 4500
    charge = till.charge(intent)
    assert charge.amount_refunded == sent <= 4500
    assert charge.refunded == (sent == 4500)
    till.sandbox.close()
