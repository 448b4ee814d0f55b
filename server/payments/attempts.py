"""Attempts: our record of each try to pay an order, and its moves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeVar

import msgspec

from contract.money import Money
from contract.payments import (
    PaymentCreated,
    PaymentFailed,
    PaymentLate,
    PaymentNotStarted,
    PaymentStarted,
    PaymentStatus,
    PaymentUpdated,
)
from db.statement import Row
from server.payments import statements as sql
from server.payments import stripe
from server.tx import Tx

Event = TypeVar("Event", PaymentStarted, PaymentUpdated, PaymentCreated, PaymentFailed, PaymentLate)

#: Kinds of jobs. The subject of each is a payment, of the last two a refund and a dispute.
PAGE, REFRESH, CAPTURE, VOID, REFUND, DISPUTE = (
    "payment.page", "payment.refresh", "payment.capture", "payment.void", "payment.refund",
    "payment.dispute",
)  # fmt: skip


@dataclass(frozen=True)
class Attempt:
    """A payment as the house knows it."""

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


def name(tx: Tx, payment_id: str, truth: stripe.Truth) -> None:
    """Keep Stripe's ids of a payment, whoever tells them first."""
    tx.execute(
        sql.NAME,
        payment_id=payment_id, session=truth.session_id, intent=truth.intent_id, url=truth.url,
        charge=truth.charge_id, told_card=truth.card,
    )  # fmt: skip


def view(tx: Tx, *, payment_id: str) -> Attempt:
    """Return a payment. Raises PaymentNotStarted."""
    row = tx.first(sql.VIEW, payment_id=payment_id)
    if row is None:
        raise PaymentNotStarted
    return read(row)


def of_order(tx: Tx, *, order_id: str) -> tuple[Attempt, ...]:
    """Return the payments of an order, newest first."""
    return tuple(read(row) for row in tx.all(sql.OF_ORDER, order=order_id))


def move(tx: Tx, verb: str, payment_id: str) -> Attempt | None:
    """Move a payment if it may, and tell of it."""
    attempt = moved(tx, verb, payment_id)
    if attempt is not None:
        tx.publish(event(PaymentUpdated, attempt))
    return attempt


def moved(tx: Tx, verb: str, payment_id: str) -> Attempt | None:
    """Move a payment if it may; its principal tells of it in words of its own."""
    row = tx.first(sql.MOVE[verb], payment_id=payment_id, now=tx.now_us)
    return None if row is None else read(row)


def touched(tx: Tx, payment_id: str) -> Attempt:
    """Give a payment its next version, for something that became of it beside its status."""
    return read(tx.first(sql.TOUCH, payment_id=payment_id, now=tx.now_us))


def event(kind: type[Event], attempt: Attempt) -> Event:
    """Say what has become of a payment."""
    return kind(
        id=attempt.id, version=attempt.version, order_id=attempt.order_id,
        buyer_id=attempt.buyer_id, status=attempt.status, amount=attempt.amount,
    )  # fmt: skip


def read(row: Row | None) -> Attempt:
    """Read a payment from its `COLUMNS`."""
    assert row is not None  # noqa: S101  an INSERT … RETURNING always returns
    return Attempt(
        id=row[0], order_id=row[1], buyer_id=row[2], status=PaymentStatus(row[3]),
        amount=Money(amount=row[4], currency=row[5]), parameters=msgspec.json.decode(row[6]),
        session_id=row[7], intent_id=row[8], page_url=row[9], live=bool(row[10]),
        declines=row[11], declined=row[12], version=row[13], created_us=row[14],
        card_id=row[15], charge_id=row[16], card=row[17],
    )  # fmt: skip
