"""The rules of payments, each in one transaction; the calls to Stripe are in `jobs`.

The protocol is "claim": authorise, claim the order in one guarded step together with the job that
captures, capture, complete. In a bounded model of every interleaving it is the only one of four
that never refunds, never revokes a ticket and never loses money.
"""

from __future__ import annotations

from contract.alerts import AlertKind
from contract.orders import CancelReason, OrderCancelled, OrderStatus
from contract.payments import (
    UNDECIDED_STATUSES,
    PaymentCreated,
    PaymentDeclined,
    PaymentFailed,
    PaymentStatus,
    PaymentUpdated,
)
from server import jobs, stripe
from server.alerts import service as alerts
from server.orders import service as orders
from server.payments import refunds, repository
from server.payments.repository import PaymentRecord
from server.stripe import FundsState
from server.tx import Tx

#: Kinds of jobs: capture what is held for a payment; close its page and release what is held.
CAPTURE, VOID = "payment.capture", "payment.void"


def apply(tx: Tx, payment_id: str, state: stripe.PaymentState) -> PaymentRecord:
    """Apply what Stripe says of a payment; the same state twice, late or out of order is safe."""
    repository.store_ids(tx, payment_id, state)
    payment = repository.view(tx, payment_id=payment_id)
    for decline in state.declines:
        _apply_decline(tx, payment, decline)
    match state.funds:
        case FundsState.HELD:
            _apply_held(tx, payment)
        case FundsState.CAPTURED:
            _apply_captured(tx, payment)
        case FundsState.RELEASED:
            _apply_released(tx, payment)
        case FundsState.NOT_HELD if not state.page_open:
            _apply_released(tx, payment)
    return repository.view(tx, payment_id=payment_id)


def _apply_held(tx: Tx, payment: PaymentRecord) -> None:
    """Claim the order for money that is held; if the order cannot be had, release the money."""
    if payment.status not in (PaymentStatus.NEW, PaymentStatus.OPEN, PaymentStatus.VOID):
        return
    late = payment.status is PaymentStatus.VOID
    if late or not orders.confirm(tx, order_id=payment.order_id, payment_id=payment.id):
        repository.move(tx, "exceed", payment.id)
        jobs.enqueue(tx, VOID, payment.id, order_id=payment.order_id)
        return
    repository.move(tx, "authorise", payment.id)
    jobs.enqueue(tx, CAPTURE, payment.id, order_id=payment.order_id)
    void_others(tx, payment)


def _apply_captured(tx: Tx, payment: PaymentRecord) -> None:
    """Complete the order the money was captured for; refund money that no order can have."""
    if payment.status is PaymentStatus.PAID:
        return
    owner = orders.view(tx, order_id=payment.order_id).payment_id == payment.id
    if owner and orders.complete(tx, order_id=payment.order_id, payment_id=payment.id):
        paid = repository.move_silently(tx, "pay", payment.id)
        if paid is not None:
            tx.publish(repository.event(PaymentCreated, paid))
        _resolve_slow_capture(tx, payment)
        return
    refunds.refund_late(tx, payment)


def _apply_released(tx: Tx, payment: PaymentRecord) -> None:
    """Free the order of a payment that can bring no money; with no time left the order fails."""
    status = orders.release(tx, order_id=payment.order_id, payment_id=payment.id)
    released = repository.move_silently(tx, "void", payment.id)
    if released is None:
        return
    _resolve_slow_capture(tx, payment)
    if status is OrderStatus.CANCELLED:
        tx.publish(repository.event(PaymentFailed, released))
    else:
        tx.publish(repository.event(PaymentUpdated, released))


def _apply_decline(tx: Tx, payment: PaymentRecord, decline: stripe.ChargeDecline) -> None:
    """Count a decline once; after the last one allowed the order fails."""
    declined = repository.add_decline(tx, payment, decline)
    if declined is None:
        return
    count = repository.declines_of_order(tx, order_id=payment.order_id)
    left = max(0, tx.settings.max_declines - count)
    if left:
        tx.publish(
            PaymentDeclined(
                id=declined.id, version=declined.version, order_id=declined.order_id,
                buyer_id=declined.buyer_id, status=declined.status, amount=declined.amount,
                declined=decline.message, attempts_left=left,
            )
        )  # fmt: skip
        return
    tx.publish(repository.event(PaymentFailed, declined))
    known = orders.view(tx, order_id=payment.order_id)
    if known.order.status is OrderStatus.AWAITING_PAYMENT:
        orders.cancel(tx, order_id=payment.order_id, reason=CancelReason.PAYMENT_FAILED)


def _resolve_slow_capture(tx: Tx, payment: PaymentRecord) -> None:
    note = "The payment was captured or released."
    alerts.auto_resolve(tx, AlertKind.SLOW_CAPTURE, payment.id, note=note)


def captured(tx: Tx, payment_id: str) -> None:
    """Complete the order of a payment that has just been captured."""
    _apply_captured(tx, repository.view(tx, payment_id=payment_id))


def voided(tx: Tx, payment_id: str) -> None:
    """Record that no money can come of this payment any more."""
    repository.move(tx, "void", payment_id)


def stop(tx: Tx, event: OrderCancelled) -> None:
    """Close the pages of a cancelled order, and release what is held for it."""
    for payment in repository.of_order(tx, order_id=event.id):
        if payment.status in UNDECIDED_STATUSES:
            jobs.enqueue(tx, VOID, payment.id, order_id=event.id)


def void_others(tx: Tx, owner: PaymentRecord) -> None:
    """Void every other payment of an order that one has claimed, so that nobody pays twice."""
    for payment in repository.of_order(tx, order_id=owner.order_id):
        if payment.id != owner.id and payment.status in UNDECIDED_STATUSES:
            jobs.enqueue(tx, VOID, payment.id, order_id=owner.order_id)
