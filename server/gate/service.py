"""The rules of the gate: who is admitted, who is refused and why, and undoing an admission."""

from __future__ import annotations

from typing import TypeVar

import msgspec

from contract.gate import (
    OVERRIDABLE,
    Admission,
    AdmissionLeft,
    AdmissionMade,
    AdmissionNotFound,
    AdmissionStatus,
    AdmissionUndone,
    Admit,
    Direction,
    GateEntry,
    Refusal,
    Scan,
    ScannedTicket,
    TicketLeft,
    Verdict,
    digest_of,
)
from contract.problems import KeyReused
from contract.shows import Show, ShowMerged
from contract.signed_codes import SignedCode, entry_key, is_genuine, read_signed
from contract.tickets import CodeRevocation, TicketStatus
from db.statement import Row
from db.types import from_us, to_us
from server.gate import statements as sql
from server.shows import service as shows
from server.shows.entry_window import entry_window
from server.tickets import resale, show_keys
from server.tickets import service as tickets
from server.tx import Tx

#: What a code that was revoked says; the others were replaced.
REVOKED = {
    CodeRevocation.REFUNDED: Refusal.REFUNDED, CodeRevocation.DISPUTED: Refusal.DISPUTED,
}  # fmt: skip
#: Refusals that say since when.
SAY_SINCE = (Refusal.REPLACED, *REVOKED.values())
AdmissionEvent = TypeVar("AdmissionEvent", AdmissionMade, AdmissionUndone)


class ScanInput(msgspec.Struct, frozen=True, kw_only=True):
    """One scan as the server receives it: of which code, where, when, and by whom.

    `let_in` means that the person is already inside, whatever the server decides. `override` is why
    a supervisor admits the ticket in spite of a refusal, `overrode` which one that was.
    """

    scan_id: str
    show_id: str
    digest: str
    by: str
    gate: str
    at_us: int
    let_in: bool = False
    direction: Direction = Direction.IN
    override: str = ""
    overrode: Refusal | None = None


class TicketCheck(msgspec.Struct, frozen=True):
    """What decides whether a code is admitted.

    `revoked` is why it is not valid any more; `replaced` is 1 if the ticket has a newer code.
    """

    ticket_id: str
    show_id: str
    code: str
    order_id: str
    owner_id: str
    revoked: str | None
    replaced: int
    status: str
    inside_id: str | None
    inside_us: int | None
    revoked_us: int | None


def scan(tx: Tx, *, by: str, request: Admit) -> Scan:
    """Admit or refuse the holder of a code, and record which, once for each `scan_id`.

    Raises NotFound for an unknown show, KeyReused for the `scan_id` of a different scan.
    """
    show = shows.view(tx, show_id=request.show_id)
    at = tx.now_us if request.scanned_at is None else min(to_us(request.scanned_at), tx.now_us)
    scan_input = ScanInput(
        scan_id=request.scan_id, show_id=show.id, digest=code_digest(request.code, show.id),
        by=by, gate=request.gate.strip(), at_us=at, direction=request.direction,
        override=request.override.strip(),
    )  # fmt: skip
    lock_code(tx, scan_input.digest)
    recorded = find_recorded(tx, scan_input)
    if recorded is not None:
        return to_contract(tx, recorded)
    is_exit = request.direction is Direction.OUT
    row = tx.first(
        sql.BY_CODE, key=entry_key(request.code), show=show.id, outside_rank=2 if is_exit else 0
    )
    check = None if row is None else TicketCheck(*row)
    if is_exit:
        reason = exit_refusal(check, show, at_us=at)
    else:
        reason = refusal_reason(tx, check, show, at_us=at)
    signed = read_signed(request.code)
    if reason is None and signed is not None and not _is_genuine(tx, signed, show):
        reason = Refusal.UNKNOWN_CODE
    overrode = overridden(scan_input, reason)
    if check is not None and overrode is not None:
        row = override(tx, scan_input, check=check, show=show, overrode=overrode)
    elif check is None or reason is not None:
        row = refuse(tx, scan_input, reason=reason or Refusal.UNKNOWN_CODE, check=check, show=show)
    elif is_exit:
        row = let_out(tx, scan_input, check=check, show=show)
    else:
        row = admit(tx, scan_input, check=check, show=show)
    return to_contract(tx, row)


