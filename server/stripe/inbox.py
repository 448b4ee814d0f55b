"""The inbox: events received from Stripe, each kept once. An event only wakes a job.

The job then asks Stripe for the current state, so that a missing, late, repeated or forged event
changes nothing.
"""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import bindparam, delete, func, select, update

from db.dialect import upsert
from db.schema.stripe import inbox
from db.statement import Statement
from server import jobs
from server.clock import SECOND
from server.stripe.records import ReceivedEvent
from server.tx import Tx

#: Stripe retries for three days and lists events for thirty: an older one cannot come again.
KEEP = 31 * 24 * 3600 * SECOND

INSERT = Statement(lambda kind: upsert(kind, inbox).on_conflict_do_nothing(index_elements=["id"]))
MARK_HANDLED = Statement(
    update(inbox)
    .where(
        inbox.c.object_id == bindparam("subject"),
        inbox.c.handled_at.is_(None),
        inbox.c.received_at <= bindparam("until"),
    )
    .values(handled_at=bindparam("now"))
)
NEWEST = Statement(select(func.max(inbox.c.received_at)))
SINCE = Statement(select(inbox.c.id).where(inbox.c.received_at >= bindparam("since")))
DELETE = Statement(
    delete(inbox).where(inbox.c.received_at < bindparam("before"), inbox.c.handled_at.is_not(None))
)


class Wakeup(NamedTuple):
    """The job that an event calls for."""

    kind: str
    subject: str
    order_id: str | None


def receive(tx: Tx, event: ReceivedEvent, wakeup: Wakeup | None) -> None:
    """Keep an event once and enqueue the job it calls for; None when it calls for none."""
    subject = next(iter(event.object_ids), "") if wakeup is None else wakeup.subject
    new = tx.execute(
        INSERT,
        id=event.id, type=event.type, object_id=subject, received_at=tx.now_us,
        handled_at=tx.now_us if wakeup is None else None,
    )  # fmt: skip
    if new and wakeup is not None:
        jobs.enqueue(tx, wakeup.kind, wakeup.subject, order_id=wakeup.order_id)


def mark_handled(tx: Tx, subject: str, *, until: int) -> None:
    """Mark the events about a job's subject that were received by `until` as handled."""
    tx.execute(MARK_HANDLED, subject=subject, until=until, now=tx.now_us)


def newest(tx: Tx) -> int | None:
    """Return when the newest event was received, in microseconds."""
    row = tx.first(NEWEST)
    return None if row is None else row[0]


def received_since(tx: Tx, *, since: int) -> frozenset[str]:
    """Return the ids of the events received since then."""
    return frozenset(row[0] for row in tx.all(SINCE, since=since))


def delete_expired(tx: Tx) -> None:
    """Delete events that were handled and cannot come again."""
    tx.execute(DELETE, before=tx.now_us - KEEP)
