"""Offline: what a gate did by itself is taken in later, and what does not add up is said."""

from __future__ import annotations

from collections.abc import Sequence

from contract.gate import (
    Conflict,
    Entry,
    OfflineScan,
    Refusal,
    Scan,
    SyncReport,
    Verdict,
    digest_of,
)
from db.statement import Row
from db.types import from_us, to_us
from server.clock import same_secret
from server.gate import service
from server.gate import statements as sql
from server.gate.lists import salt_of
from server.gate.service import Judged, Shown
from server.shows import service as shows
from server.tx import Tx


def sync(tx: Tx, *, by: str, scans: Sequence[OfflineScan]) -> SyncReport:
    """Take scans in, the earliest first; results come in the order of the request.

    A scan that is known already is answered as it was. Of a ticket let in twice the first time
    counts, whoever tells it first. Raises NotFound for a show there is not, KeyReused.
    """
    # All at once and in one order, or two gates that tell of the same tickets wait for each other.
    for digest in sorted({scan.digest for scan in scans}):
        service.alone(tx, digest)
    rows: dict[int, Row] = {}
    for place, scan in sorted(enumerate(scans), key=lambda pair: (pair[1].scanned_at, pair[0])):
        rows[place] = _take(tx, scan, by=by)
    results = tuple(service.told(tx, rows[place]) for place in range(len(scans)))
    pairs = zip(results, (rows[place] for place in range(len(scans))), strict=True)
    found = (_conflict(tx, result, row) for result, row in pairs)
    return SyncReport(results=results, conflicts=tuple(one for one in found if one is not None))


def _take(tx: Tx, scan: OfflineScan, *, by: str) -> Row:
    show = shows.view(tx, show_id=scan.show_id)
    was_admitted = scan.verdict is Verdict.ADMITTED
    shown = Shown(
        scan_id=scan.scan_id, show_id=show.id, digest=scan.digest, by=by, gate=scan.gate.strip(),
        at_us=min(to_us(scan.scanned_at), tx.now_us), let_in=was_admitted,
    )  # fmt: skip
    known = service.replayed(tx, shown)
    if known is not None:
        return known
    found = _meant(tx, scan)
    if not was_admitted:  # whoever was sent away is not inside, even if he should have been let in
        return service.refuse(tx, shown, reason=scan.reason or Refusal.UNKNOWN_CODE, found=found)
    reason = service.judge(found, show)
    if found is not None and reason is None:
        return service.admit(tx, shown, found=found)
    if found is not None and found.inside_id is not None and _is_earlier(shown, found, reason):
        service.undo(tx, admission_id=found.inside_id, by=by)
        return service.admit(tx, shown, found=found, instead=found.inside_id)
    return service.refuse(tx, shown, reason=reason or Refusal.UNKNOWN_CODE, found=found)


def _is_earlier(shown: Shown, found: Judged, reason: Refusal | None) -> bool:
    """Tell whether a scan came before the one that has let the ticket in, and is as good."""
    inside_us = found.inside_us
    return reason is Refusal.ALREADY_INSIDE and inside_us is not None and shown.at_us < inside_us


def _meant(tx: Tx, scan: OfflineScan) -> Judged | None:
    """Return the ticket a gate says it saw the code of, if the digest bears it out."""
    row = None if scan.ticket_id is None else tx.first(sql.BY_TICKET, ticket=scan.ticket_id)
    if row is None:
        return None
    found = Judged(*row)
    right = digest_of(found.code, salt=salt_of(scan.show_id))
    return found if same_secret(right.encode(), scan.digest.encode()) else None


def _conflict(tx: Tx, scan: Scan, row: Row) -> Conflict | None:
    """Say what does not add up about a scan that let somebody in; None when all is well."""
    other = None if row[7] is None else service.view(tx, admission_id=row[7]).entry
    if not row[8] or (scan.reason is None and other is None):
        return None
    own = Entry(admission_id=scan.admission_id, at=from_us(row[11]), by=row[9], gate=row[10])
    first, second = (own, other) if scan.reason is None else (other, own)
    return Conflict(
        scan_id=scan.scan_id, reason=scan.reason or Refusal.ALREADY_INSIDE, ticket=scan.ticket,
        first=first, second=second, scanned_at=scan.scanned_at,
    )  # fmt: skip
