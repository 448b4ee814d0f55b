"""Refunds in the database, and what a payment's status becomes because of them."""

from __future__ import annotations

from typing import TypeVar

from sqlalchemy import bindparam, func, insert, or_, select, update

from contract.money import Money
from contract.payments import (
    PaymentRefundDue,
    PaymentRefunded,
    PaymentRefundFailed,
    PaymentRefundSettled,
    PaymentStatus,
)
from contract.refunds import Refund, RefundedTicket, RefundReason, RefundStatus
from db.schema.payments import UNDERWAY, payments, refunds
from db.statement import Row, Statement
from db.types import from_us
from server import jobs
from server.payments import repository as payments_repository
from server.payments.repository import PaymentRecord
from server.tx import Tx

RefundEvent = TypeVar(
    "RefundEvent", PaymentRefundDue, PaymentRefunded, PaymentRefundFailed, PaymentRefundSettled
)

#: The kind of job that sends a refund. Its subject is the refund.
REFUND = "payment.refund"
#: The verb that moves a payment to the status its refunds call for.
VERBS = {
    PaymentStatus.REFUND_DUE: "begin_refund",
    PaymentStatus.REFUNDED: "refund",
    PaymentStatus.REFUND_FAILED: "fail_refund",
    PaymentStatus.PAID: "keep_rest",
}
#: For each status of a refund: the statuses it can be reached from.
BEFORE = {
    RefundStatus.SENT: (RefundStatus.DUE,),
    RefundStatus.DONE: (RefundStatus.DUE, RefundStatus.SENT),
    RefundStatus.FAILED: (RefundStatus.DUE, RefundStatus.SENT, RefundStatus.DONE),
    RefundStatus.SETTLED: (RefundStatus.FAILED,),
    RefundStatus.DROPPED: (RefundStatus.DUE, RefundStatus.FAILED),
}

#: The columns of a refund; `from_row` reads them.
COLUMNS = (
    refunds.c.id, refunds.c.payment_id, refunds.c.order_id, refunds.c.amount, refunds.c.currency,
    refunds.c.reason, refunds.c.status, refunds.c.created_at, refunds.c.stripe_id, refunds.c.ticket,
)  # fmt: skip
_IS_ONE = refunds.c.id == bindparam("refund_id")
_OF_PAYMENT = refunds.c.payment_id == bindparam("payment_id")

INSERT = Statement(insert(refunds).returning(*COLUMNS))
VIEW = Statement(select(*COLUMNS).where(_IS_ONE))
BY_STRIPE_ID = Statement(select(*COLUMNS).where(refunds.c.stripe_id == bindparam("stripe")))
#: Due, and not known to have been sent. There is at most one for a payment.
UNSENT = Statement(select(*COLUMNS).where(_OF_PAYMENT, refunds.c.status == RefundStatus.DUE))
OF_PAYMENT = Statement(select(*COLUMNS).where(_OF_PAYMENT).order_by(refunds.c.id))
LIST = Statement(
    select(*COLUMNS)
    .where(
        or_(bindparam("status_is") == "", refunds.c.status == bindparam("status_is")),
        or_(bindparam("order_is") == "", refunds.c.order_id == bindparam("order_is")),
        refunds.c.id < bindparam("before"),
    )
    .order_by(refunds.c.id.desc())
    .limit(bindparam("most"))
)
UNDERWAY_ONE = Statement(select(refunds.c.id).where(refunds.c.status.in_(UNDERWAY)).limit(1))
_COUNT = select(func.count()).where(_OF_PAYMENT)
#: A payment's refunds: the amount reserved, how many are under way, how many failed.
TOTALS = Statement(
    select(
        payments.c.promised,
        _COUNT.where(refunds.c.status.in_(UNDERWAY)).scalar_subquery(),
        _COUNT.where(refunds.c.status == RefundStatus.FAILED).scalar_subquery(),
    ).where(payments.c.id == bindparam("payment_id"))
)
#: A payment's refunds: the amount that reached the buyer, and the amount under way.
AMOUNTS = Statement(
    select(
        func.coalesce(func.sum(refunds.c.amount).filter(refunds.c.status == RefundStatus.DONE), 0),
        func.coalesce(func.sum(refunds.c.amount).filter(refunds.c.status.in_(UNDERWAY)), 0),
    ).where(_OF_PAYMENT)
)
#: Guarded here and by a CHECK: no code can reserve more than was paid.
RESERVE = Statement(
    update(payments)
    .where(
        payments.c.id == bindparam("payment_id"),
        payments.c.promised + bindparam("more") >= 0,
        payments.c.promised + bindparam("more") <= payments.c.amount,
    )
    .values(promised=payments.c.promised + bindparam("more"))
)
MOVE = {
    to: Statement(
        update(refunds)
        .where(_IS_ONE, refunds.c.status.in_(before))
        .values(
            status=to,
            stripe_id=func.coalesce(bindparam("stripe"), refunds.c.stripe_id),
            updated_at=bindparam("now"),
        )
    )
    for to, before in BEFORE.items()
}


def find(tx: Tx, *, status: str, order_id: str, before: str, most: int) -> tuple[Refund, ...]:
    """Return refunds, newest first; an empty status or order means any."""
    rows = tx.all(LIST, status_is=status, order_is=order_id, before=before, most=most)
    return tuple(from_row(tx, row) for row in rows)


def of_payment(tx: Tx, *, payment_id: str) -> tuple[Refund, ...]:
    """Return the refunds of a payment, oldest first."""
    return tuple(from_row(tx, row) for row in tx.all(OF_PAYMENT, payment_id=payment_id))


