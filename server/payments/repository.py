"""Payments in the database: our record of each attempt to pay an order.

Every move is one guarded UPDATE.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeVar

import msgspec
from sqlalchemy import bindparam, func, insert, select, update

from contract.money import Money
from contract.orders import Order
from contract.payments import (
    PaymentCreated,
    PaymentFailed,
    PaymentLate,
    PaymentNotStarted,
    PaymentStarted,
    PaymentStatus,
    PaymentUpdated,
)
from db.dialect import upsert
from db.schema.payments import UNDECIDED, declines, payments
from db.statement import Row, Statement
from server.payments.states import MOVES
from server.states import sources, target
from server.stripe import ChargeDecline, PaymentState
from server.tx import Tx

PaymentEvent = TypeVar(
    "PaymentEvent", PaymentStarted, PaymentUpdated, PaymentCreated, PaymentFailed, PaymentLate
)

#: The columns of a payment; `from_row` reads them.
COLUMNS = (
    payments.c.id, payments.c.order_id, payments.c.buyer_id, payments.c.status, payments.c.amount,
    payments.c.currency, payments.c.parameters, payments.c.session_id, payments.c.intent_id,
    payments.c.page_url, payments.c.live, payments.c.declines, payments.c.declined,
    payments.c.version, payments.c.created_at, payments.c.card_id, payments.c.charge_id,
    payments.c.card,
)  # fmt: skip
_IS_ONE = payments.c.id == bindparam("payment_id")
_NEXT_VERSION = {"version": payments.c.version + 1, "updated_at": bindparam("now")}

#: Nothing of a new payment is reserved for refunds.
INSERT = Statement(
    insert(payments).returning(*COLUMNS),
    columns=[c.name for c in payments.c if c is not payments.c.promised],
)
VIEW = Statement(select(*COLUMNS).where(_IS_ONE))
OF_ORDER = Statement(
    select(*COLUMNS)
    .where(payments.c.order_id == bindparam("order"))
    .order_by(payments.c.created_at.desc(), payments.c.id.desc())
)
BY_STRIPE_ID = Statement(
    select(payments.c.id).where(
        (payments.c.session_id == bindparam("stripe"))
        | (payments.c.intent_id == bindparam("stripe"))
    )
)
OF_MODE = Statement(select(payments.c.id).where(payments.c.live == bindparam("is_live")).limit(1))
#: Payments that have been authorised, and not captured, for long.
SLOW = Statement(
    select(payments.c.id, payments.c.order_id).where(
        payments.c.status == PaymentStatus.AUTHORISED, payments.c.updated_at <= bindparam("before")
    )
)
_NOT_DECIDED = select(payments.c.id, payments.c.order_id, payments.c.status).where(
    payments.c.status.in_(UNDECIDED)
)
NOT_DECIDED = Statement(
    _NOT_DECIDED.where(payments.c.id > bindparam("after"))
    .order_by(payments.c.id)
    .limit(bindparam("most"))
)
OLDEST = Statement(
    select(payments.c.created_at)
    .where(payments.c.status.in_(UNDECIDED))
    .order_by(payments.c.id)
    .limit(1)
)
#: Something other than its status changed.
TOUCH = Statement(update(payments).where(_IS_ONE).values(**_NEXT_VERSION).returning(*COLUMNS))


def _move(verb: str) -> Statement:
    return Statement(
        update(payments)
        .where(_IS_ONE, payments.c.status.in_(sources(MOVES, verb)))
        .values(status=target(MOVES, verb), **_NEXT_VERSION)
        .returning(*COLUMNS)
    )


MOVE = {verb: _move(verb) for verbs in MOVES.values() for verb in verbs}
#: A webhook may name the session before our own call returns: what is stored stays.
STORE_IDS = Statement(
    update(payments)
    .where(_IS_ONE)
    .values(
        session_id=func.coalesce(payments.c.session_id, bindparam("session")),
        intent_id=func.coalesce(payments.c.intent_id, bindparam("intent")),
        page_url=func.coalesce(payments.c.page_url, bindparam("url")),
        charge_id=func.coalesce(bindparam("charge"), payments.c.charge_id),
        card=func.coalesce(bindparam("card_paid"), payments.c.card),
    )
)
INSERT_DECLINE = Statement(
    lambda kind: upsert(kind, declines).on_conflict_do_nothing(index_elements=["charge_id"])
)
COUNT_DECLINE = Statement(
    update(payments)
    .where(_IS_ONE)
    .values(
        declines=payments.c.declines + 1, declined=bindparam("message"), **_NEXT_VERSION
    )
    .returning(*COLUMNS)
)  # fmt: skip
DECLINES_OF_ORDER = Statement(select(func.count()).where(declines.c.order_id == bindparam("order")))

_IS_NEW = (_IS_ONE, payments.c.status == PaymentStatus.NEW.value)
#: `updated_at` of a new payment is when the charge of its card was last begun.
BEGIN_CHARGE = Statement(update(payments).where(*_IS_NEW).values(updated_at=bindparam("now")))
CHARGE_BEGUN_SINCE = Statement(
    select(payments.c.id).where(*_IS_NEW, payments.c.updated_at > bindparam("since"))
)
SET_DECLINED = Statement(update(payments).where(*_IS_NEW).values(declined=bindparam("message")))


@dataclass(frozen=True)
class PaymentRecord:
    """One attempt to pay an order, on a page or with a saved card (`card_id`)."""

    id: str
    order_id: str
    buyer_id: str
    status: PaymentStatus
    amount: Money
    parameters: dict[str, Any]
    session_id: str | None
    intent_id: str | None
    page_url: str | None
    live: bool
    declines: int
    declined: str | None
    version: int
    created_us: int
    card_id: str | None
    charge_id: str | None
    card: str | None


def create(
    tx: Tx, order: Order, payment_id: str, *, parameters: dict[str, Any], card_id: str | None = None
) -> PaymentRecord:
    """Store a new payment and publish it; `parameters` are the arguments of the call to Stripe."""
    row = tx.first(
        INSERT,
        id=payment_id, order_id=order.id, buyer_id=order.buyer_id,
        status=PaymentStatus.NEW.value, amount=order.price.amount,
        currency=order.price.currency, parameters=msgspec.json.encode(parameters).decode(),
        session_id=None, intent_id=None, page_url=None, live=int(tx.settings.live), declines=0,
        declined=None, version=1, created_at=tx.now_us, updated_at=tx.now_us, card_id=card_id,
        charge_id=None, card=None,
    )  # fmt: skip
    payment = from_row(row)
    tx.publish(event(PaymentStarted, payment))
    return payment


def view(tx: Tx, *, payment_id: str) -> PaymentRecord:
    """Return a payment. Raises PaymentNotStarted."""
    row = tx.first(VIEW, payment_id=payment_id)
    if row is None:
        raise PaymentNotStarted
    return from_row(row)


def find(tx: Tx, *, payment_id: str | None, stripe_ids: tuple[str, ...]) -> PaymentRecord | None:
    """Return the payment with this id, or else with one of Stripe's ids; None if there is none."""
    for stripe_id in stripe_ids if payment_id is None else ():
        row = tx.first(BY_STRIPE_ID, stripe=stripe_id)
        if row is not None:
            payment_id = row[0]
    row = None if payment_id is None else tx.first(VIEW, payment_id=payment_id)
    return None if row is None else from_row(row)


