"""Refunds: what was taken goes back, never more than that, and sometimes late or not at all."""

from __future__ import annotations

import pytest
import stripe

from tests.server.sandbox.contract.features import Feature, needs
from tests.server.sandbox.contract.provider import Provider, charge_of, said


def test_a_part_of_a_payment_goes_back(provider: Provider) -> None:
    paid = provider.intent()
    sent = provider.v1.refunds.create(
        {"payment_intent": paid.id, "amount": 500, "metadata": {"refund": "ref_1"}}
    )
    assert (sent.status, sent.amount, sent.currency) == ("succeeded", 500, "eur")
    found = provider.v1.refunds.retrieve(sent.id)
    assert (found.amount, said(found.metadata)) == (500, {"refund": "ref_1"})
    assert provider.v1.charges.retrieve(charge_of(paid)).amount_refunded == 500


def test_refunds_are_listed_by_their_intent(provider: Provider) -> None:
    paid, other = provider.intent(), provider.intent()
    for intent in (paid, other):
        provider.v1.refunds.create({"payment_intent": intent.id, "amount": 100})
    listed = provider.v1.refunds.list({"payment_intent": paid.id}).data
    assert [one.charge for one in listed] == [charge_of(paid)]


@needs(Feature.BOUNDS)
def test_a_refund_says_why(provider: Provider) -> None:
    sent = provider.v1.refunds.create(
        {"payment_intent": provider.intent().id, "reason": "requested_by_customer"}
    )
    assert (sent.amount, sent.reason) == (4500, "requested_by_customer")


@needs(Feature.BOUNDS, Feature.CODES)
def test_a_payment_goes_back_only_once(provider: Provider) -> None:
    paid = provider.intent()
    provider.v1.refunds.create({"payment_intent": paid.id})
    with pytest.raises(stripe.InvalidRequestError) as raised:
        provider.v1.refunds.create({"payment_intent": paid.id})
    assert raised.value.code == "charge_already_refunded"
    assert provider.v1.charges.retrieve(charge_of(paid)).amount_refunded == 4500


@needs(Feature.BOUNDS)
def test_no_more_goes_back_than_is_left(provider: Provider) -> None:
    paid = provider.intent()
    provider.v1.refunds.create({"payment_intent": paid.id, "amount": 4000})
    with pytest.raises(stripe.InvalidRequestError):
        provider.v1.refunds.create({"payment_intent": paid.id, "amount": 501})
    charge = provider.v1.charges.retrieve(charge_of(paid))
    assert (charge.amount_refunded, charge.refunded) == (4000, False)


@needs(Feature.BOUNDS)
def test_after_a_part_was_taken_only_that_goes_back(provider: Provider) -> None:
    held = provider.hold()
    provider.v1.payment_intents.capture(held.id, {"amount_to_capture": 1000})
    assert provider.v1.refunds.create({"payment_intent": held.id}).amount == 1000


@needs(Feature.FATES)
def test_a_refund_may_pend_before_it_arrives(provider: Provider) -> None:
    paid = provider.intent(payment_method=provider.card("pendingRefund"))
    sent = provider.v1.refunds.create({"payment_intent": paid.id})
    assert sent.status == "pending"
    done = provider.until(
        lambda: next(
            (one for one in [provider.v1.refunds.retrieve(sent.id)] if one.status != "pending"),
            None,
        )
    )
    assert done.status == "succeeded"


@needs(Feature.FATES)
def test_a_refund_may_fail_after_it_succeeded(provider: Provider) -> None:
    paid = provider.intent(payment_method=provider.card("refundFail"))
    sent = provider.v1.refunds.create({"payment_intent": paid.id})
    assert sent.status == "succeeded"
    failed = provider.until(
        lambda: next(
            (one for one in [provider.v1.refunds.retrieve(sent.id)] if one.status == "failed"),
            None,
        )
    )
    assert failed.failure_reason is not None
    assert failed.failure_balance_transaction is not None
    assert not provider.v1.charges.retrieve(charge_of(paid)).refunded