def view(tx: Tx, refund_id: str) -> Refund | None:
    """Return a refund, if it is one of ours."""
    row = tx.first(VIEW, refund_id=refund_id)
    return None if row is None else from_row(tx, row)


def stripe_id_of(tx: Tx, refund_id: str) -> str | None:
    """Return Stripe's id of a refund, if it was sent."""
    row = tx.first(VIEW, refund_id=refund_id)
    return None if row is None else row[8]


def by_stripe_id(tx: Tx, stripe_id: str) -> Refund | None:
    """Return the refund with this id at Stripe, if we know it."""
    row = tx.first(BY_STRIPE_ID, stripe=stripe_id)
    return None if row is None else from_row(tx, row)


def unsent(tx: Tx, payment_id: str) -> Refund | None:
    """Return the refund of a payment that is due and not known to have been sent."""
    row = tx.first(UNSENT, payment_id=payment_id)
    return None if row is None else from_row(tx, row)


def any_underway(tx: Tx) -> bool:
    """Tell whether any refund has been requested and not decided by its bank."""
    return tx.first(UNDERWAY_ONE) is not None


def amounts(tx: Tx, *, payment_id: str) -> tuple[int, int]:
    """Return how much of a payment has reached the buyer, and how much is under way."""
    arrived, underway = tx.first(AMOUNTS, payment_id=payment_id) or (0, 0)
    return int(arrived), int(underway)


def refundable(tx: Tx, payment: PaymentRecord) -> int:
    """Return how much of a payment is neither refunded nor reserved for it, in minor units."""
    reserved, _, _ = tx.first(TOTALS, payment_id=payment.id) or (0, 0, 0)
    return payment.amount.amount - int(reserved)


def reserve(tx: Tx, payment_id: str, more: int) -> bool:
    """Reserve `more` minor units of a payment for refunds (negative to free some).

    Return whether they fit into what is left.
    """
    return bool(tx.execute(RESERVE, payment_id=payment_id, more=more))


def insert_refund(  # noqa: PLR0913  one for each column that callers choose
    tx: Tx,
    payment: PaymentRecord,
    *,
    amount: int,
    reason: RefundReason,
    stripe_id: str | None = None,
    ticket: RefundedTicket = RefundedTicket.VOID,
) -> Refund:
    """Store a refund: due, or with Stripe's id already done."""
    status = RefundStatus.DUE if stripe_id is None else RefundStatus.DONE
    row = tx.first(
        INSERT,
        id=tx.new_id("ref"), payment_id=payment.id, order_id=payment.order_id, amount=amount,
        currency=payment.amount.currency, reason=reason.value, status=status.value,
        stripe_id=stripe_id, created_at=tx.now_us, updated_at=tx.now_us, ticket=ticket.value,
    )  # fmt: skip
    assert row is not None  # noqa: S101  an INSERT … RETURNING always returns
    return from_row(tx, row)


def schedule(
    tx: Tx,
    payment: PaymentRecord,
    *,
    amount: int,
    reason: RefundReason,
    ticket: RefundedTicket = RefundedTicket.VOID,
) -> Refund:
    """Store a refund to be sent once this is committed."""
    if not reserve(tx, payment.id, amount):
        msg = f"{payment.id}: {amount} is more than is left"
        raise RuntimeError(msg)
    refund = insert_refund(tx, payment, amount=amount, reason=reason, ticket=ticket)
    jobs.enqueue(tx, REFUND, refund.id, order_id=payment.order_id)
    return refund


def move(tx: Tx, refund: Refund, to: RefundStatus, *, stripe_id: str | None = None) -> bool:
    """Move a refund to a status; return whether it could go there."""
    return bool(tx.execute(MOVE[to], refund_id=refund.id, stripe=stripe_id, now=tx.now_us))


def derive_status(tx: Tx, payment_id: str) -> PaymentRecord:
    """Set a payment's status to what its refunds call for, as its next version."""
    payment = payments_repository.view(tx, payment_id=payment_id)
    reserved, underway, failed = tx.first(TOTALS, payment_id=payment_id) or (0, 0, 0)
    if underway:
        status = PaymentStatus.REFUND_DUE
    elif reserved >= payment.amount.amount:
        status = PaymentStatus.REFUNDED
    elif failed:
        status = PaymentStatus.REFUND_FAILED
    else:
        status = PaymentStatus.PAID
    moved = None
    if status is not payment.status:
        moved = payments_repository.move_silently(tx, VERBS[status], payment_id)
    return moved or payments_repository.touch(tx, payment_id)


def event(tx: Tx, kind: type[RefundEvent], refund: Refund) -> RefundEvent:
    """Make an event of a refund, with its payment as it is now."""
    payment = derive_status(tx, refund.payment_id)
    return kind(
        id=payment.id, version=payment.version, order_id=payment.order_id,
        buyer_id=payment.buyer_id, status=payment.status, amount=payment.amount,
        refund_id=refund.id, refunded=refund.amount, reason=refund.reason,
    )  # fmt: skip


def from_row(tx: Tx, row: Row) -> Refund:
    """Read a refund from its `COLUMNS`."""
    return Refund(
        id=row[0], payment_id=row[1], order_id=row[2], amount=Money(amount=row[3], currency=row[4]),
        reason=RefundReason(row[5]), status=RefundStatus(row[6]), live=tx.settings.live,
        created_at=from_us(row[7]), ticket=RefundedTicket(row[9]),
    )  # fmt: skip
