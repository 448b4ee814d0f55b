"""The endpoints of the gate."""

from __future__ import annotations

from contract.base import Empty, Page, PageQuery
from contract.gate import (
    Admission,
    Admit,
    GateChanges,
    GateCounts,
    GateTicket,
    NotYourAdmission,
    Scan,
    SyncAdmissions,
    SyncReport,
)
from contract.problems import Invalid
from contract.validation import faults
from server import cursor, paging
from server.clock import SECOND
from server.gate import offline, service
from server.principal import Principal
from server.tx import Tx

#: How far back the last page of changes begins again.
OVERLAP = 60 * SECOND


def admit(tx: Tx, principal: Principal, body: Admit) -> Scan:
    """Scan a code: admit or refuse, and record which."""
    return service.scan(tx, by=principal.user_id, request=body)


def undo(tx: Tx, principal: Principal, body: Empty, *, admission_id: str) -> Admission:
    """Undo one of the principal's admissions; operators may undo any."""
    admission = service.view(tx, admission_id=admission_id)
    if admission.entry.by != principal.user_id and not principal.is_admin:
        raise NotYourAdmission
    return service.undo(tx, admission_id=admission_id, by=principal.user_id)


def sync(tx: Tx, principal: Principal, body: SyncAdmissions) -> SyncReport:
    """Record what a gate did offline."""
    errors = [fault for n, scan in enumerate(body.scans) for fault in faults(scan, f"scans.{n}.")]
    if errors:
        raise Invalid(errors=tuple(errors))
    return offline.sync(tx, by=principal.user_id, scans=body.scans)


def view_counts(tx: Tx, principal: Principal, query: Empty, *, show_id: str) -> GateCounts:
    """Count the tickets that may enter, are inside, and were refused."""
    return service.counts(tx, show_id=show_id)


def list_tickets(
    tx: Tx, principal: Principal, query: PageQuery, *, show_id: str
) -> Page[GateTicket]:
    """List the tickets that may enter, in the order in which they were bought."""
    after = cursor.read(query.cursor, str)[0] if query.cursor else ""
    found, following = paging.page(
        lambda limit: service.list_admissible(
            tx, show_id=show_id, after_id=str(after), limit=limit
        ),
        query.limit,
        lambda pair: cursor.write(pair[0]),
    )
    return Page(items=tuple(ticket for _, ticket in found), next=following)


def list_changes(tx: Tx, principal: Principal, query: PageQuery, *, show_id: str) -> GateChanges:
    """List codes in the order in which they changed, from the first one or since a cursor."""
    since, after = cursor.read(query.cursor, int, str) if query.cursor else (0, "")
    found = service.list_changes(
        tx, show_id=show_id, since_us=int(since), after_id=str(after), limit=query.limit + 1
    )
    kept, more = found[: query.limit], len(found) > query.limit
    if kept:
        since, after = kept[-1][:2]
    # Another server may yet commit a change that it made a moment ago.
    if not more and int(since) > tx.now_us - OVERLAP:
        since, after = tx.now_us - OVERLAP, ""
    items = tuple(code for _, _, code in kept)
    return GateChanges(items=items, next=cursor.write(since, after), more=more)
