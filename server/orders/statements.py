"""The SQL of orders: every transition is one guarded UPDATE."""

from __future__ import annotations

from typing import Any

from sqlalchemy import and_, bindparam, func, insert, or_, select, update

from contract.orders import OPEN_STATUSES, CancelReason, OrderStatus
from db.schema.orders import orders
from db.statement import Statement
from server.orders.states import MOVES
from server.states import source, target

#: The columns of an order; `service` reads them in this order.
COLUMNS = (
    orders.c.id, orders.c.ticket_id, orders.c.buyer_id, orders.c.status, orders.c.reason,
    orders.c.price_amount, orders.c.price_currency, orders.c.expires_at, orders.c.created_at,
    orders.c.version, orders.c.pay_code, orders.c.payment_id, orders.c.ended_at,
    orders.c.fee_amount, orders.c.refunded_amount, orders.c.disputed, orders.c.seller_id,
    orders.c.show_id,
)  # fmt: skip
_BY_ID = orders.c.id == bindparam("order_id")


def _transition(verb: str, *, ends: bool) -> dict[str, Any]:
    values: dict[str, Any] = {
        "status": target(MOVES, verb),
        "version": orders.c.version + 1,
        "updated_at": bindparam("now"),
    }
    return values | ({"ended_at": bindparam("now")} if ends else {})


