"""Contested: the shape of a dispute, and what a shop may bring forward in one."""

from __future__ import annotations

from enum import StrEnum

from msgspec import field

from server.sandbox.balance import Movement
from server.sandbox.cards import Card
from server.sandbox.shapes import Charge, Data, Thing

#: Texts and ids of files; the sandbox keeps no files and takes any id for one.
EVIDENCE = frozenset((
    "access_activity_log", "billing_address", "cancellation_policy",
    "cancellation_policy_disclosure", "cancellation_rebuttal", "customer_communication",
    "customer_email_address", "customer_name", "customer_purchase_ip", "customer_signature",
    "duplicate_charge_documentation", "duplicate_charge_explanation", "duplicate_charge_id",
    "product_description", "receipt", "refund_policy", "refund_policy_disclosure",
    "refund_refusal_explanation", "service_date", "service_documentation", "shipping_address",
    "shipping_carrier", "shipping_date", "shipping_documentation", "shipping_tracking_number",
    "uncategorized_file", "uncategorized_text",
))  # fmt: skip


class DisputeStatus(StrEnum):
    """Where a dispute is; Stripe's inquiries (`warning_…`) and appeals are not for the sandbox."""

    NEEDS_RESPONSE = "needs_response"
    UNDER_REVIEW = "under_review"
    WON = "won"
    LOST = "lost"


class Dispute(Thing, frozen=True, kw_only=True, tag="dispute"):
    """A buyer's claim at the bank that a charge was wrong."""

    amount: int
    charge: str
    created: int
    currency: str
    evidence: Data
    evidence_details: Data
    payment_intent: str
    payment_method_details: Data
    reason: str
    balance_transactions: list[Movement] = field(default_factory=list)
    enhanced_eligibility_types: list[str] = field(default_factory=list)
    intended_submission_method: str | None = None
    is_charge_refundable: bool = False
    livemode: bool = False
    metadata: dict[str, str] = field(default_factory=dict)
    network_reason_code: str | None = None
    status: str = DisputeStatus.NEEDS_RESPONSE

    @classmethod
    def about(cls, charge: Charge, card: Card, *, id: str, now: int, due_by: int) -> Dispute:
        """Return the claim that `card` raises about what is left of a charge."""
        assert card.disputes is not None  # noqa: S101  the principal looked
        code = card.disputes.network_code
        return cls(
            id=id,
            amount=charge.amount_captured - charge.amount_refunded,
            charge=charge.id,
            created=now,
            currency=charge.currency,
            evidence={**dict.fromkeys(sorted(EVIDENCE)), "enhanced_evidence": {}},
            evidence_details={
                "due_by": due_by,
                "enhanced_eligibility": {},
                "has_evidence": False,
                "past_due": False,
                "submission_count": 0,
                "submission_method": "not_submitted",
            },
            network_reason_code=code,
            payment_intent=charge.payment_intent,
            payment_method_details={
                "type": "card",
                "card": {
                    "brand": card.brand,
                    "case_type": "chargeback",
                    "network": card.brand,
                    "network_reason_code": code,
                },
            },
            reason=card.disputes.value,
        )

    def details(self, *, given: bool, sends: bool) -> Data:
        """Return the evidence's details once there is some (`given`) or it is sent."""
        before = self.evidence_details
        return {
            **before,
            "has_evidence": given,
            "submission_count": before["submission_count"] + sends,
            "submission_method": "manual" if sends else before["submission_method"],
        }
