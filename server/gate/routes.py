"""The gate's answers."""

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
from server.gate import lists, offline, service
from server.principal import Principal
from server.tx import Tx


def admit(tx: Tx, principal: Principal, body: Admit) -> Scan:
    """Let in whoever shows the code, or say why not."""
    return service.scan(tx, by=principal.user_id, asked=body)


def undo(tx: Tx, principal: Principal, body: Empty, *, admission_id: str) -> Admission:
    """Take back an admission of the principal's; operators may take back any."""
    known = service.view(tx, admission_id=admission_id)
    if known.entry.by != principal.user_id and not principal.is_admin:
        raise NotYourAdmission
    return service.undo(tx, admission_id=admission_id, by=principal.user_id)


def sync(tx: Tx, principal: Principal, body: SyncAdmissions) -> SyncReport:
    """Take in what a gate did without a line."""
    errors = [fault for n, scan in enumerate(body.scans) for fault in faults(scan, f"scans.{n}.")]
    if errors:
        raise Invalid(errors=tuple(errors))
    return offline.sync(tx, by=principal.user_id, scans=body.scans)


def view(tx: Tx, principal: Principal, query: Empty, *, show_id: str) -> GateCounts:
    """Count who may come, is inside, and was refused."""
    return lists.view(tx, show_id=show_id)


def find(tx: Tx, principal: Principal, query: PageQuery, *, show_id: str) -> Page[GateTicket]:
    """List the tickets that may come in, in the order they were bought."""
    after = cursor.read(query.cursor, str)[0] if query.cursor else ""
    found, following = paging.page(
        lambda limit: lists.find(tx, show_id=show_id, after=str(after), most=limit),
        query.limit,
        lambda pair: cursor.write(pair[0]),
    )
    return Page(items=tuple(ticket for _, ticket in found), next=following)