def of_order(tx: Tx, *, order_id: str) -> tuple[PaymentRecord, ...]:
    """Return the payments of an order, newest first."""
    return tuple(from_row(row) for row in tx.all(OF_ORDER, order=order_id))


def not_decided(tx: Tx, *, after: str, most: int) -> list[Row]:
    """Return id, order and status of payments that are not decided, in order of id."""
    return tx.all(NOT_DECIDED, after=after, most=most)


def oldest_undecided(tx: Tx) -> int | None:
    """Return when the oldest payment that is not decided was created, in microseconds."""
    row = tx.first(OLDEST)
    return None if row is None else row[0]


def exists_in_mode(tx: Tx, *, live: bool) -> bool:
    """Tell whether there is a payment in live mode, or in test mode."""
    return tx.first(OF_MODE, is_live=int(live)) is not None


def slow_captures(tx: Tx, *, before: int) -> list[Row]:
    """Return id and order of payments that have been authorised since `before`."""
    return tx.all(SLOW, before=before)


def store_ids(tx: Tx, payment_id: str, state: PaymentState) -> None:
    """Store Stripe's ids of a payment, whoever learns them first."""
    tx.execute(
        STORE_IDS,
        payment_id=payment_id, session=state.session_id, intent=state.intent_id, url=state.url,
        charge=state.charge_id, card_paid=state.card,
    )  # fmt: skip


