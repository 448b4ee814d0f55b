"""Refunds: limited by the captured amount, and not always successful."""

from __future__ import annotations

from typing import Any, cast

import pytest
import stripe
from hypothesis import given
from hypothesis import strategies as st

from server.sandbox.refunds import FINISHES_AFTER
from tests.server.sandbox.merchant import REFUND_FAILS, REFUND_PENDING, Merchant, error


def refund(merchant: Merchant, intent: stripe.PaymentIntent, **form: Any) -> stripe.Refund:
    return merchant.stripe.refunds.create(cast("Any", {"payment_intent": intent.id, **form}))


def test_a_payment_can_be_refunded_in_full(merchant: Merchant) -> None:
    intent = merchant.capture()
    sent = refund(merchant, intent, reason="requested_by_customer", metadata={"refund": "ref_1"})
    assert (sent.status, sent.amount, sent.reason) == ("succeeded", 4500, "requested_by_customer")
    charge = merchant.charge(intent)
    assert (charge.amount_refunded, charge.refunded) == (4500, True)
    assert merchant.stripe.payment_intents.retrieve(intent.id).status == "succeeded"


def test_a_refund_can_name_the_charge_instead_of_the_intent(merchant: Merchant) -> None:
    charge = merchant.charge(merchant.capture())
    assert merchant.stripe.refunds.create({"charge": charge.id}).charge == charge.id


def test_a_refunded_charge_cannot_be_refunded_again(merchant: Merchant) -> None:
    intent = merchant.capture()
    refund(merchant, intent)
    with pytest.raises(stripe.InvalidRequestError) as raised:
        refund(merchant, intent)
    assert (raised.value.http_status, raised.value.code) == (400, "charge_already_refunded")


def test_more_than_the_remaining_amount_cannot_be_refunded(merchant: Merchant) -> None:
    intent = merchant.capture()
    refund(merchant, intent, amount=4000)
    with pytest.raises(stripe.InvalidRequestError, match=r"EUR 5\.01.*EUR 5\.00") as raised:
        refund(merchant, intent, amount=501)
    assert raised.value.param == "amount"
    assert merchant.charge(intent).amount_refunded == 4000


def test_only_the_captured_part_can_be_refunded(merchant: Merchant) -> None:
    intent = merchant.authorize()
    merchant.stripe.payment_intents.capture(intent.id, {"amount_to_capture": 1000})
    assert refund(merchant, intent).amount == 1000
    assert merchant.charge(intent).refunded


def test_an_uncaptured_charge_cannot_be_refunded(merchant: Merchant) -> None:
    intent = merchant.authorize()
    with pytest.raises(stripe.InvalidRequestError) as raised:
        refund(merchant, intent)
    assert raised.value.code == "charge_not_refundable"


def test_a_declined_intent_cannot_be_refunded(merchant: Merchant) -> None:
    with pytest.raises(stripe.CardError) as declined:
        merchant.stripe.payment_intents.create(
            {
                "amount": 4500,
                "currency": "eur",
                "confirm": True,
                "payment_method": "pm_card_visa_chargeDeclined",
            }
        )
    with pytest.raises(stripe.InvalidRequestError, match="does not have a successful charge"):
        merchant.stripe.refunds.create(
            {"payment_intent": error(declined.value)["payment_intent"]["id"]}
        )


@pytest.mark.parametrize("form", [{}, {"charge": "ch_1", "payment_intent": "pi_1"}])
def test_a_refund_names_either_a_charge_or_an_intent(
    merchant: Merchant, form: dict[str, str]
) -> None:
    with pytest.raises(stripe.InvalidRequestError):
        merchant.stripe.refunds.create(cast("Any", form))


@pytest.mark.parametrize("form", [{"amount": 0}, {"reason": "bored"}, {"amont": 1}])
def test_an_invalid_parameter_refunds_nothing(merchant: Merchant, form: dict[str, Any]) -> None:
    intent = merchant.capture()
    with pytest.raises(stripe.InvalidRequestError):
        refund(merchant, intent, **form)
    assert merchant.charge(intent).amount_refunded == 0


def test_a_pending_refund_succeeds_later(merchant: Merchant) -> None:
    sent = refund(merchant, merchant.capture(REFUND_PENDING))
    assert (sent.status, sent.pending_reason) == ("pending", "processing")
    merchant.time += FINISHES_AFTER
    assert merchant.stripe.refunds.retrieve(sent.id).status == "succeeded"
    (event,) = merchant.events("refund.updated")
    assert event.data.object["status"] == "succeeded"


def test_a_refund_can_fail_after_it_succeeded(merchant: Merchant) -> None:
    intent = merchant.capture(REFUND_FAILS)
    sent = refund(merchant, intent)
    assert sent.status == "succeeded"
    merchant.time += FINISHES_AFTER
    failed = merchant.stripe.refunds.retrieve(sent.id)
    assert (failed.status, failed.failure_reason) == ("failed", "unknown")
    charge = merchant.charge(intent)
    assert (charge.amount_refunded, charge.refunded) == (0, False)
    assert [event.type for event in merchant.events("refund.failed", "refund.updated")] == [
        "refund.failed",
        "refund.updated",
    ]


def test_refunds_are_listed_by_charge_and_by_intent(merchant: Merchant) -> None:
    refund(merchant, merchant.capture())
    intent = merchant.capture()
    first, second = refund(merchant, intent, amount=1), refund(merchant, intent, amount=2)
    listed = merchant.stripe.refunds.list({"payment_intent": intent.id}).data
    assert [one.id for one in listed] == [second.id, first.id]
    by_charge = merchant.stripe.refunds.list({"charge": str(first.charge)}).data
    assert [one.id for one in by_charge] == [second.id, first.id]
    charge = merchant.stripe.charges.retrieve(str(first.charge), {"expand": ["refunds"]})
    assert charge.refunds is not None
    assert [one.id for one in charge.refunds.data] == [second.id, first.id]


@given(amounts=st.lists(st.integers(1, 3000), max_size=6))
def test_no_sequence_of_refunds_exceeds_the_captured_amount(amounts: list[int]) -> None:
    merchant = Merchant()
    intent, sent = merchant.capture(), 0
    for amount in amounts:
        try:
            sent += refund(merchant, intent, amount=amount).amount
        except stripe.InvalidRequestError:
            assert sent + amount > 4500
    charge = merchant.charge(intent)
    assert charge.amount_refunded == sent <= 4500
    assert charge.refunded == (sent == 4500)
    merchant.sandbox.close()
