"""The endpoints of the gate."""

from __future__ import annotations

from contract.base import Empty, Page, PageQuery
from contract.gate import (
    Admission,
    Admit,
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
from server.gate import offline, service
from server.principal import Principal
from server.tx import Tx


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
