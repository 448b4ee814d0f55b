"""The inbox: what Stripe told us, each message kept once. It only wakes; the truth is asked for."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import bindparam, delete, func, select

from contract.payments import PaymentNotStarted
from db.schema.payments import inbox
from db.statement import Statement
from server import jobs
from server.clock import SECOND
from server.payments import attempts
from server.payments import statements as sql
from server.payments.attempts import Attempt
from server.payments.cards import service as cards
from server.payments.refunds import book
from server.payments.refunds.work import LOOK as LOOK_AT_REFUNDS
from server.payments.stripe import Message
from server.tx import Tx

#: Stripe tells again for three days and lists for thirty: what is older cannot come a second time.
KEEP = 31 * 24 * 3600 * SECOND

NEWEST = Statement(select(func.max(inbox.c.received_at)))
SINCE = Statement(select(inbox.c.id).where(inbox.c.received_at >= bindparam("since")))
FORGET = Statement(
    delete(inbox).where(inbox.c.received_at < bindparam("before"), inbox.c.handled_at.is_not(None))
)


class Wake(NamedTuple):
    """The work a message calls for."""

    kind: str
    subject: str
    order_id: str | None


def receive(tx: Tx, message: Message) -> None:
    """Keep a message once, and wake the work that finds out what is behind it."""
    wake = _wake(tx, message)
    subject = next(iter(message.names), "") if wake is None else wake.subject
    new = tx.execute(
        sql.RECEIVE,
        id=message.id, type=message.type, object_id=subject, received_at=tx.now_us,
        handled_at=tx.now_us if wake is None else None,
    )  # fmt: skip
    if new and wake is not None:
        jobs.enqueue(tx, wake.kind, wake.subject, order_id=wake.order_id)


def handled(tx: Tx, subject: str, *, until: int) -> None:
    """Note that the messages about a subject, received until then, have had their effect."""
    tx.execute(sql.HANDLED, payment=subject, until=until, now=tx.now_us)


def newest(tx: Tx) -> int | None:
    """Return when the newest message was received."""
    row = tx.first(NEWEST)
    return None if row is None else row[0]


def known(tx: Tx, *, since: int) -> frozenset[str]:
    """Return the ids of the messages received since then."""
    return frozenset(row[0] for row in tx.all(SINCE, since=since))


def delete_expired(tx: Tx) -> None:
    """Drop messages that had their effect and cannot come again."""
    tx.execute(FORGET, before=tx.now_us - KEEP)


def _wake(tx: Tx, message: Message) -> Wake | None:
    """Say which work a message calls for; None when it is about nothing of this shop's."""
    attempt = _payment(tx, message)
    order_id = None if attempt is None else attempt.order_id
    if message.about == "dispute":
        return Wake(attempts.DISPUTE, message.names[0], order_id)
    setup_id, refund_id = message.notes.get("setup"), message.notes.get("refund")
    if setup_id is not None and cards.knows(tx, setup_id=setup_id):
        return Wake(cards.SETUP, setup_id, None)
    if refund_id is not None and book.view(tx, refund_id) is not None:
        return Wake(attempts.REFUND, refund_id, order_id)
    if attempt is None:
        return None
    back = message.about == "refund" or message.type == "charge.refunded"
    return Wake(LOOK_AT_REFUNDS if back else attempts.REFRESH, attempt.id, order_id)


def _payment(tx: Tx, message: Message) -> Attempt | None:
    """Find the payment a message is about: we wrote it there, or know one of its names."""
    noted = message.notes.get("payment")
    for name in message.names if noted is None else ():
        row = tx.first(sql.BY_STRIPE_ID, stripe=name)
        if row is not None:
            noted = row[0]
    try:
        return None if noted is None else attempts.view(tx, payment_id=noted)
    except PaymentNotStarted:
        return None  # of another shop on the same account
