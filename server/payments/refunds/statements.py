"""What refunds ask of the database."""

from __future__ import annotations

from sqlalchemy import bindparam, func, insert, or_, select, update

from contract.refunds import RefundStatus
from db.schema.payments import UNDERWAY, payments, refunds
from db.statement import Statement

#: The columns of a refund as the service knows it; `service.told` reads them.
COLUMNS = (
    refunds.c.id, refunds.c.payment_id, refunds.c.order_id, refunds.c.amount, refunds.c.currency,
    refunds.c.reason, refunds.c.status, refunds.c.created_at, refunds.c.stripe_id,
)  # fmt: skip
_IS_ONE = refunds.c.id == bindparam("refund_id")
_OF_PAYMENT = refunds.c.payment_id == bindparam("payment_id")

INSERT = Statement(insert(refunds).returning(*COLUMNS))
VIEW = Statement(select(*COLUMNS).where(_IS_ONE))
BY_STRIPE_ID = Statement(select(*COLUMNS).where(refunds.c.stripe_id == bindparam("stripe")))
#: Owed, and not known to have been sent. There is at most one for a payment.
UNSENT = Statement(select(*COLUMNS).where(_OF_PAYMENT, refunds.c.status == RefundStatus.DUE))
OF_PAYMENT = Statement(select(*COLUMNS).where(_OF_PAYMENT).order_by(refunds.c.id))
FIND = Statement(
    select(*COLUMNS)
    .where(
        or_(bindparam("status_is") == "", refunds.c.status == bindparam("status_is")),
        or_(bindparam("order_is") == "", refunds.c.order_id == bindparam("order_is")),
        refunds.c.id < bindparam("before"),
    )
    .order_by(refunds.c.id.desc())
    .limit(bindparam("most"))
)
_COUNT = select(func.count()).where(_OF_PAYMENT)
#: How a payment stands with what goes back of it: promised, under way, failed and not settled.
STANDING = Statement(
    select(
        payments.c.promised,
        _COUNT.where(refunds.c.status.in_(UNDERWAY)).scalar_subquery(),
        _COUNT.where(refunds.c.status == RefundStatus.FAILED).scalar_subquery(),
    ).where(payments.c.id == bindparam("payment_id"))
)
#: Guarded here and by a CHECK: whatever the code does, more than was paid cannot be promised.
PROMISE = Statement(
    update(payments)
    .where(
        payments.c.id == bindparam("payment_id"),
        payments.c.promised + bindparam("more") >= 0,
        payments.c.promised + bindparam("more") <= payments.c.amount,
    )
    .values(promised=payments.c.promised + bindparam("more"))
)
#: From where a refund may get to where.
BEFORE = {
    RefundStatus.SENT: (RefundStatus.DUE,),
    RefundStatus.DONE: (RefundStatus.DUE, RefundStatus.SENT),
    RefundStatus.FAILED: (RefundStatus.DUE, RefundStatus.SENT, RefundStatus.DONE),
    RefundStatus.SETTLED: (RefundStatus.FAILED,),
    RefundStatus.DROPPED: (RefundStatus.DUE, RefundStatus.FAILED),
}
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