INSERT = Statement(insert(orders))
VIEW = Statement(select(*COLUMNS).where(_BY_ID))
BY_PAY_CODE = Statement(select(*COLUMNS).where(orders.c.pay_code == bindparam("code")))
#: The two numbers that the purchase limits depend on, in one read.
BUYER_LIMITS = Statement(
    select(
        select(func.count())
        .where(orders.c.buyer_id == bindparam("buyer"), orders.c.status.in_(OPEN_STATUSES))
        .scalar_subquery(),
        select(func.max(orders.c.ended_at))
        .where(
            orders.c.ticket_id == bindparam("ticket"),
            orders.c.buyer_id == bindparam("buyer"),
            orders.c.status == OrderStatus.CANCELLED,
            orders.c.reason == CancelReason.EXPIRED,
        )
        .scalar_subquery(),
    )
)
#: How many tickets of a show a buyer has locked.
OPEN_AT_SHOW = Statement(
    select(func.count()).where(
        orders.c.buyer_id == bindparam("buyer"), orders.c.status.in_(OPEN_STATUSES),
        orders.c.show_id == bindparam("at_show"),
    )
)  # fmt: skip
#: The open order by which a buyer holds a ticket, while there is still time to pay it.
OWN_LOCK = Statement(
    select(*COLUMNS).where(
        orders.c.ticket_id == bindparam("ticket"),
        orders.c.buyer_id == bindparam("buyer"),
        or_(
            orders.c.status == OrderStatus.CONFIRMING,
            and_(
                orders.c.status == OrderStatus.AWAITING_PAYMENT,
                orders.c.expires_at > bindparam("now"),
            ),
        ),
    )
)
# A claim gives the order to one payment; the deadline is checked in the same step.
CONFIRM = Statement(
    update(orders)
    .where(
        _BY_ID,
        orders.c.status == source(MOVES, "confirm"),
        orders.c.expires_at > bindparam("now"),
    )
    .values(payment_id=bindparam("by_payment"), **_transition("confirm", ends=False))
    .returning(*COLUMNS)
)
_OWNED = and_(_BY_ID, orders.c.payment_id == bindparam("by_payment"))
COMPLETE = Statement(
    update(orders)
    .where(_OWNED, orders.c.status == source(MOVES, "complete"))
    .values(is_current=1, **_transition("complete", ends=True))
    .returning(*COLUMNS)
)
# Whoever bought the ticket before is no longer its last buyer. Comes just before `COMPLETE`.
_COMPLETED = orders.alias()
SUPERSEDE = Statement(
    update(orders)
    .where(
        orders.c.is_current == 1,
        orders.c.ticket_id
        == select(_COMPLETED.c.ticket_id)
        .where(
            _COMPLETED.c.id == bindparam("order_id"),
            _COMPLETED.c.payment_id == bindparam("by_payment"),
            _COMPLETED.c.status == source(MOVES, "complete"),
        )
        .scalar_subquery(),
    )
    .values(is_current=0)
)
REOPEN = Statement(
    update(orders)
    .where(
        _OWNED, orders.c.status == source(MOVES, "reopen"), orders.c.expires_at > bindparam("now")
    )
    .values(payment_id=None, **_transition("reopen", ends=False))
    .returning(*COLUMNS)
)
GIVE_UP = Statement(
    update(orders)
    .where(_OWNED, orders.c.status == source(MOVES, "give_up"))
    .values(reason=CancelReason.PAYMENT_FAILED, **_transition("give_up", ends=True))
    .returning(*COLUMNS)
)
# Guarded on awaiting_payment: of a claim and a cancellation, the first to commit wins.
CANCEL = Statement(
    update(orders)
    .where(_BY_ID, orders.c.status == source(MOVES, "cancel"))
    .values(reason=bindparam("why"), **_transition("cancel", ends=True))
    .returning(*COLUMNS)
)
EXPIRE = Statement(
    update(orders)
    .where(
        _BY_ID, orders.c.status == source(MOVES, "cancel"), orders.c.expires_at <= bindparam("now")
    )
    .values(reason=CancelReason.EXPIRED, **_transition("cancel", ends=True))
    .returning(*COLUMNS)
)
# A refund or dispute leaves the order complete; its version shows that something changed.
ADD_REFUND = Statement(
    update(orders)
    .where(_BY_ID)
    .values(
        refunded_amount=orders.c.refunded_amount + bindparam("more"),
        version=orders.c.version + 1, updated_at=bindparam("now"),
    )
    .returning(*COLUMNS)
)  # fmt: skip
SET_DISPUTED = Statement(
    update(orders)
    .where(_BY_ID, orders.c.disputed != bindparam("is_disputed"))
    .values(
        disputed=bindparam("is_disputed"), version=orders.c.version + 1,
        updated_at=bindparam("now"),
    )
    .returning(*COLUMNS)
)  # fmt: skip
LIST = Statement(
    select(*COLUMNS)
    .where(
        or_(bindparam("buyer_id") == "", orders.c.buyer_id == bindparam("buyer_id")),
        or_(bindparam("ticket_id") == "", orders.c.ticket_id == bindparam("ticket_id")),
        or_(bindparam("status") == "", orders.c.status == bindparam("status")),
        orders.c.id < bindparam("before_id"),
    )
    .order_by(orders.c.id.desc())
    .limit(bindparam("limit"))
)
LIST_OF_BUYER = Statement(
    select(*COLUMNS)
    .where(
        orders.c.buyer_id == bindparam("buyer_id"),
        or_(bindparam("status") == "", orders.c.status == bindparam("status")),
        orders.c.id < bindparam("before_id"),
    )
    .order_by(orders.c.id.desc())
    .limit(bindparam("limit"))
)
IS_CURRENT = Statement(select(orders.c.id).where(_BY_ID, orders.c.is_current == 1))
SET_CURRENT = Statement(update(orders).where(_BY_ID).values(is_current=bindparam("current")))
#: `ended_at` is the time of the sale and does not change with a later refund or dispute.
PAST_SALES = Statement(
    select(
        orders.c.ended_at, orders.c.section, orders.c.price_amount, orders.c.price_currency,
    )
    .where(orders.c.show_id == bindparam("show"), orders.c.status == OrderStatus.COMPLETE)
    .order_by(orders.c.ended_at.desc(), orders.c.id.desc())
    .limit(bindparam("limit"))
)  # fmt: skip
COUNT = Statement(select(orders.c.status, func.count()).group_by(orders.c.status))
_DUE = and_(
    orders.c.status == OrderStatus.AWAITING_PAYMENT, orders.c.expires_at <= bindparam("now")
)
NEXT_DEADLINE = Statement(
    select(func.min(orders.c.expires_at)).where(orders.c.status == OrderStatus.AWAITING_PAYMENT)
)
#: Orders that another server is ending at this moment are skipped.
DUE = Statement(
    select(orders.c.id, orders.c.buyer_id, orders.c.expires_at)
    .where(_DUE)
    .order_by(orders.c.expires_at)
    .limit(bindparam("limit"))
    .with_for_update(skip_locked=True)
)
MOVE = Statement(
    update(orders).where(orders.c.show_id == bindparam("show")).values(show_id=bindparam("into"))
)
