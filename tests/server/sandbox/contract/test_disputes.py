"""Disputes: the bank withdraws the money, and evidence decides."""

from __future__ import annotations

from typing import Any

import pytest
import stripe

from tests.server.sandbox.contract.features import Feature, needs
from tests.server.sandbox.contract.provider import Provider, charge_of


def disputed(provider: Provider) -> stripe.Dispute:
    paid = provider.pay(payment_method=provider.card("createDispute"))
    listed: Any = provider.wait_for(
        lambda: provider.v1.disputes.list({"payment_intent": paid.id}).data
    )
    dispute: stripe.Dispute = listed[0]
    assert dispute.charge == charge_of(paid)
    return dispute


def closed(provider: Provider, dispute: stripe.Dispute) -> stripe.Dispute:
    """Wait until the bank has decided."""
    return provider.wait_for(
        lambda: next(
            (
                one
                for one in [provider.v1.disputes.retrieve(dispute.id)]
                if one.status in {"won", "lost"}
            ),
            None,
        )
    )


@needs(Feature.DISPUTES)
def test_a_dispute_has_its_charge_and_its_deadline(provider: Provider) -> None:
    dispute = disputed(provider)
    assert (dispute.amount, dispute.currency, dispute.reason) == (4500, "eur", "fraudulent")
    assert dispute.status == "needs_response"
    assert (dispute.evidence_details.due_by or 0) > dispute.created
    assert provider.v1.charges.retrieve(str(dispute.charge)).disputed


@needs(Feature.DISPUTES, Feature.ERROR_CODES)
def test_a_disputed_charge_cannot_be_refunded(provider: Provider) -> None:
    dispute = disputed(provider)
    with pytest.raises(stripe.InvalidRequestError) as raised:
        provider.v1.refunds.create({"charge": str(dispute.charge)})
    assert raised.value.code == "charge_disputed"


@needs(Feature.DISPUTES)
@pytest.mark.parametrize(
    ("text", "status"), [("winning_evidence", "won"), ("losing_evidence", "lost")]
)
def test_evidence_decides_a_dispute(provider: Provider, text: str, status: str) -> None:
    dispute = disputed(provider)
    provider.v1.disputes.update(
        dispute.id, {"evidence": {"uncategorized_text": text}, "submit": True}
    )
    assert closed(provider, dispute).status == status
    types = provider.wait_for(
        lambda: {
            event.type
            for event in provider.v1.events.list(
                {"types": ["charge.dispute.closed", "charge.dispute.created"], "limit": 100}
            ).data
            if event.data.object["id"] == dispute.id
        }
    )
    assert types == {"charge.dispute.closed", "charge.dispute.created"}


@needs(Feature.DISPUTES)
def test_a_dispute_can_be_closed(provider: Provider) -> None:
    dispute = disputed(provider)
    assert provider.v1.disputes.close(dispute.id).status == "lost"
    with pytest.raises(stripe.InvalidRequestError):
        provider.v1.disputes.close(dispute.id)


@needs(Feature.DISPUTES)
def test_evidence_can_be_staged(provider: Provider) -> None:
    dispute = disputed(provider)
    staged = provider.v1.disputes.update(
        dispute.id, {"evidence": {"customer_name": "Ana"}, "submit": False}
    )
    assert (staged.status, staged.evidence.customer_name) == ("needs_response", "Ana")
    assert (staged.evidence_details.has_evidence, staged.evidence_details.submission_count) == (
        True,
        0,
    )
