"""What the gate decides: who comes in, who does not and why, and what is taken back."""

from __future__ import annotations

from typing import TypeVar

import msgspec

from contract.gate import (
    Admission,
    AdmissionMade,
    AdmissionNotFound,
    AdmissionStatus,
    AdmissionUndone,
    Admit,
    Admitting,
    Entry,
    Refusal,
    Scan,
    Verdict,
    digest_of,
)
from contract.problems import KeyReused
from contract.shows import Show
from db.statement import Row
from db.types import from_us, to_us
from server.gate import statements as sql
from server.gate.lists import salt_of
from server.shows import service as shows
from server.tickets import service as tickets
from server.tx import Tx

Event = TypeVar("Event", AdmissionMade, AdmissionUndone)


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """One scan as it reaches the house: what was shown, where, when, and to whom.

    `let_in` says that the person is in already, whatever the house will say.
    """

    scan_id: str
    show_id: str
    digest: str
    by: str
    gate: str
    at_us: int
    let_in: bool = False


class Judged(msgspec.Struct, frozen=True):
    """A ticket that a code is of, as the gate must know it. An order is there once it is paid."""

    ticket_id: str
    show_id: str
    code: str
    order_id: str | None
    buyer_id: str | None
    refunded: int
    inside_id: str | None
    inside_us: int | None


def scan(tx: Tx, *, by: str, asked: Admit) -> Scan:
    """Let in whoever shows a code, or refuse; either way write it down, once for each `scan_id`.

    Raises NotFound for a show there is not, KeyReused for the `scan_id` of another scan.
    """
    show = shows.view(tx, show_id=asked.show_id)
    at = tx.now_us if asked.scanned_at is None else min(to_us(asked.scanned_at), tx.now_us)
    shown = Shown(
        scan_id=asked.scan_id, show_id=show.id, digest=digest_of(asked.code, salt=salt_of(show.id)),
        by=by, gate=asked.gate.strip(), at_us=at,
    )  # fmt: skip
    alone(tx, shown.digest)
    known = replayed(tx, shown)
    if known is not None:
        return told(tx, known)
    row = tx.first(sql.BY_CODE, code=asked.code, show=show.id)
    found = None if row is None else Judged(*row)
    reason = judge(found, show)
    if found is None or reason is not None:
        return told(tx, refuse(tx, shown, reason=reason or Refusal.UNKNOWN_CODE, found=found))
    return told(tx, admit(tx, shown, found=found))


def alone(tx: Tx, digest: str) -> None:
    """Let only one scan of a code go on at a time: of two gates one is first."""
    tx.advisory_lock(f"gate:{digest}")


def replayed(tx: Tx, shown: Shown) -> Row | None:
    """Return the scan as it was written down before, if it was. Raises KeyReused for another."""
    row = tx.first(sql.VIEW_SCAN, scan_id=shown.scan_id)
    if row is not None and (row[1], row[2]) != (shown.show_id, shown.digest):
        raise KeyReused("This scan_id was used before for a different scan.")
    return row


def judge(found: Judged | None, show: Show) -> Refusal | None:
    """Say why a ticket may not come in to a show; None when it may."""
    if found is None:
        return Refusal.UNKNOWN_CODE
    if found.show_id != show.id:
        return Refusal.WRONG_SHOW
    if show.cancelled:
        return Refusal.SHOW_CANCELLED
    if found.order_id is None:
        return Refusal.NOT_SOLD
    if found.refunded:
        return Refusal.REFUNDED
    return None if found.inside_id is None else Refusal.ALREADY_INSIDE


def admit(tx: Tx, shown: Shown, *, found: Judged, instead: str | None = None) -> Row:
    """Let a ticket in; `instead` is the later admission that has just given way."""
    row = tx.first(
        sql.ADMIT,
        id=tx.new_id("adm"), show_id=shown.show_id, ticket_id=found.ticket_id,
        order_id=found.order_id, buyer_id=found.buyer_id, status=AdmissionStatus.INSIDE.value,
        by=shown.by, gate=shown.gate, admitted_at=shown.at_us, undone_at=None, undone_by=None,
        version=1,
    )  # fmt: skip
    tx.publish(_event(AdmissionMade, row))
    return _keep(
        tx, shown, reason=None, ticket_id=found.ticket_id,
        admission_id=None if row is None else row[0], other_id=instead,
    )  # fmt: skip


