"""Offline scans: record what a gate decided by itself, and report the conflicts."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import msgspec

from contract.gate import (
    Conflict,
    GateEntry,
    OfflineScan,
    Refusal,
    Scan,
    SyncReport,
    Verdict,
)
from contract.shows import Show
from db.statement import Row
from db.types import from_us, to_us
from server.clock import same_secret
from server.gate import service
from server.gate import statements as sql
from server.gate.service import ScanInput, TicketCheck
from server.shows import service as shows
from server.tx import Tx


def sync(
    tx: Tx, *, by: str, scans: Sequence[OfflineScan], supervised: Collection[str]
) -> SyncReport:
    """Record scans, the earliest first; results come in the order of the request.

    A scan that was recorded before gets the same result again. When a ticket was admitted twice,
    the earlier time counts, whichever gate reports first. Refusals are overridden at the
    `supervised` shows only. Raises NotFound for an unknown show,
    KeyReused.
    """
    # All locks at once and in one order: two gates that report the same tickets cannot deadlock.
    for digest in sorted({scan.digest for scan in scans}):
        service.lock_code(tx, digest)
    rows: dict[int, Row] = {}
    for index, scan in sorted(enumerate(scans), key=lambda pair: (pair[1].scanned_at, pair[0])):
        rows[index] = _record(tx, scan, by=by, may_override=scan.show_id in supervised)
    in_order = [rows[index] for index in range(len(scans))]
    results = tuple(service.to_contract(tx, row) for row in in_order)
    conflicts = (_conflict(tx, result, row) for result, row in zip(results, in_order, strict=True))
    return SyncReport(
        results=results, conflicts=tuple(each for each in conflicts if each is not None)
    )


def _record(tx: Tx, scan: OfflineScan, *, by: str, may_override: bool) -> Row:
    show = shows.view(tx, show_id=scan.show_id)
    scan_input = ScanInput(
        scan_id=scan.scan_id, show_id=show.id, digest=scan.digest, by=by, gate=scan.gate.strip(),
        at_us=min(to_us(scan.scanned_at), tx.now_us), direction=scan.direction,
        let_in=scan.verdict is Verdict.ADMITTED,
        override=scan.override.strip() if may_override else "",
    )  # fmt: skip
    recorded = service.find_recorded(tx, scan_input)
    if recorded is not None:
        return recorded
    check = _ticket_check(tx, scan)
    if scan.verdict is Verdict.ADMITTED:
        return _admit(tx, scan_input, check, show)
    refusal = scan.reason  # who was refused is not inside, even if they should have been admitted
    if scan.verdict is Verdict.LEFT:
        refusal = service.exit_refusal(check, show, at_us=scan_input.at_us)
        if check is not None and refusal is None:
            return service.let_out(tx, scan_input, check=check, show=show)
    return service.refuse(
        tx, scan_input, reason=refusal or Refusal.UNKNOWN_CODE, check=check, show=show
    )


def _admit(tx: Tx, scan_input: ScanInput, check: TicketCheck | None, show: Show) -> Row:
    """Record that a gate let somebody in; of two entries without an exit between, one counts.

    It is the earlier one, so that an admission at a later time is undone.
    """
    if check is None:
        return service.refuse(tx, scan_input, reason=Refusal.UNKNOWN_CODE, check=None, show=show)
    stays = tx.all(sql.STAYS, ticket=check.ticket_id)
    at_us = scan_input.at_us
    during = next((s for s in stays if s[1] <= at_us and (s[2] is None or at_us < s[2])), None)
    later = [stay for stay in stays if stay[1] > at_us]
    if during is not None:
        check = msgspec.structs.replace(check, inside_id=during[0], inside_us=during[1])
    else:
        check = msgspec.structs.replace(check, inside_id=None, inside_us=None)
    reason = service.refusal_reason(tx, check, show, at_us=at_us)
    is_last = not later and (during is None or during[2] is None)
    overrode = service.overridden(scan_input, reason) if is_last else None
    if overrode is not None:
        return service.override(tx, scan_input, check=check, show=show, overrode=overrode)
    if reason is not None:
        return service.refuse(tx, scan_input, reason=reason, check=check, show=show)
    for admission_id, _, left_us in later:
        if left_us is None:
            service.undo(tx, admission_id=admission_id, by=scan_input.by)
    return service.admit(
        tx, scan_input, check=check, show=show, replaced_id=later[-1][0] if later else None
    )


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
