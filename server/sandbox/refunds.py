"""Refunds: captured money on its way back, bounded by what was captured."""

from __future__ import annotations

from typing import Any

from server.sandbox import amounts, balance, disputes, methods
from server.sandbox.balance import Why
from server.sandbox.cards import RefundFate
from server.sandbox.lists import page, same
from server.sandbox.params import Params
from server.sandbox.refusals import Refused, invalid
from server.sandbox.shapes import Charge, Data, Intent, PaymentMethod, Refund
from server.sandbox.turn import Turn

REASONS = ("duplicate", "fraudulent", "requested_by_customer")
#: The timer that says how a slow refund ended, and how long that takes. Stripe: "some time later".
SETTLE = "refund.settle"
SETTLES_AFTER = 60


def create(turn: Turn, params: Params) -> Refund:
    """Send captured money back: all that is left of it, or `amount`."""
    charge = _charge(turn, params)
    asked = params.integer("amount", low=1)
    reason, metadata = params.choice("reason", REASONS), params.metadata()
    params.finish()
    left = charge.amount_captured - charge.amount_refunded
    if not charge.captured:
        message = f"Charge {charge.id} has not been captured; cancel its PaymentIntent instead."
        raise Refused(message, final=True, code="charge_not_refundable", charge=charge.id)
    if disputes.holds(turn, charge):
        message = f"Charge {charge.id} has been charged back; cannot issue a refund."
        raise Refused(message, final=True, code="charge_disputed", charge=charge.id)
    if left == 0:
        message = f"Charge {charge.id} has already been refunded."
        raise Refused(message, final=True, code="charge_already_refunded", charge=charge.id)
    amount = left if asked is None else asked
    if amount > left:
        message = (
            f"Refund amount ({amounts.said(amount, charge.currency)}) is greater than unrefunded "
            f"amount on charge ({amounts.said(left, charge.currency)})"
        )
        raise amounts.too_large(message, param="amount")
    return _send(turn, charge, amount=amount, reason=reason, metadata=metadata)


def retrieve(turn: Turn, _: Params, refund_id: str) -> Refund:
    """Return a refund."""
    return turn.store.find(Refund, refund_id)


def list_all(turn: Turn, params: Params) -> Data:
    """Return refunds, newest first, of one charge or intent when the form says so."""
    where = same(params, "charge", "payment_intent")
    return page(turn, Refund, params, url="/v1/refunds", where=where)


def of(turn: Turn, charge_id: str) -> Data:
    """Return a charge's refunds as the list that `expand[]=refunds` shows, newest first."""
    return {
        "object": "list",
        "data": turn.store.owned(Refund, charge_id)[::-1],
        "has_more": False,
        "url": f"/v1/charges/{charge_id}/refunds",
    }


def settle(turn: Turn, refund_id: str) -> None:
    """End a slow refund: the pending one arrives, the doomed one comes back."""
    refund = turn.store.find(Refund, refund_id)
    if refund.status == "pending":
        arrived = turn.change(refund, status="succeeded", pending_reason=None)
        turn.emit("refund.updated", arrived)
        return
    back = balance.book(
        turn, Why.REFUND_FAILURE, refund.id, amount=refund.amount, currency=refund.currency
    )
    failed = turn.change(
        refund, status="failed", failure_reason="unknown", failure_balance_transaction=back.id
    )
    charge = turn.store.find(Charge, refund.charge)
    turn.change(charge, refunded=False, amount_refunded=charge.amount_refunded - refund.amount)
    turn.emit("refund.updated", failed)
    turn.emit("refund.failed", failed)


def _charge(turn: Turn, params: Params) -> Charge:
    charge_id, intent_id = params.text("charge"), params.text("payment_intent")
    if (charge_id is None) == (intent_id is None):
        raise invalid("Say either charge or payment_intent.", code="parameter_missing")
    if charge_id is not None:
        return turn.store.find(Charge, charge_id, param="charge")
    intent = turn.store.find(Intent, str(intent_id), param="payment_intent")
    charge = turn.store.find(Charge, intent.latest_charge) if intent.latest_charge else None
    if charge is None or not charge.paid:
        message = f"This PaymentIntent ({intent.id}) does not have a successful charge to refund."
        raise Refused(message, final=True, code="payment_intent_unexpected_state")
    return charge


def _send(turn: Turn, charge: Charge, *, amount: int, **said: Any) -> Refund:
    fate = methods.card_of(turn.store.find(PaymentMethod, charge.payment_method)).refund
    pending = fate is RefundFate.PENDING_FIRST
    refund_id = turn.new_id("re")
    gone = balance.book(turn, Why.REFUND, refund_id, amount=-amount, currency=charge.currency)
    refund = turn.add(
        Refund(
            id=refund_id,
            balance_transaction=gone.id,
            created=turn.now,
            amount=amount,
            currency=charge.currency,
            status="pending" if pending else "succeeded",
            pending_reason="processing" if pending else None,
            charge=charge.id,
            payment_intent=charge.payment_intent,
            customer=charge.customer,
            payment_method=charge.payment_method,
            destination_details={"type": "card", "card": {"type": "refund"}},
            **said,
        ),
        owner=charge.id,
    )
    total = charge.amount_refunded + amount
    refunded = turn.change(charge, amount_refunded=total, refunded=total == charge.amount_captured)
    if fate is not RefundFate.SUCCEEDS:
        turn.at(turn.now + SETTLES_AFTER, SETTLE, refund.id)
    turn.emit("charge.refunded", refunded)
    turn.emit("refund.created", refund)
    return refund