def _is_genuine(tx: Tx, signed: SignedCode, show: Show) -> bool:
    return is_genuine(signed, show_keys.list_public(tx, show_id=show.id))


def digest_prefix(show_id: str) -> str:
    """Return what precedes a code when it is hashed: a list reveals nothing of other shows."""
    return show_id


def code_digest(code: str, show_id: str) -> str:
    """Return the digest that stands for a code on the list of a show."""
    return digest_of(code, digest_prefix=digest_prefix(show_id))


def lock_code(tx: Tx, digest: str) -> None:
    """Process the scans of a code one at a time, so that of two gates one is first."""
    tx.advisory_lock(f"gate:{digest}")


def find_recorded(tx: Tx, scan_input: ScanInput) -> Row | None:
    """Return the scan if it was recorded before. Raises KeyReused for a different scan."""
    row = tx.first(sql.VIEW_SCAN, scan_id=scan_input.scan_id)
    if row is not None and (row[1], row[2]) != (scan_input.show_id, scan_input.digest):
        raise KeyReused("This scan_id was used before for a different scan.")
    return row


def refusal_reason(tx: Tx, check: TicketCheck | None, show: Show, *, at_us: int) -> Refusal | None:
    """Return why a ticket is not admitted to a show at this time; None when it is."""
    if check is None:
        return Refusal.UNKNOWN_CODE
    if check.show_id != show.id:
        return Refusal.WRONG_SHOW
    if show.cancelled:
        return Refusal.SHOW_CANCELLED
    if check.revoked is not None:
        reason = REVOKED.get(CodeRevocation(check.revoked), Refusal.REPLACED)
        return Refusal.REPLACED if check.replaced else reason
    if check.inside_id is not None:
        return Refusal.ALREADY_INSIDE
    being_sold = Refusal.BEING_SOLD if check.status == TicketStatus.LOCKED else None
    return being_sold or _outside_window(tx, show, at_us)


def _outside_window(tx: Tx, show: Show, at_us: int) -> Refusal | None:
    window = entry_window(tx, show)
    if at_us < window.opens_us:
        return Refusal.NOT_YET
    return Refusal.OVER if at_us > window.closes_us else None


def overridden(scan_input: ScanInput, reason: Refusal | None) -> Refusal | None:
    """Return the refusal if a supervisor overrides it by this scan, else None."""
    is_asked = bool(scan_input.override) and scan_input.direction is Direction.IN
    return reason if is_asked and reason in OVERRIDABLE else None


def override(
    tx: Tx, scan_input: ScanInput, *, check: TicketCheck, show: Show, overrode: Refusal
) -> Row:
    """Admit a ticket in spite of a refusal; if it was inside, it has left without a scan."""
    if check.status == TicketStatus.LOCKED:
        return refuse(tx, scan_input, reason=overrode, check=check, show=show)
    if check.inside_id is not None:
        _end_stay(tx, check, left_us=max(scan_input.at_us, check.inside_us or 0), gate="")
    scan_input = msgspec.structs.replace(scan_input, overrode=overrode)
    return admit(tx, scan_input, check=check, show=show)


def _override(scan_input: ScanInput) -> str:
    """Return the reason of a supervisor; empty where nothing was overridden."""
    return "" if scan_input.overrode is None else scan_input.override


def exit_refusal(check: TicketCheck | None, show: Show, *, at_us: int) -> Refusal | None:
    """Return why a ticket does not leave a show; None when it does. Its code need not be valid."""
    if check is None:
        return Refusal.UNKNOWN_CODE
    if check.show_id != show.id:
        return Refusal.WRONG_SHOW
    is_inside = check.inside_us is not None and check.inside_us <= at_us
    return None if is_inside else Refusal.NOT_INSIDE


def let_out(tx: Tx, scan_input: ScanInput, *, check: TicketCheck, show: Show) -> Row:
    """Record that a ticket that is inside leaves. It may come in again, and is not sold on."""
    if not _end_stay(tx, check, left_us=scan_input.at_us, gate=scan_input.gate):
        return refuse(tx, scan_input, reason=Refusal.NOT_INSIDE, check=check, show=show)
    return _record_scan(
        tx, scan_input, verdict=Verdict.LEFT, ticket_id=check.ticket_id,
        admission_id=check.inside_id, left_us=scan_input.at_us,
    )  # fmt: skip


