"""Disputes: a cardholder's bank takes the money back until it has decided who is right.

Evidence with one of Stripe's two test words wins or loses a dispute (see `VERDICTS`). Any other
evidence stays under review, because nobody here could judge it. Source: docs.stripe.com/testing.
"""

from __future__ import annotations

from enum import StrEnum

from msgspec import field

from server.sandbox import balance, payment_methods
from server.sandbox.balance import BalanceTransaction, ReportingCategory
from server.sandbox.cards import DisputeReason, SandboxCard
from server.sandbox.context import Context
from server.sandbox.errors import ApiError
from server.sandbox.models import Charge, Data, Resource
from server.sandbox.params import Params, filters, list_page

#: The timers: a dispute arrives, the bank has decided, the time to respond is over. Existing files
#: store these values.
OPEN, DECIDE, EXPIRE = "dispute.open", "dispute.decide", "dispute.lapse"
#: Seconds from the capture to the dispute, and from the evidence to the verdict. Really weeks.
OPENS_AFTER, DECIDES_AFTER = 5, 5
DAY = 24 * 60 * 60
#: Whole days to respond; the last one counts to its end.
DAYS_TO_RESPOND = 9
METHODS = ("manual", "prefer_manual", "prefer_smart_disputes", "smart_disputes")
#: Texts and ids of files; the sandbox stores no files and accepts any id for one.
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
    """The status of a dispute; the sandbox has no inquiries (`warning_…`) and no appeals."""

    NEEDS_RESPONSE = "needs_response"
    UNDER_REVIEW = "under_review"
    WON = "won"
    LOST = "lost"


VERDICTS = {
    "winning_evidence": DisputeStatus.WON,
    "losing_evidence": DisputeStatus.LOST,
}


class Dispute(Resource, frozen=True, kw_only=True, tag="dispute"):
    """A cardholder's claim at the bank that a charge was wrong."""

    amount: int
    charge: str
    created: int
    currency: str
    evidence: Data
    evidence_details: Data
    payment_intent: str
    payment_method_details: Data
    reason: str
    balance_transactions: list[BalanceTransaction] = field(default_factory=list)
    enhanced_eligibility_types: list[str] = field(default_factory=list)
    intended_submission_method: str | None = None
    is_charge_refundable: bool = False
    livemode: bool = False
    metadata: dict[str, str] = field(default_factory=dict)
    network_reason_code: str | None = None
    status: str = DisputeStatus.NEEDS_RESPONSE


def schedule(ctx: Context, charge: Charge) -> None:
    """Schedule the dispute of a captured charge, if its card is one that disputes."""
    if payment_methods.card_of_charge(ctx, charge).dispute is not None:
        ctx.schedule(ctx.now + OPENS_AFTER, OPEN, charge.id)


