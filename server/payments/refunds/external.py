"""Refunds made outside this program, in Stripe's dashboard."""

from __future__ import annotations

from collections.abc import Sequence

from contract.alerts import AlertKind
from contract.payments import PaymentRefundDue, PaymentRefunded
from contract.refunds import Refund, RefundReason, RefundStatus
from server import stripe
from server.alerts import service as alerts
from server.orders import service as orders
from server.payments import repository as payments
from server.payments.refunds import repository, service
from server.payments.repository import PaymentRecord
from server.tx import Tx

#: These were to refund everything, so what an external refund left over is still refunded.
FULL_REFUNDS = (RefundReason.LATE, RefundReason.SHOW_CANCELLED, RefundReason.RETURNED)


def apply_all(tx: Tx, payment_id: str, found: Sequence[stripe.RefundState]) -> bool:
    """Apply every refund that Stripe lists for a payment; tell whether all are decided."""
    payment = payments.view(tx, payment_id=payment_id)
    tx.advisory_lock(f"payment:{payment.order_id}")
    decided = True
    for state in found:
        known = repository.view(tx, state.refund_id or "") or repository.by_stripe_id(tx, state.id)
        if known is not None:
            service.apply(tx, known.id, state)
        elif state.succeeded:
            _record(tx, payment, state, found)
        elif not state.failed:
            decided = False
    return decided


def give_up(tx: Tx, refund_id: str, found: Sequence[stripe.RefundState], *, why: str) -> None:
    """Fail a refund that Stripe refuses for good, after applying those `found` for its payment."""
    refund = repository.view(tx, refund_id)
    if refund is not None:
        apply_all(tx, refund.payment_id, found)
        service.fail(tx, refund_id, why=f"Stripe refuses it: {why}.")


def _record(
    tx: Tx,
    payment: PaymentRecord,
    state: stripe.RefundState,
    found: Sequence[stripe.RefundState],
) -> None:
    """Store an external refund; it replaces an unsent one of ours if both do not fit."""
    try:
        amount = stripe.from_minor_units(state.amount, payment.amount.currency)
    except stripe.RequestRefused as refused:
        _alert(tx, payment, state, str(refused))
        return
    dropped = None
    fits = repository.reserve(tx, payment.id, amount.amount)
    if not fits:
        dropped = _drop_unsent(tx, payment, found)
        fits = dropped is not None and repository.reserve(tx, payment.id, amount.amount)
    if not fits:
        _alert(tx, payment, state, f"{amount} is more than was left of the payment.")
        return
    refund = repository.insert_refund(
        tx, payment, amount=amount.amount, reason=RefundReason.ELSEWHERE, stripe_id=state.id
    )
    rest = None
    left = repository.refundable(tx, payment)
    if dropped is not None and dropped.reason in FULL_REFUNDS and left:
        if dropped.reason is RefundReason.RETURNED:
            orders.begin_refund(tx, order_id=payment.order_id)
        rest = repository.schedule(
            tx, payment, amount=left, reason=dropped.reason, ticket=dropped.ticket
        )
    service.arrived(tx, refund)
    tx.publish(repository.event(tx, PaymentRefunded, refund))
    if rest is not None:
        tx.publish(repository.event(tx, PaymentRefundDue, rest))


def _drop_unsent(
    tx: Tx, payment: PaymentRecord, found: Sequence[stripe.RefundState]
) -> Refund | None:
    """Drop a refund of ours that Stripe does not know, and free the money reserved for it."""
    unsent = repository.unsent(tx, payment.id)
    if unsent is None or any(state.refund_id == unsent.id for state in found):
        return None
    repository.move(tx, unsent, RefundStatus.DROPPED)
    repository.reserve(tx, payment.id, -unsent.amount.amount)
    orders.end_refund(tx, order_id=payment.order_id)
    return unsent


def _alert(tx: Tx, payment: PaymentRecord, state: stripe.RefundState, why: str) -> None:
    alerts.open_alert(
        tx, AlertKind.MISMATCH, state.id, order_id=payment.order_id,
        detail=f"A refund made in Stripe's dashboard does not fit {payment.id}: {why}",
    )  # fmt: skip