def _end_stay(tx: Tx, check: TicketCheck, *, left_us: int, gate: str) -> bool:
    """Let a ticket leave; False if it has left meanwhile, by another of its codes."""
    row = tx.first(sql.LEAVE, admission_id=check.inside_id, new_left_at=left_us, new_left_gate=gate)
    if row is None:
        return False
    tx.publish(_left_event(row))
    resale.leave(tx, ticket_id=check.ticket_id)
    return True


def last_left(tx: Tx, ticket_id: str) -> int | None:
    """Return when a ticket left the last time."""
    left_us: int | None
    (left_us,) = tx.first(sql.LAST_LEFT, ticket=ticket_id) or (None,)
    return left_us


def admit(
    tx: Tx,
    scan_input: ScanInput,
    *,
    check: TicketCheck,
    show: Show,
    replaced_id: str | None = None,
) -> Row:
    """Admit a ticket; `replaced_id` is a later admission that was undone for this one.

    Refuse it if somebody has begun to pay for it meanwhile.
    """
    if not resale.enter(tx, ticket_id=check.ticket_id):
        return refuse(tx, scan_input, reason=Refusal.BEING_SOLD, check=check, show=show)
    row = tx.first(
        sql.ADMIT,
        id=tx.new_id("adm"), show_id=scan_input.show_id, ticket_id=check.ticket_id,
        order_id=check.order_id, buyer_id=check.owner_id, status=AdmissionStatus.INSIDE.value,
        by=scan_input.by, gate=scan_input.gate, admitted_at=scan_input.at_us, undone_at=None,
        undone_by=None, version=1, left_at=None, left_gate=None,
        override=_override(scan_input) or None,
    )  # fmt: skip
    tx.publish(msgspec.structs.replace(
        _event(AdmissionMade, row), overrode=scan_input.overrode,
        override=_override(scan_input),
    ))  # fmt: skip
    return _record_scan(
        tx, scan_input, verdict=Verdict.ADMITTED, ticket_id=check.ticket_id,
        admission_id=None if row is None else row[0], other_id=replaced_id,
        left_us=last_left(tx, check.ticket_id),
    )  # fmt: skip


def refuse(
    tx: Tx, scan_input: ScanInput, *, reason: Refusal, check: TicketCheck | None, show: Show
) -> Row:
    """Record a refusal."""
    window = entry_window(tx, show)
    limits = {Refusal.NOT_YET: window.opens_us, Refusal.OVER: window.closes_us}
    is_inside = check is not None and reason is Refusal.ALREADY_INSIDE
    says_left = check is not None and reason is Refusal.NOT_INSIDE
    return _record_scan(
        tx, scan_input, verdict=Verdict.REFUSED, reason=reason,
        ticket_id=None if check is None else check.ticket_id,
        other_id=check.inside_id if check is not None and is_inside else None,
        revoked_us=check.revoked_us if check is not None and reason in SAY_SINCE else None,
        window_us=limits.get(reason),
        left_us=last_left(tx, check.ticket_id) if check is not None and says_left else None,
    )  # fmt: skip


def undo(tx: Tx, *, admission_id: str, by: str) -> Admission:
    """Undo an admission; once it is undone nothing changes.

    Raises AdmissionNotFound, and TicketLeft for an admission of a ticket that has left since.
    """
    row = tx.first(sql.UNDO, admission_id=admission_id, undone_by_user=by, now=tx.now_us)
    if row is not None:
        tx.publish(_event(AdmissionUndone, row))
        was_inside = last_left(tx, row[2]) is not None
        resale.undo_entry(tx, ticket_id=row[2], was_inside=was_inside)
    admission = view(tx, admission_id=admission_id)
    if admission.status is AdmissionStatus.LEFT:
        raise TicketLeft
    return admission