def open_dispute(ctx: Context, charge_id: str) -> None:
    """Open the dispute of a charge over the amount not yet refunded, and withdraw that money."""
    charge = ctx.store.require(Charge, charge_id)
    amount = charge.amount_captured - charge.amount_refunded
    card = payment_methods.card_of_charge(ctx, charge)
    if amount == 0 or card.dispute is None:
        return
    due_by = (ctx.now // DAY + DAYS_TO_RESPOND + 1) * DAY - 1
    dispute = _new_dispute(ctx, charge, card, card.dispute, due_by=due_by)
    withdrawn = balance.record(
        ctx, ReportingCategory.DISPUTE, dispute.id, amount=-amount, currency=dispute.currency
    )
    ctx.insert(dispute, owner=charge.id)
    opened = ctx.update(dispute, balance_transactions=[withdrawn])
    ctx.update(charge, disputed=True)
    ctx.schedule(due_by + 1, EXPIRE, opened.id)
    ctx.emit("charge.dispute.created", opened)
    ctx.emit("charge.dispute.funds_withdrawn", opened)


def blocks_refund(ctx: Context, charge: Charge) -> bool:
    """Tell whether the bank holds a charge's money, or has won it: it cannot be refunded."""
    disputes = ctx.store.list_owned(Dispute, charge.id)
    return any(dispute.status != DisputeStatus.WON for dispute in disputes)


def retrieve(ctx: Context, _: Params, dispute_id: str) -> Dispute:
    """Return a dispute."""
    return ctx.store.require(Dispute, dispute_id)


def list_all(ctx: Context, params: Params) -> Data:
    """Return disputes, newest first; the form may name a charge or a payment intent."""
    where = filters(params, "charge", "payment_intent")
    return list_page(ctx, Dispute, params, url="/v1/disputes", where=where)


def update(ctx: Context, params: Params, dispute_id: str) -> Dispute:
    """Add evidence, and submit it to the bank, once, unless `submit` is false."""
    dispute = ctx.store.require(Dispute, dispute_id)
    group = params.group("evidence")
    given = {
        name: group.clearable_text(name, limit=20_000) or None
        for name in EVIDENCE & {*group.unread()}
    }
    submit = params.choice("submit", ("true", "false"))
    intended = params.choice("intended_submission_method", METHODS)
    metadata = params.metadata(dispute.metadata)
    params.reject_unknown()
    responds = bool(given) or submit == "true"
    if responds:
        _require_open(dispute)
    evidence = {**dispute.evidence, **given}
    has_evidence = any(evidence[name] for name in EVIDENCE)
    submits = responds and has_evidence and submit != "false"
    updated = ctx.update(
        dispute,
        evidence=evidence,
        evidence_details=_evidence_details(dispute, has_evidence=has_evidence, submits=submits),
        intended_submission_method=intended or dispute.intended_submission_method,
        metadata=metadata,
        status=DisputeStatus.UNDER_REVIEW if submits else dispute.status,
    )
    if submits and evidence["uncategorized_text"] in VERDICTS:
        ctx.schedule(ctx.now + DECIDES_AFTER, DECIDE, dispute.id)
    ctx.emit("charge.dispute.updated", updated)
    return updated


def close(ctx: Context, params: Params, dispute_id: str) -> Dispute:
    """Give up a dispute: it is lost."""
    dispute = ctx.store.require(Dispute, dispute_id)
    params.reject_unknown()
    _require_open(dispute)
    return _close(ctx, dispute, DisputeStatus.LOST)


def decide(ctx: Context, dispute_id: str) -> None:
    """Decide a dispute that is under review by its evidence."""
    dispute = ctx.store.require(Dispute, dispute_id)
    if dispute.status == DisputeStatus.UNDER_REVIEW:
        _close(ctx, dispute, VERDICTS[dispute.evidence["uncategorized_text"]])


def expire(ctx: Context, dispute_id: str) -> None:
    """Close a dispute that nobody responded to in time; do nothing otherwise."""
    dispute = ctx.store.require(Dispute, dispute_id)
    if dispute.status == DisputeStatus.NEEDS_RESPONSE:
        past_due = {**dispute.evidence_details, "past_due": True}
        _close(ctx, ctx.update(dispute, evidence_details=past_due), DisputeStatus.LOST)


def _new_dispute(
    ctx: Context, charge: Charge, card: SandboxCard, reason: DisputeReason, *, due_by: int
) -> Dispute:
    return Dispute(
        id=ctx.new_id("du"),
        amount=charge.amount_captured - charge.amount_refunded,
        charge=charge.id,
        created=ctx.now,
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
        network_reason_code=reason.network_code,
        payment_intent=charge.payment_intent,
        payment_method_details={
            "type": "card",
            "card": {
                "brand": card.brand,
                "case_type": "chargeback",
                "network": card.brand,
                "network_reason_code": reason.network_code,
            },
        },
        reason=reason.value,
    )


def _evidence_details(dispute: Dispute, *, has_evidence: bool, submits: bool) -> Data:
    before = dispute.evidence_details
    return {
        **before,
        "has_evidence": has_evidence,
        "submission_count": before["submission_count"] + submits,
        "submission_method": "manual" if submits else before["submission_method"],
    }


def _close(ctx: Context, dispute: Dispute, status: DisputeStatus) -> Dispute:
    transactions: list[BalanceTransaction] = dispute.balance_transactions
    if status is DisputeStatus.WON:
        reinstated = balance.record(
            ctx,
            ReportingCategory.DISPUTE_REVERSAL,
            dispute.id,
            amount=dispute.amount,
            currency=dispute.currency,
        )
        transactions = [*transactions, reinstated]
    closed = ctx.update(dispute, status=status, balance_transactions=transactions)
    ctx.emit("charge.dispute.closed", closed)
    if status is DisputeStatus.WON:
        ctx.emit("charge.dispute.funds_reinstated", closed)
    return closed


def _require_open(dispute: Dispute) -> None:
    if dispute.status == DisputeStatus.UNDER_REVIEW:
        raise ApiError("You have already submitted evidence for this dispute.", final=True)
    if dispute.status != DisputeStatus.NEEDS_RESPONSE:
        raise ApiError("This dispute is already closed.", final=True)
