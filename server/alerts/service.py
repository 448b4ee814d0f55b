"""What attention knows and does: open an alert once, close it, tell what is open."""

from __future__ import annotations

from typing import TypeVar

from sqlalchemy import bindparam, insert, or_, select, update

from contract.alerts import (
    Alert,
    AlertAlreadyResolved,
    AlertClosed,
    AlertKind,
    AlertNotFound,
    AlertOpened,
)
from contract.jobs import JobFailed, JobRetried
from db.schema.alerts import alerts
from db.statement import Row, Statement
from db.types import from_us
from server.tx import Tx

Event = TypeVar("Event", AlertOpened, AlertClosed)

COLUMNS = (
    alerts.c.id, alerts.c.kind, alerts.c.subject, alerts.c.order_id,
    alerts.c.detail, alerts.c.opened_at, alerts.c.closed_at, alerts.c.closed_by,
    alerts.c.note, alerts.c.version,
)  # fmt: skip
INSERT = Statement(insert(alerts).returning(*COLUMNS))
OPEN_ABOUT = Statement(
    select(*COLUMNS).where(
        alerts.c.kind == bindparam("about_kind"),
        alerts.c.subject == bindparam("about"),
        alerts.c.closed_at.is_(None),
    )
)
SETTLED = Statement(
    select(alerts.c.id).where(
        alerts.c.kind == bindparam("about_kind"),
        alerts.c.subject == bindparam("about"),
        alerts.c.closed_by != bindparam("itself"),
    )
)
VIEW = Statement(select(*COLUMNS).where(alerts.c.id == bindparam("alert_id")))
CLOSE = Statement(
    update(alerts)
    .where(alerts.c.id == bindparam("alert_id"), alerts.c.closed_at.is_(None))
    .values(
        closed_at=bindparam("now"), closed_by=bindparam("by"), note=bindparam("said"),
        version=alerts.c.version + 1,
    )
    .returning(*COLUMNS)
)  # fmt: skip
FIND = Statement(
    select(*COLUMNS)
    .where(
        or_(bindparam("kind_is") == "", alerts.c.kind == bindparam("kind_is")),
        or_(bindparam("also_closed") == 1, alerts.c.closed_at.is_(None)),
        alerts.c.id < bindparam("before"),
    )
    .order_by(alerts.c.id.desc())
    .limit(bindparam("most"))
)
#: Who closes what auto_resolve itself.
ITSELF = "system"
#: What is said of work that is tried again.
TAKEN_UP = "The work was taken up again."


def open_alert(
    tx: Tx, kind: AlertKind, subject: str, *, detail: str, order_id: str | None = None
) -> None:
    """Tell operators of something, once as long as it is open."""
    tx.advisory_lock(f"attention:{kind}:{subject}")
    if tx.first(OPEN_ABOUT, about_kind=kind.value, about=subject) is not None:
        return
    row = tx.first(
        INSERT,
        id=tx.new_id("att"), kind=kind.value, subject=subject, order_id=order_id,
        detail=detail[:500], version=1, opened_at=tx.now_us, closed_at=None, closed_by=None,
        note=None,
    )  # fmt: skip
    tx.publish(_event(AlertOpened, row))


def is_open(tx: Tx, kind: AlertKind, subject: str) -> bool:
    """Tell whether operators have been told of something and it is not over."""
    return tx.first(OPEN_ABOUT, about_kind=kind.value, about=subject) is not None


def was_resolved(tx: Tx, kind: AlertKind, subject: str) -> bool:
    """Tell whether an operator has seen to this before; what auto_resolve itself does not count."""
    return tx.first(SETTLED, about_kind=kind.value, about=subject, itself=ITSELF) is not None


def auto_resolve(tx: Tx, kind: AlertKind, subject: str, *, note: str) -> None:
    """Close an alert that is none any more, if it is open."""
    _over(tx, kind, subject, by=ITSELF, note=note)


def resolve(tx: Tx, *, alert_id: str, by: str, note: str) -> Alert:
    """Close an alert. Raises AlertNotFound, AlertAlreadyResolved."""
    if tx.first(VIEW, alert_id=alert_id) is None:
        raise AlertNotFound
    row = tx.first(CLOSE, alert_id=alert_id, by=by, said=note, now=tx.now_us)
    if row is None:
        raise AlertAlreadyResolved
    tx.publish(_event(AlertClosed, row))
    return _told(row)


def job_failed(tx: Tx, event: JobFailed) -> None:
    """Tell operators of work that was given up."""
    open_alert(tx, AlertKind.JOB_FAILED, _work(event), detail=event.error, order_id=event.order_id)


def job_retried(tx: Tx, event: JobRetried) -> None:
    """Close the alert of work that was given up, in the name of who has it taken up again.

    At once, not when the work is done: it is not given up any more, and should it be again, that
    is an alert of its own, which is told of anew. One that stayed open would swallow that.
    """
    _over(tx, AlertKind.JOB_FAILED, _work(event), by=tx.actor, note=TAKEN_UP)


def find(
    tx: Tx, *, kind: AlertKind | None, also_closed: bool, before: str, most: int
) -> tuple[Alert, ...]:
    """List alerts, newest first."""
    rows = tx.all(
        FIND, kind_is=kind or "", also_closed=int(also_closed), before=before, most=most
    )  # fmt: skip
    return tuple(_told(row) for row in rows)


def _over(tx: Tx, kind: AlertKind, subject: str, *, by: str, note: str) -> None:
    """Close what is open about a subject, if anything is."""
    row = tx.first(OPEN_ABOUT, about_kind=kind.value, about=subject)
    if row is not None:
        closed = tx.first(CLOSE, alert_id=row[0], by=by, said=note, now=tx.now_us)
        if closed is not None:  # or an operator was a moment faster
            tx.publish(_event(AlertClosed, closed))


def _work(event: JobFailed | JobRetried) -> str:
    """Name a piece of work as the subject of an alert."""
    return f"{event.kind}:{event.subject}"


def _event(kind: type[Event], row: Row | None) -> Event:
    assert row is not None  # noqa: S101  an INSERT … RETURNING always returns
    alert = _told(row)
    return kind(
        id=alert.id, version=row[9], kind=alert.kind, subject=alert.subject,
        order_id=alert.order_id,
    )  # fmt: skip


def _told(row: Row) -> Alert:
    return Alert(
        id=row[0], kind=AlertKind(row[1]), subject=row[2], order_id=row[3], detail=row[4],
        opened_at=from_us(row[5]), closed_at=None if row[6] is None else from_us(row[6]),
        closed_by=row[7], note=row[8],
    )  # fmt: skip
