"""Elsewhere: refunds that were made in Stripe's dashboard, beside those that we send."""

from __future__ import annotations

from collections.abc import Sequence

from contract.alerts import AlertKind
from contract.payments import PaymentRefundDue, PaymentRefunded
from contract.refunds import Refund, RefundReason, RefundStatus
from server.alerts import service as alerts
from server.payments import attempts, stripe
from server.payments.attempts import Attempt
from server.payments.refunds import book, service
from server.tx import Tx

#: These were to send back all there was, so what the dashboard left of it still goes back.
WHOLE = (RefundReason.LATE, RefundReason.SHOW_CANCELLED)


def heard(tx: Tx, payment_id: str, found: Sequence[stripe.RefundSeen]) -> bool:
    """Learn what Stripe lists for a payment; tell whether all of it is decided."""
    attempt = attempts.view(tx, payment_id=payment_id)
    tx.advisory_lock(f"payment:{attempt.order_id}")
    decided = True
    for seen in found:
        known = book.view(tx, seen.refund_id or "") or book.by_stripe_id(tx, seen.id)
        if known is not None:
            service.learn(tx, known.id, seen)
        elif seen.arrived:
            _write(tx, attempt, seen, found)
        elif not seen.failed:
            decided = False
    return decided


def refused(tx: Tx, refund_id: str, found: Sequence[stripe.RefundSeen], *, why: str) -> None:
    """Give up a refund that Stripe will not make; `found` is what it made of this payment."""
    refund = book.view(tx, refund_id)
    if refund is not None:
        heard(tx, refund.payment_id, found)
        service.fail(tx, refund_id, why=f"Stripe refuses it: {why}.")


def _write(
    tx: Tx, attempt: Attempt, seen: stripe.RefundSeen, found: Sequence[stripe.RefundSeen]
) -> None:
    """Write a stranger down, in the place of one of ours that there is no money left for."""
    try:
        amount = stripe.of_minor_units(seen.amount, attempt.amount.currency)
    except stripe.Refused as refused:
        _mismatch(tx, attempt, seen, str(refused))
        return
    dropped = None
    fits = book.promise(tx, attempt.id, amount.amount)
    if not fits:
        dropped = _drop_unsent(tx, attempt, found)
        fits = dropped is not None and book.promise(tx, attempt.id, amount.amount)
    if not fits:
        _mismatch(tx, attempt, seen, f"{amount} is more than was left of the payment.")
        return
    refund = book.write(
        tx, attempt, amount=amount.amount, reason=RefundReason.ELSEWHERE, stripe_id=seen.id
    )
    rest = None
    if dropped is not None and dropped.reason in WHOLE and book.left(tx, attempt):
        rest = book.owe(tx, attempt, amount=book.left(tx, attempt), reason=dropped.reason)
    service.arrived(tx, refund)
    tx.publish(book.event(tx, PaymentRefunded, refund))
    if rest is not None:
        tx.publish(book.event(tx, PaymentRefundDue, rest))


def _mismatch(tx: Tx, attempt: Attempt, seen: stripe.RefundSeen, why: str) -> None:
    alerts.open_alert(
        tx, AlertKind.MISMATCH, seen.id, order_id=attempt.order_id,
        detail=f"A refund made in Stripe's dashboard does not fit {attempt.id}: {why}",
    )  # fmt: skip


def _drop_unsent(tx: Tx, attempt: Attempt, found: Sequence[stripe.RefundSeen]) -> Refund | None:
    """Take back the promise of a refund that Stripe does not know, and now never will."""
    unsent = book.unsent(tx, attempt.id)
    if unsent is None or any(seen.refund_id == unsent.id for seen in found):
        return None
    book.move(tx, unsent, RefundStatus.DROPPED)
    book.promise(tx, attempt.id, -unsent.amount.amount)
    return unsent