def view(tx: Tx, *, admission_id: str) -> Admission:
    """Return an admission. Raises AdmissionNotFound."""
    row = tx.first(sql.VIEW, admission_id=admission_id)
    if row is None:
        raise AdmissionNotFound
    return Admission(
        id=row[0], show_id=row[1], ticket_id=row[2], status=AdmissionStatus(row[5]),
        entry=GateEntry(admission_id=row[0], at=from_us(row[8]), by=row[6], gate=row[7]),
        undone_at=None if row[9] is None else from_us(row[9]), undone_by=row[10], version=row[11],
        left_at=None if row[12] is None else from_us(row[12]), left_gate=row[13] or "",
        override=row[14] or "",
    )  # fmt: skip


def to_contract(tx: Tx, row: Row) -> Scan:
    """Return the response to a scan from its row, which does not change afterwards."""
    reason = None if row[4] is None else Refusal(row[4])
    is_inside = reason is Refusal.ALREADY_INSIDE and row[7] is not None
    return Scan(
        scan_id=row[0], show_id=row[1], verdict=Verdict(row[3]), reason=reason,
        ticket=_ticket(tx, row[5]), admission_id=row[6],
        first=view(tx, admission_id=row[7]).entry if is_inside else None,
        scanned_at=from_us(row[11]), revoked_at=None if row[12] is None else from_us(row[12]),
        window_at=None if row[13] is None else from_us(row[13]), direction=Direction(row[14]),
        left_at=None if row[15] is None else from_us(row[15]),
        overrode=None if row[16] is None else Refusal(row[16]), override=row[17] or "",
    )  # fmt: skip


def _ticket(tx: Tx, ticket_id: str | None) -> ScannedTicket | None:
    if ticket_id is None:
        return None
    ticket = tickets.view(tx, ticket_id=ticket_id)
    return ScannedTicket(
        ticket_id=ticket.id, show=ticket.show, section=ticket.section, row=ticket.row,
        seat=ticket.seat,
    )  # fmt: skip


def _record_scan(  # noqa: PLR0913  one for each column that depends on the decision
    tx: Tx,
    scan_input: ScanInput,
    *,
    verdict: Verdict,
    ticket_id: str | None,
    reason: Refusal | None = None,
    admission_id: str | None = None,
    other_id: str | None = None,
    revoked_us: int | None = None,
    window_us: int | None = None,
    left_us: int | None = None,
) -> Row:
    with tx.mapping_integrity_error(KeyReused):
        row = tx.first(
            sql.INSERT_SCAN,
            id=scan_input.scan_id, show_id=scan_input.show_id, digest=scan_input.digest,
            verdict=verdict.value,
            reason=None if reason is None else reason.value, ticket_id=ticket_id,
            admission_id=admission_id, other_id=other_id,
            let_in=int(scan_input.let_in or verdict is Verdict.ADMITTED), by=scan_input.by,
            gate=scan_input.gate, scanned_at=scan_input.at_us, created_at=tx.now_us,
            revoked_at=revoked_us, window_at=window_us, direction=scan_input.direction.value,
            left_at=left_us, overrode=scan_input.overrode and scan_input.overrode.value,
            override=_override(scan_input) or None,
        )  # fmt: skip
    assert row is not None  # noqa: S101  an INSERT … RETURNING always returns
    return row


def show_merged(tx: Tx, event: ShowMerged) -> None:
    """Move the admissions of a show to the one that it was merged into; scans stay as they were."""
    tx.execute(sql.MOVE, show=event.id, into=event.into_id)


def _left_event(row: Row) -> AdmissionLeft:
    return AdmissionLeft(
        id=row[0], version=row[11], show_id=row[1], ticket_id=row[2], order_id=row[3],
        buyer_id=row[4], status=AdmissionStatus(row[5]), gate=row[7], admitted_at=from_us(row[8]),
        left_at=from_us(row[12]), left_gate=row[13],
    )  # fmt: skip


def _event(kind: type[AdmissionEvent], row: Row | None) -> AdmissionEvent:
    assert row is not None  # noqa: S101  as above
    return kind(
        id=row[0], version=row[11], show_id=row[1], ticket_id=row[2], order_id=row[3],
        buyer_id=row[4], status=AdmissionStatus(row[5]), gate=row[7], admitted_at=from_us(row[8]),
    )  # fmt: skip
