"""Refunds: captured money that goes back to the card, at most as much as was captured."""

from __future__ import annotations

from typing import Any

from server.sandbox import balance, disputes, payment_methods
from server.sandbox.amounts import amount_too_large, format_amount
from server.sandbox.balance import ReportingCategory
from server.sandbox.cards import RefundOutcome
from server.sandbox.context import Context
from server.sandbox.errors import ApiError, invalid_request
from server.sandbox.models import Charge, Data, PaymentIntent, StripeRefund
from server.sandbox.params import Params, filters, list_page

REASONS = ("duplicate", "fraudulent", "requested_by_customer")
#: The timer that ends a slow refund (existing files store its value), and its delay in seconds.
#: Stripe: "some time later".
FINISH = "refund.settle"
FINISHES_AFTER = 60


def create(ctx: Context, params: Params) -> StripeRefund:
    """Refund `amount` of a charge, or all that is left of it."""
    charge = _charge(ctx, params)
    requested = params.integer("amount", low=1)
    reason, metadata = params.choice("reason", REASONS), params.metadata()
    params.reject_unknown()
    remaining = charge.amount_captured - charge.amount_refunded
    if not charge.captured:
        message = f"Charge {charge.id} has not been captured; cancel its PaymentIntent instead."
        raise ApiError(message, final=True, code="charge_not_refundable", charge=charge.id)
    if disputes.blocks_refund(ctx, charge):
        message = f"Charge {charge.id} has been charged back; cannot issue a refund."
        raise ApiError(message, final=True, code="charge_disputed", charge=charge.id)
    if remaining == 0:
        message = f"Charge {charge.id} has already been refunded."
        raise ApiError(message, final=True, code="charge_already_refunded", charge=charge.id)
    amount = remaining if requested is None else requested
    if amount > remaining:
        message = (
            f"Refund amount ({format_amount(amount, charge.currency)}) is greater than unrefunded "
            f"amount on charge ({format_amount(remaining, charge.currency)})"
        )
        raise amount_too_large(message, param="amount")
    return _refund(ctx, charge, amount=amount, reason=reason, metadata=metadata)


def retrieve(ctx: Context, _: Params, refund_id: str) -> StripeRefund:
    """Return a refund."""
    return ctx.store.require(StripeRefund, refund_id)


def list_all(ctx: Context, params: Params) -> Data:
    """Return refunds, newest first; the form may name a charge or a payment intent."""
    where = filters(params, "charge", "payment_intent")
    return list_page(ctx, StripeRefund, params, url="/v1/refunds", where=where)


def list_of_charge(ctx: Context, charge_id: str) -> Data:
    """Return a charge's refunds as the list that `expand[]=refunds` shows, newest first."""
    return {
        "object": "list",
        "data": ctx.store.list_owned(StripeRefund, charge_id)[::-1],
        "has_more": False,
        "url": f"/v1/charges/{charge_id}/refunds",
    }


def finish(ctx: Context, refund_id: str) -> None:
    """End a slow refund: a pending one succeeds, any other fails and its money comes back."""
    refund = ctx.store.require(StripeRefund, refund_id)
    if refund.status == "pending":
        succeeded = ctx.update(refund, status="succeeded", pending_reason=None)
        ctx.emit("refund.updated", succeeded)
        return
    returned = balance.record(
        ctx,
        ReportingCategory.REFUND_FAILURE,
        refund.id,
        amount=refund.amount,
        currency=refund.currency,
    )
    failed = ctx.update(
        refund, status="failed", failure_reason="unknown", failure_balance_transaction=returned.id
    )
    charge = ctx.store.require(Charge, refund.charge)
    ctx.update(charge, refunded=False, amount_refunded=charge.amount_refunded - refund.amount)
    ctx.emit("refund.updated", failed)
    ctx.emit("refund.failed", failed)


def _charge(ctx: Context, params: Params) -> Charge:
    charge_id, intent_id = params.text("charge"), params.text("payment_intent")
    if (charge_id is None) == (intent_id is None):
        message = "You must pass exactly one of charge and payment_intent."
        raise invalid_request(message, code="parameter_missing")
    if charge_id is not None:
        return ctx.store.require(Charge, charge_id, param="charge")
    intent = ctx.store.require(PaymentIntent, str(intent_id), param="payment_intent")
    charge = ctx.store.require(Charge, intent.latest_charge) if intent.latest_charge else None
    if charge is None or not charge.paid:
        message = f"This PaymentIntent ({intent.id}) does not have a successful charge to refund."
        raise ApiError(message, final=True, code="payment_intent_unexpected_state")
    return charge


def _refund(ctx: Context, charge: Charge, *, amount: int, **fields: Any) -> StripeRefund:
    outcome = payment_methods.card_of_charge(ctx, charge).refund
    pending = outcome is RefundOutcome.PENDING_FIRST
    refund_id = ctx.new_id("re")
    transaction = balance.record(
        ctx, ReportingCategory.REFUND, refund_id, amount=-amount, currency=charge.currency
    )
    refund = ctx.insert(
        StripeRefund(
            id=refund_id,
            balance_transaction=transaction.id,
            created=ctx.now,
            amount=amount,
            currency=charge.currency,
            status="pending" if pending else "succeeded",
            pending_reason="processing" if pending else None,
            charge=charge.id,
            payment_intent=charge.payment_intent,
            customer=charge.customer,
            payment_method=charge.payment_method,
            destination_details={"type": "card", "card": {"type": "refund"}},
            **fields,
        ),
        owner=charge.id,
    )
    total = charge.amount_refunded + amount
    refunded = ctx.update(charge, amount_refunded=total, refunded=total == charge.amount_captured)
    if outcome is not RefundOutcome.SUCCEEDS:
        ctx.schedule(ctx.now + FINISHES_AFTER, FINISH, refund.id)
    ctx.emit("charge.refunded", refunded)
    ctx.emit("refund.created", refund)
    return refund
