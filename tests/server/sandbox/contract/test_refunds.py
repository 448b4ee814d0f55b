"""Refunds: limited by the captured amount, and sometimes pending or failed."""

from __future__ import annotations

import pytest
import stripe

from tests.server.sandbox.contract.features import Feature, needs
from tests.server.sandbox.contract.provider import Provider, charge_of, metadata_of


def test_a_part_of_a_payment_can_be_refunded(provider: Provider) -> None:
    paid = provider.pay()
    sent = provider.v1.refunds.create(
        {"payment_intent": paid.id, "amount": 500, "metadata": {"refund": "ref_1"}}
    )
    assert (sent.status, sent.amount, sent.currency) == ("succeeded", 500, "eur")
    found = provider.v1.refunds.retrieve(sent.id)
    assert (found.amount, metadata_of(found.metadata)) == (500, {"refund": "ref_1"})
    assert provider.v1.charges.retrieve(charge_of(paid)).amount_refunded == 500


def test_refunds_can_be_listed_by_intent(provider: Provider) -> None:
    paid, other = provider.pay(), provider.pay()
    for intent in (paid, other):
        provider.v1.refunds.create({"payment_intent": intent.id, "amount": 100})
    listed = provider.v1.refunds.list({"payment_intent": paid.id}).data
    assert [one.charge for one in listed] == [charge_of(paid)]


@needs(Feature.REFUND_LIMITS)
def test_a_refund_keeps_its_reason(provider: Provider) -> None:
    sent = provider.v1.refunds.create(
        {"payment_intent": provider.pay().id, "reason": "requested_by_customer"}
    )
    assert (sent.amount, sent.reason) == (4500, "requested_by_customer")


@needs(Feature.REFUND_LIMITS, Feature.ERROR_CODES)
def test_a_payment_can_be_refunded_only_once(provider: Provider) -> None:
    paid = provider.pay()
    provider.v1.refunds.create({"payment_intent": paid.id})
    with pytest.raises(stripe.InvalidRequestError) as raised:
        provider.v1.refunds.create({"payment_intent": paid.id})
    assert raised.value.code == "charge_already_refunded"
    assert provider.v1.charges.retrieve(charge_of(paid)).amount_refunded == 4500


@needs(Feature.REFUND_LIMITS)
def test_more_than_the_remaining_amount_cannot_be_refunded(provider: Provider) -> None:
    paid = provider.pay()
    provider.v1.refunds.create({"payment_intent": paid.id, "amount": 4000})
    with pytest.raises(stripe.InvalidRequestError):
        provider.v1.refunds.create({"payment_intent": paid.id, "amount": 501})
    charge = provider.v1.charges.retrieve(charge_of(paid))
    assert (charge.amount_refunded, charge.refunded) == (4000, False)


@needs(Feature.REFUND_LIMITS)
def test_only_the_captured_part_can_be_refunded(provider: Provider) -> None:
    authorized = provider.authorize()
    provider.v1.payment_intents.capture(authorized.id, {"amount_to_capture": 1000})
    assert provider.v1.refunds.create({"payment_intent": authorized.id}).amount == 1000


@needs(Feature.SLOW_REFUNDS)
def test_a_refund_can_be_pending_before_it_succeeds(provider: Provider) -> None:
    paid = provider.pay(payment_method=provider.card("pendingRefund"))
    sent = provider.v1.refunds.create({"payment_intent": paid.id})
    assert sent.status == "pending"
    done = provider.wait_for(
        lambda: next(
            (one for one in [provider.v1.refunds.retrieve(sent.id)] if one.status != "pending"),
            None,
        )
    )
    assert done.status == "succeeded"


@needs(Feature.SLOW_REFUNDS)
def test_a_refund_may_fail_after_it_succeeded(provider: Provider) -> None:
    paid = provider.pay(payment_method=provider.card("refundFail"))
    sent = provider.v1.refunds.create({"payment_intent": paid.id})
    assert sent.status == "succeeded"
    failed = provider.wait_for(
        lambda: next(
            (one for one in [provider.v1.refunds.retrieve(sent.id)] if one.status == "failed"),
            None,
        )
    )
    assert failed.failure_reason is not None
    assert failed.failure_balance_transaction is not None
    assert not provider.v1.charges.retrieve(charge_of(paid)).refunded
