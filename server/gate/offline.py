"""Offline scans: record what a gate decided by itself, and report the conflicts."""

from __future__ import annotations

from collections.abc import Sequence

from contract.gate import (
    Conflict,
    GateEntry,
    OfflineScan,
    Refusal,
    Scan,
    SyncReport,
    Verdict,
)
from db.statement import Row
from db.types import from_us, to_us
from server.clock import same_secret
from server.gate import service
from server.gate import statements as sql
from server.gate.service import ScanInput, TicketCheck
from server.shows import service as shows
from server.tx import Tx


def sync(tx: Tx, *, by: str, scans: Sequence[OfflineScan]) -> SyncReport:
    """Record scans, the earliest first; results come in the order of the request.

    A scan that was recorded before gets the same result again. When a ticket was admitted twice,
    the earlier time counts, whichever gate reports first. Raises NotFound for an unknown show,
    KeyReused.
    """
    # All locks at once and in one order: two gates that report the same tickets cannot deadlock.
    for digest in sorted({scan.digest for scan in scans}):
        service.lock_code(tx, digest)
    rows: dict[int, Row] = {}
    for index, scan in sorted(enumerate(scans), key=lambda pair: (pair[1].scanned_at, pair[0])):
        rows[index] = _record(tx, scan, by=by)
    in_order = [rows[index] for index in range(len(scans))]
    results = tuple(service.to_contract(tx, row) for row in in_order)
    conflicts = (_conflict(tx, result, row) for result, row in zip(results, in_order, strict=True))
    return SyncReport(
        results=results, conflicts=tuple(each for each in conflicts if each is not None)
    )


def _record(tx: Tx, scan: OfflineScan, *, by: str) -> Row:
    show = shows.view(tx, show_id=scan.show_id)
    was_admitted = scan.verdict is Verdict.ADMITTED
    scan_input = ScanInput(
        scan_id=scan.scan_id, show_id=show.id, digest=scan.digest, by=by, gate=scan.gate.strip(),
        at_us=min(to_us(scan.scanned_at), tx.now_us), let_in=was_admitted,
    )  # fmt: skip
    recorded = service.find_recorded(tx, scan_input)
    if recorded is not None:
        return recorded
    check = _ticket_check(tx, scan)
    if not was_admitted:  # this person is not inside, even if they should have been admitted
        reason = scan.reason or Refusal.UNKNOWN_CODE
        return service.refuse(tx, scan_input, reason=reason, check=check, show=show)
    refusal = service.refusal_reason(tx, check, show, at_us=scan_input.at_us)
    if check is not None and refusal is None:
        return service.admit(tx, scan_input, check=check, show=show)
    if (
        check is not None
        and check.inside_id is not None
        and _is_earlier(scan_input, check, refusal)
    ):
        service.undo(tx, admission_id=check.inside_id, by=by)
        return service.admit(tx, scan_input, check=check, show=show, replaced_id=check.inside_id)
    return service.refuse(
        tx, scan_input, reason=refusal or Refusal.UNKNOWN_CODE, check=check, show=show
    )


def _is_earlier(scan_input: ScanInput, check: TicketCheck, reason: Refusal | None) -> bool:
    """Tell whether a scan was before the one that admitted the ticket, and is equally valid."""
    inside_us = check.inside_us
    already_inside = reason is Refusal.ALREADY_INSIDE
    return already_inside and inside_us is not None and scan_input.at_us < inside_us


def _ticket_check(tx: Tx, scan: OfflineScan) -> TicketCheck | None:
    """Return the ticket that a gate reports, if the digest is that of a code it has or had."""
    if scan.ticket_id is None:
        return None
    for row in tx.all(sql.BY_TICKET, ticket=scan.ticket_id):
        check = TicketCheck(*row)
        expected = service.code_digest(check.code, scan.show_id)
        if same_secret(expected.encode(), scan.digest.encode()):
            return check
    return None


def _conflict(tx: Tx, scan: Scan, row: Row) -> Conflict | None:
    """Return what is wrong about a scan that let somebody in; None when nothing is."""
    other = None if row[7] is None else service.view(tx, admission_id=row[7]).entry
    if not row[8] or (scan.reason is None and other is None):
        return None
    own = GateEntry(admission_id=scan.admission_id, at=from_us(row[11]), by=row[9], gate=row[10])
    first, second = (own, other) if scan.reason is None else (other, own)
    return Conflict(
        scan_id=scan.scan_id, reason=scan.reason or Refusal.ALREADY_INSIDE, ticket=scan.ticket,
        first=first, second=second, scanned_at=scan.scanned_at,
    )  # fmt: skip
