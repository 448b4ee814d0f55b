"""The endpoints of the gate."""

from __future__ import annotations

from contract.base import Empty, Page, PageQuery
from contract.gate import (
    Admission,
    AdmissionNotFound,
    Admit,
    GateChanges,
    GateCounts,
    GateTicket,
    NotASupervisor,
    NotYourAdmission,
    Scan,
    SyncAdmissions,
    SyncReport,
)
from contract.problems import Forbidden, Invalid
from contract.validation import faults
from server import cursor, paging
from server.clock import SECOND
from server.gate import lists, offline, service
from server.principal import Principal
from server.shows import access
from server.tx import Tx

#: How far back the last page of changes begins again.
OVERLAP = 60 * SECOND
NOT_STAFF = "Only gate staff, operators and the show's organiser may do this."


def admit(tx: Tx, principal: Principal, body: Admit) -> Scan:
    """Scan a code: admit, let out or refuse, and record which."""
    _require_staff(tx, principal, body.show_id)
    if body.override and not _is_supervisor(tx, principal, body.show_id):
        raise NotASupervisor
    return service.scan(tx, by=principal.user_id, request=body)


def undo(tx: Tx, principal: Principal, body: Empty, *, admission_id: str) -> Admission:
    """Undo one of the principal's admissions; operators may undo any."""
    admission = _admission(tx, principal, admission_id)
    if admission.entry.by != principal.user_id and not principal.is_admin:
        raise NotYourAdmission
    return service.undo(tx, admission_id=admission_id, by=principal.user_id)


def sync(tx: Tx, principal: Principal, body: SyncAdmissions) -> SyncReport:
    """Record what a gate did offline."""
    errors = [fault for n, scan in enumerate(body.scans) for fault in faults(scan, f"scans.{n}.")]
    if errors:
        raise Invalid(errors=tuple(errors))
    for show_id in {scan.show_id for scan in body.scans}:
        _require_staff(tx, principal, show_id)
    overridden = {scan.show_id for scan in body.scans if scan.override}
    supervised = {each for each in overridden if _is_supervisor(tx, principal, each)}
    return offline.sync(tx, by=principal.user_id, scans=body.scans, supervised=supervised)


def view_counts(tx: Tx, principal: Principal, query: Empty, *, show_id: str) -> GateCounts:
    """Count the tickets that may enter, are inside, and were refused."""
    _require_staff(tx, principal, show_id)
    return lists.counts(tx, show_id=show_id, may_override=_is_supervisor(tx, principal, show_id))


def list_tickets(
    tx: Tx, principal: Principal, query: PageQuery, *, show_id: str
) -> Page[GateTicket]:
    """List the tickets that may enter, in the order in which they were bought."""
    _require_staff(tx, principal, show_id)
    after = cursor.read(query.cursor, str)[0] if query.cursor else ""
    found, following = paging.page(
        lambda limit: lists.list_admissible(tx, show_id=show_id, after_id=str(after), limit=limit),
        query.limit,
        lambda pair: cursor.write(pair[0]),
    )
    return Page(items=tuple(ticket for _, ticket in found), next=following)


def list_changes(tx: Tx, principal: Principal, query: PageQuery, *, show_id: str) -> GateChanges:
    """List codes in the order in which they changed, from the first one or since a cursor."""
    _require_staff(tx, principal, show_id)
    since, after = cursor.read(query.cursor, int, str) if query.cursor else (0, "")
    found = lists.list_changes(
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


def _require_staff(tx: Tx, principal: Principal, show_id: str) -> None:
    """Let only gate staff, operators and the members of the show's organiser pass.

    Raises Forbidden.
    """
    if not (
        principal.may_admit or access.may_admit(tx, show_id=show_id, user_id=principal.user_id)
    ):
        raise Forbidden(NOT_STAFF)


def _is_supervisor(tx: Tx, principal: Principal, show_id: str) -> bool:
    """Tell whether the principal may override refusals: as an operator, or as a manager."""
    return principal.is_admin or access.manages(tx, show_id=show_id, user_id=principal.user_id)


def _admission(tx: Tx, principal: Principal, admission_id: str) -> Admission:
    """Return an admission at a gate where the principal works. Raises AdmissionNotFound.

    For anybody else, one that exists looks like one that does not: Forbidden.
    """
    try:
        admission = service.view(tx, admission_id=admission_id)
    except AdmissionNotFound:
        if principal.may_admit:
            raise
        raise Forbidden(NOT_STAFF) from None
    _require_staff(tx, principal, admission.show_id)
    return admission