def refuse(tx: Tx, shown: Shown, *, reason: Refusal, found: Judged | None) -> Row:
    """Write down that somebody was refused."""
    return _keep(
        tx, shown, reason=reason, ticket_id=None if found is None else found.ticket_id,
        other_id=None if found is None or reason is not Refusal.ALREADY_INSIDE else found.inside_id,
    )  # fmt: skip


def undo(tx: Tx, *, admission_id: str, by: str) -> Admission:
    """Take an admission back, once. Raises AdmissionNotFound."""
    row = tx.first(sql.UNDO, admission_id=admission_id, undoer=by, now=tx.now_us)
    if row is not None:
        tx.publish(_event(AdmissionUndone, row))
    return view(tx, admission_id=admission_id)


def view(tx: Tx, *, admission_id: str) -> Admission:
    """Return an admission. Raises AdmissionNotFound."""
    row = tx.first(sql.VIEW, admission_id=admission_id)
    if row is None:
        raise AdmissionNotFound
    return Admission(
        id=row[0], show_id=row[1], ticket_id=row[2], status=AdmissionStatus(row[5]),
        entry=Entry(admission_id=row[0], at=from_us(row[8]), by=row[6], gate=row[7]),
        undone_at=None if row[9] is None else from_us(row[9]), undone_by=row[10], version=row[11],
    )  # fmt: skip


def told(tx: Tx, row: Row) -> Scan:
    """Tell what was said to a scan, from the row it left: the same however often it is asked."""
    reason = None if row[4] is None else Refusal(row[4])
    is_inside = reason is Refusal.ALREADY_INSIDE and row[7] is not None
    return Scan(
        scan_id=row[0], show_id=row[1], verdict=Verdict(row[3]), reason=reason,
        ticket=_ticket(tx, row[5]), admission_id=row[6],
        first=view(tx, admission_id=row[7]).entry if is_inside else None,
        scanned_at=from_us(row[11]),
    )  # fmt: skip


def _ticket(tx: Tx, ticket_id: str | None) -> Admitting | None:
    if ticket_id is None:
        return None
    ticket = tickets.view(tx, ticket_id=ticket_id)
    return Admitting(
        ticket_id=ticket.id, show=ticket.show, section=ticket.section, row=ticket.row,
        seat=ticket.seat,
    )  # fmt: skip


def _keep(  # noqa: PLR0913  one for each thing a scan may come to
    tx: Tx,
    shown: Shown,
    *,
    reason: Refusal | None,
    ticket_id: str | None,
    admission_id: str | None = None,
    other_id: str | None = None,
) -> Row:
    with tx.mapping_integrity_error(KeyReused):
        row = tx.first(
            sql.KEEP_SCAN,
            id=shown.scan_id, show_id=shown.show_id, digest=shown.digest,
            verdict=(Verdict.ADMITTED if reason is None else Verdict.REFUSED).value,
            reason=None if reason is None else reason.value, ticket_id=ticket_id,
            admission_id=admission_id, other_id=other_id,
            let_in=int(shown.let_in or reason is None), by=shown.by, gate=shown.gate,
            scanned_at=shown.at_us, created_at=tx.now_us,
        )  # fmt: skip
    assert row is not None  # noqa: S101  an INSERT … RETURNING always returns
    return row


def _event(kind: type[Event], row: Row | None) -> Event:
    assert row is not None  # noqa: S101  as above
    return kind(
        id=row[0], version=row[11], show_id=row[1], ticket_id=row[2], order_id=row[3],
        buyer_id=row[4], status=AdmissionStatus(row[5]), gate=row[7], admitted_at=from_us(row[8]),
    )  # fmt: skip
