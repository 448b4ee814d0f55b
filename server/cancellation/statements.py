"""The SQL of cancellation: orders and their payments, read together.

It only reads. Orders, tickets and refunds are changed by their own services.
"""

from __future__ import annotations

from sqlalchemy import and_, bindparam, func, select

from contract.orders import OrderStatus
from contract.payments import PaymentStatus
from db.schema.orders import orders
from db.schema.payments import payments, refunds
from db.statement import Statement

_SOLD = and_(orders.c.show_id == bindparam("show"), orders.c.status == OrderStatus.COMPLETE)
_PAID = orders.join(payments, payments.c.id == orders.c.payment_id)
_UNREFUNDED = and_(_SOLD, payments.c.promised < payments.c.amount)
#: Sold, and neither refunded in full nor with refunds under way for all of it.
NOT_REFUNDED = Statement(
    select(orders.c.id)
    .select_from(_PAID)
    .where(_UNREFUNDED, orders.c.id > bindparam("after"))
    .order_by(orders.c.id)
    .limit(bindparam("most"))
)
#: Of these, the ones that wait only for us.
ORDERS_LEFT = Statement(
    select(func.count())
    .select_from(_PAID)
    .where(
        _UNREFUNDED,
        orders.c.disputed == 0,
        payments.c.status.in_([PaymentStatus.PAID.value, PaymentStatus.REFUND_DUE.value]),
    )
)
REFUND_COUNTS = Statement(
    select(refunds.c.status, func.count())
    .select_from(orders.join(refunds, refunds.c.payment_id == orders.c.payment_id))
    .where(_SOLD)
    .group_by(refunds.c.status)
    .order_by(refunds.c.status)
)
REFUNDED_AMOUNTS = Statement(
    select(orders.c.price_currency, func.sum(orders.c.refunded_amount))
    .where(_SOLD, orders.c.refunded_amount > 0)
    .group_by(orders.c.price_currency)
    .order_by(orders.c.price_currency)
)
