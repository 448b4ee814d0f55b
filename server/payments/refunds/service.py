"""What refunds decide, each in one transaction; the calls to Stripe are in `work`."""

from __future__ import annotations

from contract.alerts import AlertClosed, AlertKind
from contract.money import Money
from contract.orders import OrderStatus
from contract.payments import (
    PaymentLate,
    PaymentRefundDue,
    PaymentRefunded,
    PaymentRefundFailed,
    PaymentRefundSettled,
    PaymentStatus,
    PaymentUpdated,
)
from contract.problems import FieldError, Invalid
from contract.refunds import (
    NothingToRefund,
    Refund,
    RefundReason,
    RefundStatus,
    RefundTooLarge,
    RefundUnderway,
    UnderDispute,
)
from server.alerts import service as alerts
from server.orders import service as orders
from server.payments import attempts, stripe
from server.payments.attempts import Attempt
from server.payments.refunds import book
from server.tx import Tx


def begin(tx: Tx, *, order_id: str, amount: int | None, reason: RefundReason) -> Refund:
    """Send back `amount` minor units of a complete order's payment, or all that is left of it.

    Raises OrderNotFound, NothingToRefund, RefundTooLarge, RefundUnderway, UnderDispute, and
    Invalid for an amount that cannot be sent.
    """
    tx.advisory_lock(f"payment:{order_id}")
    attempt = _refundable(tx, order_id=order_id)
    left = Money(amount=book.left(tx, attempt), currency=attempt.amount.currency)
    wanted = left.amount if amount is None else amount
    if wanted > left.amount:
        raise RefundTooLarge(f"Only {left} of the payment is left.")
    try:
        stripe.minor_units(Money(amount=wanted, currency=left.currency))
    except stripe.Refused as refused:
        errors = (FieldError(field="amount", message="is finer than can be sent back"),)
        raise Invalid(errors=errors) from refused
    refund = book.owe(tx, attempt, amount=wanted, reason=reason)
    tx.publish(book.event(tx, PaymentRefundDue, refund))
    return refund


def _refundable(tx: Tx, *, order_id: str) -> Attempt:
    """Return the payment of an order if money of it may go back now."""
    known = orders.view(tx, order_id=order_id)
    if known.payment_id is None:
        raise NothingToRefund("This order was not paid.")
    if known.order.disputed:
        raise UnderDispute
    attempt = attempts.view(tx, payment_id=known.payment_id)
    match attempt.status:
        case PaymentStatus.PAID:
            return attempt
        case PaymentStatus.REFUND_DUE:
            raise RefundUnderway(retry_after=5)
        case PaymentStatus.REFUND_FAILED:
            raise NothingToRefund("A refund of this order failed; settle that one first.")
        case PaymentStatus.REFUNDED:
            raise NothingToRefund("All of it has gone back.")
    raise NothingToRefund("This order was not paid.")


def late(tx: Tx, attempt: Attempt) -> None:
    """Send back, all of it, money that was captured for an order that could not have it.

    One that is paid is not late: who completed its order a moment ago may have been somebody else.
    """
    moved = attempts.moved(tx, "owe", attempt.id)
    if moved is None:
        return
    book.owe(tx, moved, amount=moved.amount.amount, reason=RefundReason.LATE)
    tx.publish(attempts.event(PaymentLate, moved))


def learn(tx: Tx, refund_id: str, seen: stripe.RefundSeen) -> None:
    """Decide from what Stripe says of a refund; hearing the same twice does no harm."""
    if seen.failed:
        fail(tx, refund_id, stripe_id=seen.id, why="The bank sent it back.")
        return
    refund = book.view(tx, refund_id)
    if refund is None:
        return
    tx.advisory_lock(f"payment:{refund.order_id}")
    if not seen.arrived:
        book.move(tx, refund, RefundStatus.SENT, stripe_id=seen.id)
    elif book.move(tx, refund, RefundStatus.DONE, stripe_id=seen.id):
        arrived(tx, refund)
        tx.publish(book.event(tx, PaymentRefunded, refund))


def fail(tx: Tx, refund_id: str, *, stripe_id: str | None = None, why: str) -> None:
    """Write down that the money did not reach the buyer; an operator must find another way."""
    refund = book.view(tx, refund_id)
    if refund is None:
        return
    tx.advisory_lock(f"payment:{refund.order_id}")
    before = book.view(tx, refund_id) or refund
    if not book.move(tx, before, RefundStatus.FAILED, stripe_id=stripe_id):
        return
    book.promise(tx, before.payment_id, -before.amount.amount)
    if before.status is RefundStatus.DONE and _tells_on_order(tx, before):
        orders.refund(tx, order_id=before.order_id, more=-before.amount.amount)
    tx.publish(book.event(tx, PaymentRefundFailed, before))
    alerts.open_alert(
        tx, AlertKind.REFUND_FAILED, before.id, order_id=before.order_id,
        detail=f"{before.amount} did not reach the buyer; pay it in another way. {why}",
    )  # fmt: skip


def settled(tx: Tx, event: AlertClosed) -> None:
    """Take the operator's word that a failed refund was paid in another way."""
    if event.kind is not AlertKind.REFUND_FAILED:
        return
    refund = book.view(tx, event.subject)
    if refund is None or refund.status is not RefundStatus.FAILED:
        return
    tx.advisory_lock(f"payment:{refund.order_id}")
    if book.promise(tx, refund.payment_id, refund.amount.amount):
        book.move(tx, refund, RefundStatus.SETTLED)
        arrived(tx, refund)
        tx.publish(book.event(tx, PaymentRefundSettled, refund))
        return
    # Meanwhile the money went back through Stripe: it must not count twice.
    book.move(tx, refund, RefundStatus.DROPPED)
    tx.publish(attempts.event(PaymentUpdated, book.stand(tx, refund.payment_id)))


def arrived(tx: Tx, refund: Refund) -> None:
    """Note on the order that the buyer has this money, if it was the order's own."""
    if _tells_on_order(tx, refund):
        orders.refund(tx, order_id=refund.order_id, more=refund.amount.amount)


def _tells_on_order(tx: Tx, refund: Refund) -> bool:
    """Tell whether it is the order's own payment: what was paid twice is no refund of the order."""
    known = orders.view(tx, order_id=refund.order_id)
    complete = known.order.status is OrderStatus.COMPLETE
    return complete and known.payment_id == refund.payment_id
