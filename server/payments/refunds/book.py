"""The book of refunds: what is written down of each, and how its payment stands with them."""

from __future__ import annotations

from typing import TypeVar

from contract.money import Money
from contract.payments import (
    PaymentRefundDue,
    PaymentRefunded,
    PaymentRefundFailed,
    PaymentRefundSettled,
    PaymentStatus,
)
from contract.refunds import Refund, RefundReason, RefundStatus
from db.statement import Row
from db.types import from_us
from server import jobs
from server.payments import attempts
from server.payments.attempts import Attempt
from server.payments.refunds import statements as sql
from server.tx import Tx

Event = TypeVar(
    "Event", PaymentRefundDue, PaymentRefunded, PaymentRefundFailed, PaymentRefundSettled
)

#: By which verb a payment gets to where its refunds put it.
VERBS = {
    PaymentStatus.REFUND_DUE: "give_back",
    PaymentStatus.REFUNDED: "refund",
    PaymentStatus.REFUND_FAILED: "fail_refund",
    PaymentStatus.PAID: "keep_rest",
}


def find(tx: Tx, *, status: str, order_id: str, before: str, most: int) -> tuple[Refund, ...]:
    """List refunds, newest first."""
    rows = tx.all(sql.FIND, status_is=status, order_is=order_id, before=before, most=most)
    return tuple(told(tx, row) for row in rows)


def of_payment(tx: Tx, *, payment_id: str) -> tuple[Refund, ...]:
    """Return what went back of a payment, or was to, oldest first."""
    return tuple(told(tx, row) for row in tx.all(sql.OF_PAYMENT, payment_id=payment_id))


def view(tx: Tx, refund_id: str) -> Refund | None:
    """Return a refund, if it is one of ours."""
    row = tx.first(sql.VIEW, refund_id=refund_id)
    return None if row is None else told(tx, row)


def by_stripe_id(tx: Tx, stripe_id: str) -> Refund | None:
    """Return the refund that Stripe calls so, if we know it."""
    row = tx.first(sql.BY_STRIPE_ID, stripe=stripe_id)
    return None if row is None else told(tx, row)


def unsent(tx: Tx, payment_id: str) -> Refund | None:
    """Return the refund of a payment that is owed and not known to have been sent."""
    row = tx.first(sql.UNSENT, payment_id=payment_id)
    return None if row is None else told(tx, row)


def left(tx: Tx, attempt: Attempt) -> int:
    """Return how much of a payment neither went back nor is on its way, in minor units."""
    promised, _, _ = tx.first(sql.STANDING, payment_id=attempt.id) or (0, 0, 0)
    return attempt.amount.amount - int(promised)


def promise(tx: Tx, payment_id: str, more: int) -> bool:
    """Count `more` minor units as going back, or fewer when negative; tell whether they fit."""
    return bool(tx.execute(sql.PROMISE, payment_id=payment_id, more=more))


def write(
    tx: Tx,
    attempt: Attempt,
    *,
    amount: int,
    reason: RefundReason,
    stripe_id: str | None = None,
) -> Refund:
    """Write a refund down: it is owed, or with Stripe's id it has arrived already."""
    status = RefundStatus.DUE if stripe_id is None else RefundStatus.DONE
    row = tx.first(
        sql.INSERT,
        id=tx.new_id("ref"), payment_id=attempt.id, order_id=attempt.order_id, amount=amount,
        currency=attempt.amount.currency, reason=reason.value, status=status.value,
        stripe_id=stripe_id, created_at=tx.now_us, updated_at=tx.now_us,
    )  # fmt: skip
    assert row is not None  # noqa: S101  an INSERT … RETURNING always returns
    return told(tx, row)


def owe(tx: Tx, attempt: Attempt, *, amount: int, reason: RefundReason) -> Refund:
    """Promise money back, to be sent once this is committed."""
    if not promise(tx, attempt.id, amount):
        msg = f"{attempt.id}: {amount} is more than is left"
        raise RuntimeError(msg)
    refund = write(tx, attempt, amount=amount, reason=reason)
    jobs.enqueue(tx, attempts.REFUND, refund.id, order_id=attempt.order_id)
    return refund


def move(tx: Tx, refund: Refund, to: RefundStatus, *, stripe_id: str | None = None) -> bool:
    """Move a refund on; tell whether it could go there."""
    return bool(tx.execute(sql.MOVE[to], refund_id=refund.id, stripe=stripe_id, now=tx.now_us))


def stand(tx: Tx, payment_id: str) -> Attempt:
    """Put a payment where its refunds put it, as its next version."""
    attempt = attempts.view(tx, payment_id=payment_id)
    promised, underway, failed = tx.first(sql.STANDING, payment_id=payment_id) or (0, 0, 0)
    if underway:
        status = PaymentStatus.REFUND_DUE
    elif promised >= attempt.amount.amount:
        status = PaymentStatus.REFUNDED
    elif failed:
        status = PaymentStatus.REFUND_FAILED
    else:
        status = PaymentStatus.PAID
    moved = None
    if status is not attempt.status:
        moved = attempts.moved(tx, VERBS[status], payment_id)
    return moved or attempts.touched(tx, payment_id)


def event(tx: Tx, kind: type[Event], refund: Refund) -> Event:
    """Say what became of a refund, with its payment as it stands now."""
    attempt = stand(tx, refund.payment_id)
    return kind(
        id=attempt.id, version=attempt.version, order_id=attempt.order_id,
        buyer_id=attempt.buyer_id, status=attempt.status, amount=attempt.amount,
        refund_id=refund.id, refunded=refund.amount, reason=refund.reason,
    )  # fmt: skip


def told(tx: Tx, row: Row) -> Refund:
    """Read a refund from its `COLUMNS`."""
    return Refund(
        id=row[0], payment_id=row[1], order_id=row[2], amount=Money(amount=row[3], currency=row[4]),
        reason=RefundReason(row[5]), status=RefundStatus(row[6]), live=tx.settings.live,
        created_at=from_us(row[7]),
    )  # fmt: skip
