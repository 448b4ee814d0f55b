"""What payments decides, each in one transaction; the calls to Stripe are in `work`.

The protocol is "claim": authorise, claim the order in one guarded step together with the job that
captures, capture, complete. In a bounded model of every interleaving it is the only one of four
that never refunds, never revokes a ticket and never loses money.
"""

from __future__ import annotations

from contract.alerts import AlertKind
from contract.orders import CancelReason, OrderCancelled, OrderStatus
from contract.payments import (
    PaymentCreated,
    PaymentDeclined,
    PaymentFailed,
    PaymentStatus,
    PaymentUpdated,
)
from server import jobs
from server.alerts import service as alerts
from server.orders import service as orders
from server.payments import attempts, refunds, states, stripe
from server.payments import statements as sql
from server.payments.attempts import Attempt
from server.tx import Tx


def learn(tx: Tx, payment_id: str, truth: stripe.Truth) -> Attempt:
    """Decide from what Stripe says; hearing the same twice, late or out of order does no harm."""
    attempts.name(tx, payment_id, truth)
    attempt = attempts.view(tx, payment_id=payment_id)
    for decline in truth.declines:
        _learn_decline(tx, attempt, decline)
    match truth.money:
        case stripe.Money.HELD:
            _learn_held(tx, attempt)
        case stripe.Money.OURS:
            _learn_ours(tx, attempt)
        case stripe.Money.RELEASED:
            _learn_released(tx, attempt)
        case stripe.Money.NOWHERE if not truth.page_open:
            _learn_released(tx, attempt)
    return attempts.view(tx, payment_id=payment_id)


def _learn_held(tx: Tx, attempt: Attempt) -> None:
    """Claim the order for money that is held; if it cannot be had, let the money go."""
    if attempt.status not in (PaymentStatus.NEW, PaymentStatus.OPEN, PaymentStatus.VOID):
        return
    late = attempt.status is PaymentStatus.VOID
    if late or not orders.confirm(tx, order_id=attempt.order_id, payment_id=attempt.id):
        attempts.move(tx, "exceed", attempt.id)
        jobs.enqueue(tx, attempts.VOID, attempt.id, order_id=attempt.order_id)
        return
    attempts.move(tx, "authorise", attempt.id)
    jobs.enqueue(tx, attempts.CAPTURE, attempt.id, order_id=attempt.order_id)
    void_others(tx, attempt)


def _learn_ours(tx: Tx, attempt: Attempt) -> None:
    """Complete the order its money was captured for; money for nothing goes back."""
    if attempt.status is PaymentStatus.PAID:
        return
    owner = orders.view(tx, order_id=attempt.order_id).payment_id == attempt.id
    if owner and orders.complete(tx, order_id=attempt.order_id, payment_id=attempt.id):
        paid = attempts.moved(tx, "keep", attempt.id)
        if paid is not None:
            tx.publish(attempts.event(PaymentCreated, paid))
        _no_longer_slow(tx, attempt)
        return
    refunds.late(tx, attempt)


def _learn_released(tx: Tx, attempt: Attempt) -> None:
    """Free the order of money that is not to be had any more; with no time left it fails."""
    status = orders.release(tx, order_id=attempt.order_id, payment_id=attempt.id)
    gone = attempts.moved(tx, "void", attempt.id)
    if gone is None:
        return
    _no_longer_slow(tx, attempt)
    if status is OrderStatus.CANCELLED:
        tx.publish(attempts.event(PaymentFailed, gone))
    else:
        tx.publish(attempts.event(PaymentUpdated, gone))


def _learn_decline(tx: Tx, attempt: Attempt, decline: stripe.Decline) -> None:
    """Count a bank's refusal once; after the last allowed one the order fails."""
    new = tx.execute(
        sql.NOTE_DECLINE,
        charge_id=decline.charge_id, payment_id=attempt.id, order_id=attempt.order_id,
        code=decline.code, at=tx.now_us,
    )  # fmt: skip
    if not new:
        return
    row = tx.first(sql.DECLINE, payment_id=attempt.id, words=decline.words, now=tx.now_us)
    told = attempts.read(row)
    count = tx.first(sql.DECLINES_OF_ORDER, order=attempt.order_id) or (0,)
    left = max(0, tx.settings.max_declines - count[0])
    if left:
        tx.publish(
            PaymentDeclined(
                id=told.id, version=told.version, order_id=told.order_id, buyer_id=told.buyer_id,
                status=told.status, amount=told.amount, declined=decline.words, attempts_left=left,
            )
        )  # fmt: skip
        return
    tx.publish(attempts.event(PaymentFailed, told))
    known = orders.view(tx, order_id=attempt.order_id)
    if known.order.status is OrderStatus.AWAITING_PAYMENT:
        orders.cancel(tx, order_id=attempt.order_id, reason=CancelReason.PAYMENT_FAILED)


def _no_longer_slow(tx: Tx, attempt: Attempt) -> None:
    alerts.auto_resolve(
        tx, AlertKind.SLOW_CAPTURE, attempt.id, note="It is decided what became of the money."
    )


def captured(tx: Tx, payment_id: str) -> None:
    """Complete the order: the money is ours."""
    _learn_ours(tx, attempts.view(tx, payment_id=payment_id))


def voided(tx: Tx, payment_id: str) -> None:
    """Write down that no money can come of this payment any more."""
    attempts.move(tx, "void", payment_id)


def stop(tx: Tx, event: OrderCancelled) -> None:
    """Close the pages of an order that is over, and release what is held for it."""
    for attempt in attempts.of_order(tx, order_id=event.id):
        if attempt.status in states.UNDECIDED:
            jobs.enqueue(tx, attempts.VOID, attempt.id, order_id=event.id)


def void_others(tx: Tx, owner: Attempt) -> None:
    """Close every other page of an order that one payment has claimed: nobody pays twice."""
    for attempt in attempts.of_order(tx, order_id=owner.order_id):
        if attempt.id != owner.id and attempt.status in states.UNDECIDED:
            jobs.enqueue(tx, attempts.VOID, attempt.id, order_id=owner.order_id)
