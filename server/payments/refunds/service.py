"""The rules of refunds, each in one transaction; the calls to Stripe are in `jobs`."""

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
    RefundedTicket,
    RefundReason,
    RefundStatus,
    RefundTooLarge,
    RefundUnderway,
    UnderDispute,
)
from server import stripe
from server.alerts import service as alerts
from server.orders import returns
from server.orders import service as orders
from server.payments import repository as payments
from server.payments.refunds import repository
from server.payments.repository import PaymentRecord
from server.tx import Tx


def begin(
    tx: Tx,
    *,
    order_id: str,
    amount: int | None,
    reason: RefundReason,
    ticket: RefundedTicket = RefundedTicket.VOID,
) -> Refund:
    """Refund `amount` minor units of a complete order's payment, or all that is left of it.

    `ticket` is what becomes of the ticket once everything is refunded. Raises OrderNotFound,
    NothingToRefund, RefundTooLarge, RefundUnderway, UnderDispute, TicketPassedOn, and Invalid for
    an amount that Stripe cannot refund.
    """
    tx.advisory_lock(f"payment:{order_id}")
    payment = _refundable(tx, order_id=order_id)
    left = Money(amount=repository.refundable(tx, payment), currency=payment.amount.currency)
    requested = left.amount if amount is None else amount
    if requested > left.amount:
        raise RefundTooLarge(f"Only {left} of the payment is left.")
    try:
        stripe.minor_units(Money(amount=requested, currency=left.currency))
    except stripe.RequestRefused as refused:
        errors = (FieldError(field="amount", message="is finer than can be refunded"),)
        raise Invalid(errors=errors) from refused
    is_last = requested == left.amount and ticket is not RefundedTicket.KEEP
    if is_last and reason is not RefundReason.SHOW_CANCELLED:  # which takes tickets off sale itself
        orders.begin_refund(tx, order_id=order_id)
    refund = repository.schedule(tx, payment, amount=requested, reason=reason, ticket=ticket)
    tx.publish(repository.event(tx, PaymentRefundDue, refund))
    return refund


def return_ticket(tx: Tx, *, order_id: str, buyer_id: str) -> Refund:
    """Give a ticket back to the organiser that sold it, for all of the money, once.

    Again, the same refund is returned. Raises OrderNotFound, NotReturnable, NothingToRefund,
    RefundUnderway, UnderDispute.
    """
    tx.advisory_lock(f"payment:{order_id}")
    record = orders.view_own(tx, order_id=order_id, buyer_id=buyer_id)
    known = repository.of_payment(tx, payment_id=record.payment_id or "")
    for refund in known:
        if refund.reason is RefundReason.RETURNED and refund.status is not RefundStatus.DROPPED:
            return refund
    returns.check(tx, record)
    return begin(
        tx, order_id=order_id, amount=None, reason=RefundReason.RETURNED,
        ticket=RefundedTicket.RETURN,
    )  # fmt: skip


def _refundable(tx: Tx, *, order_id: str) -> PaymentRecord:
    """Return the payment of an order if it may be refunded now."""
    known = orders.view(tx, order_id=order_id)
    if known.payment_id is None:
        raise NothingToRefund("This order was not paid.")
    if known.order.disputed:
        raise UnderDispute
    payment = payments.view(tx, payment_id=known.payment_id)
    match payment.status:
        case PaymentStatus.PAID:
            return payment
        case PaymentStatus.REFUND_DUE:
            raise RefundUnderway(retry_after=5)
        case PaymentStatus.REFUND_FAILED:
            raise NothingToRefund("A refund of this order failed. Resolve its alert first.")
        case PaymentStatus.REFUNDED:
            raise NothingToRefund("This order is fully refunded.")
    raise NothingToRefund("This order was not paid.")


def refund_late(tx: Tx, payment: PaymentRecord) -> None:
    """Refund in full a payment that was captured for an order that could not have it.

    A payment that is paid is left alone: another transaction may have completed its order a moment
    ago.
    """
    moved = payments.move_silently(tx, "refund_late", payment.id)
    if moved is None:
        return
    repository.schedule(tx, moved, amount=moved.amount.amount, reason=RefundReason.LATE)
    tx.publish(payments.event(PaymentLate, moved))


def apply(tx: Tx, refund_id: str, state: stripe.RefundState) -> None:
    """Apply what Stripe says of a refund; applying the same state twice changes nothing."""
    if state.failed:
        fail(tx, refund_id, stripe_id=state.id, why="The buyer's bank returned it.")
        return
    refund = repository.view(tx, refund_id)
    if refund is None:
        return
    tx.advisory_lock(f"payment:{refund.order_id}")
    if not state.succeeded:
        repository.move(tx, refund, RefundStatus.SENT, stripe_id=state.id)
    elif repository.move(tx, refund, RefundStatus.DONE, stripe_id=state.id):
        arrived(tx, refund)
        tx.publish(repository.event(tx, PaymentRefunded, refund))


def fail(tx: Tx, refund_id: str, *, stripe_id: str | None = None, why: str) -> None:
    """Record that a refund did not reach the buyer, and alert an operator to pay another way."""
    refund = repository.view(tx, refund_id)
    if refund is None:
        return
    tx.advisory_lock(f"payment:{refund.order_id}")
    before = repository.view(tx, refund_id) or refund
    if not repository.move(tx, before, RefundStatus.FAILED, stripe_id=stripe_id):
        return
    repository.reserve(tx, before.payment_id, -before.amount.amount)
    orders.end_refund(tx, order_id=before.order_id)
    if before.status is RefundStatus.DONE and _counts_for_order(tx, before):
        orders.refund(tx, order_id=before.order_id, more=-before.amount.amount)
    tx.publish(repository.event(tx, PaymentRefundFailed, before))
    alerts.open_alert(
        tx, AlertKind.REFUND_FAILED, before.id, order_id=before.order_id,
        detail=f"{before.amount} did not reach the buyer; pay it in another way. {why}",
    )  # fmt: skip


def settle_failed(tx: Tx, event: AlertClosed) -> None:
    """Settle a failed refund: the operator who closed the alert paid it in another way."""
    if event.kind is not AlertKind.REFUND_FAILED:
        return
    refund = repository.view(tx, event.subject)
    if refund is None or refund.status is not RefundStatus.FAILED:
        return
    tx.advisory_lock(f"payment:{refund.order_id}")
    if repository.reserve(tx, refund.payment_id, refund.amount.amount):
        repository.move(tx, refund, RefundStatus.SETTLED)
        arrived(tx, refund)
        tx.publish(repository.event(tx, PaymentRefundSettled, refund))
        return
    # Meanwhile the money was refunded through Stripe: it must not count twice.
    repository.move(tx, refund, RefundStatus.DROPPED)
    payment = repository.derive_status(tx, refund.payment_id)
    tx.publish(payments.event(PaymentUpdated, payment))


def arrived(tx: Tx, refund: Refund) -> None:
    """Add a refund to its order's refunded amount, if it is of the payment the order kept."""
    if _counts_for_order(tx, refund):
        orders.refund(tx, order_id=refund.order_id, more=refund.amount.amount, ticket=refund.ticket)


def _counts_for_order(tx: Tx, refund: Refund) -> bool:
    """Tell whether a refund is of the order's own payment, not of a second one for the order."""
    known = orders.view(tx, order_id=refund.order_id)
    complete = known.order.status is OrderStatus.COMPLETE
    return complete and known.payment_id == refund.payment_id