def move(tx: Tx, verb: str, payment_id: str) -> PaymentRecord | None:
    """Move a payment, if that is allowed, and publish `payment.updated`."""
    payment = move_silently(tx, verb, payment_id)
    if payment is not None:
        tx.publish(event(PaymentUpdated, payment))
    return payment


def move_silently(tx: Tx, verb: str, payment_id: str) -> PaymentRecord | None:
    """Move a payment, if that is allowed; the event is published by the code that calls this."""
    row = tx.first(MOVE[verb], payment_id=payment_id, now=tx.now_us)
    return None if row is None else from_row(row)


def touch(tx: Tx, payment_id: str) -> PaymentRecord:
    """Give a payment its next version, because something other than its status changed."""
    return from_row(tx.first(TOUCH, payment_id=payment_id, now=tx.now_us))


def add_decline(tx: Tx, payment: PaymentRecord, decline: ChargeDecline) -> PaymentRecord | None:
    """Count a decline; None when it was counted before."""
    new = tx.execute(
        INSERT_DECLINE,
        charge_id=decline.charge_id, payment_id=payment.id, order_id=payment.order_id,
        code=decline.code, at=tx.now_us,
    )  # fmt: skip
    if not new:
        return None
    return from_row(
        tx.first(COUNT_DECLINE, payment_id=payment.id, message=decline.message, now=tx.now_us)
    )


def declines_of_order(tx: Tx, *, order_id: str) -> int:
    """Count the declines of all payments of an order."""
    (count,) = tx.first(DECLINES_OF_ORDER, order=order_id) or (0,)
    return int(count)


def begin_charge(tx: Tx, payment_id: str) -> bool:
    """Record that the charge of a saved card begins now; tell whether it may."""
    return bool(tx.execute(BEGIN_CHARGE, payment_id=payment_id, now=tx.now_us))


def charge_begun_since(tx: Tx, payment_id: str, *, since: int) -> bool:
    """Tell whether a charge that is not decided was begun after `since`."""
    return tx.first(CHARGE_BEGUN_SINCE, payment_id=payment_id, since=since) is not None


def set_declined(tx: Tx, payment_id: str, message: str) -> None:
    """Store why a charge failed that was not declined."""
    tx.execute(SET_DECLINED, payment_id=payment_id, message=message)


def event(kind: type[PaymentEvent], payment: PaymentRecord) -> PaymentEvent:
    """Make an event of a payment as it is now."""
    return kind(
        id=payment.id, version=payment.version, order_id=payment.order_id,
        buyer_id=payment.buyer_id, status=payment.status, amount=payment.amount,
    )  # fmt: skip


def from_row(row: Row | None) -> PaymentRecord:
    """Read a payment from its `COLUMNS`."""
    assert row is not None  # noqa: S101  an INSERT … RETURNING always returns
    return PaymentRecord(
        id=row[0], order_id=row[1], buyer_id=row[2], status=PaymentStatus(row[3]),
        amount=Money(amount=row[4], currency=row[5]), parameters=msgspec.json.decode(row[6]),
        session_id=row[7], intent_id=row[8], page_url=row[9], live=bool(row[10]),
        declines=row[11], declined=row[12], version=row[13], created_us=row[14],
        card_id=row[15], charge_id=row[16], card=row[17],
    )  # fmt: skip
