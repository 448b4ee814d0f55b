"""The rules of alerts: open one per kind and subject, resolve it, list the open ones."""

from __future__ import annotations

from typing import TypeVar

from contract.alerts import (
    Alert,
    AlertAlreadyResolved,
    AlertClosed,
    AlertKind,
    AlertNotFound,
    AlertOpened,
)
from contract.jobs import JobFailed, JobRetried
from db.statement import Row
from db.types import from_us
from server.alerts import statements as sql
from server.tx import Tx

AlertEvent = TypeVar("AlertEvent", AlertOpened, AlertClosed)

#: Who resolves an alert whose cause has gone away.
SYSTEM = "system"
#: The note of an alert about a job that an operator retries.
JOB_RETRIED = "The job was retried."


def open_alert(  # noqa: PLR0913  what an operator is told
    tx: Tx,
    kind: AlertKind,
    subject: str,
    *,
    detail: str,
    order_id: str | None = None,
    other_id: str | None = None,
) -> None:
    """Alert operators, unless an alert of this kind and subject is open already."""
    tx.advisory_lock(f"attention:{kind}:{subject}")
    if tx.first(sql.VIEW_OPEN, kind=kind.value, subject=subject) is not None:
        return
    row = tx.first(
        sql.INSERT,
        id=tx.new_id("att"), kind=kind.value, subject=subject, order_id=order_id,
        detail=detail[:500], version=1, opened_at=tx.now_us, closed_at=None, closed_by=None,
        note=None, other_id=other_id,
    )  # fmt: skip
    tx.publish(_event(AlertOpened, row))


def is_open(tx: Tx, kind: AlertKind, subject: str) -> bool:
    """Tell whether there is an open alert of this kind and subject."""
    return tx.first(sql.VIEW_OPEN, kind=kind.value, subject=subject) is not None


def was_resolved(tx: Tx, kind: AlertKind, subject: str) -> bool:
    """Tell whether an operator has resolved such an alert before; `auto_resolve` does not count."""
    row = tx.first(sql.RESOLVED_BY_OPERATOR, kind=kind.value, subject=subject, system=SYSTEM)
    return row is not None


def auto_resolve(tx: Tx, kind: AlertKind, subject: str, *, note: str) -> None:
    """Resolve an alert whose cause has gone away, if it is open."""
    _resolve_if_open(tx, kind, subject, by=SYSTEM, note=note)


def view(tx: Tx, *, alert_id: str) -> Alert:
    """Return an alert. Raises AlertNotFound."""
    row = tx.first(sql.VIEW, alert_id=alert_id)
    if row is None:
        raise AlertNotFound
    return _from_row(row)


def resolve(tx: Tx, *, alert_id: str, by: str, note: str) -> Alert:
    """Resolve an alert. Raises AlertNotFound, AlertAlreadyResolved."""
    view(tx, alert_id=alert_id)
    row = tx.first(sql.RESOLVE, alert_id=alert_id, by=by, resolution=note, now=tx.now_us)
    if row is None:
        raise AlertAlreadyResolved
    tx.publish(_event(AlertClosed, row))
    return _from_row(row)


def job_failed(tx: Tx, event: JobFailed) -> None:
    """Alert operators to a job that has failed for good."""
    open_alert(
        tx, AlertKind.JOB_FAILED, _subject(event), detail=event.error, order_id=event.order_id
    )


def job_retried(tx: Tx, event: JobRetried) -> None:
    """Resolve the alert of a failed job, in the name of the operator who retries it.

    This happens at once, not when the job is done: should it fail again, that opens a new alert. An
    alert that stayed open would hide the second failure.
    """
    _resolve_if_open(tx, AlertKind.JOB_FAILED, _subject(event), by=tx.actor, note=JOB_RETRIED)


def list_alerts(
    tx: Tx, *, kind: AlertKind | None, include_resolved: bool, before_id: str, limit: int
) -> tuple[Alert, ...]:
    """List alerts, newest first."""
    rows = tx.all(
        sql.LIST, kind=kind or "", include_resolved=int(include_resolved), before_id=before_id,
        limit=limit,
    )  # fmt: skip
    return tuple(map(_from_row, rows))


def _resolve_if_open(tx: Tx, kind: AlertKind, subject: str, *, by: str, note: str) -> None:
    row = tx.first(sql.VIEW_OPEN, kind=kind.value, subject=subject)
    if row is not None:
        resolved = tx.first(sql.RESOLVE, alert_id=row[0], by=by, resolution=note, now=tx.now_us)
        if resolved is not None:  # None if an operator was a moment faster
            tx.publish(_event(AlertClosed, resolved))


def _subject(event: JobFailed | JobRetried) -> str:
    """Return the subject of an alert about a job."""
    return f"{event.kind}:{event.subject}"


def _event(kind: type[AlertEvent], row: Row | None) -> AlertEvent:
    assert row is not None  # noqa: S101  an INSERT … RETURNING always returns
    alert = _from_row(row)
    return kind(
        id=alert.id, version=row[9], kind=alert.kind, subject=alert.subject,
        order_id=alert.order_id,
    )  # fmt: skip


def _from_row(row: Row) -> Alert:
    return Alert(
        id=row[0], kind=AlertKind(row[1]), subject=row[2], order_id=row[3], detail=row[4],
        opened_at=from_us(row[5]), closed_at=None if row[6] is None else from_us(row[6]),
        closed_by=row[7], note=row[8], other_id=row[10],
    )  # fmt: skip
