"""The rules of the gate: who is admitted, who is refused and why, and undoing an admission."""

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
    EntranceCounts,
    GateCode,
    GateCounts,
    GateEntry,
    GateTicket,
    Refusal,
    Scan,
    ScannedTicket,
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
#: How many entrances are counted one by one.
MOST_ENTRANCES = 100
#: Refusals that say since when.
SAY_SINCE = (Refusal.REPLACED, *REVOKED.values())
AdmissionEvent = TypeVar("AdmissionEvent", AdmissionMade, AdmissionUndone)


class ScanInput(msgspec.Struct, frozen=True, kw_only=True):
    """One scan as the server receives it: of which code, where, when, and by whom.

    `let_in` means that the person is already inside, whatever the server decides.
    """

    scan_id: str
    show_id: str
    digest: str
    by: str
    gate: str
    at_us: int
    let_in: bool = False


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
        by=by, gate=request.gate.strip(), at_us=at,
    )  # fmt: skip
    lock_code(tx, scan_input.digest)
    recorded = find_recorded(tx, scan_input)
    if recorded is not None:
        return to_contract(tx, recorded)
    row = tx.first(sql.BY_CODE, key=entry_key(request.code), show=show.id)
    check = None if row is None else TicketCheck(*row)
    reason = refusal_reason(tx, check, show, at_us=at)
    signed = read_signed(request.code)
    if reason is None and signed is not None and not _is_genuine(tx, signed, show):
        reason = Refusal.UNKNOWN_CODE
    if check is None or reason is not None:
        row = refuse(tx, scan_input, reason=reason or Refusal.UNKNOWN_CODE, check=check, show=show)
    else:
        row = admit(tx, scan_input, check=check, show=show)
    return to_contract(tx, row)


def counts(tx: Tx, *, show_id: str) -> GateCounts:
    """Count the tickets of a show that may enter, are inside, and were refused. Raises NotFound."""
    show = shows.view(tx, show_id=show_id)
    sold, inside, refused = tx.first(sql.COUNT, show=show.id) or (0, 0, 0)
    window = entry_window(tx, show)
    return GateCounts(
        show=show, sold=sold, inside=inside, refused=refused,
        digest_prefix=digest_prefix(show.id),
        public_keys=show_keys.list_public(tx, show_id=show.id),
        entrances=_entrances(tx, show.id),
        doors_open_at=from_us(window.opens_us), entry_closes_at=from_us(window.closes_us),
    )  # fmt: skip


def _entrances(tx: Tx, show_id: str) -> tuple[EntranceCounts, ...]:
    inside: dict[str, int] = dict(
        tx.all(sql.INSIDE_BY_ENTRANCE, show=show_id, limit=MOST_ENTRANCES)
    )
    refused: dict[str, int] = dict(
        tx.all(sql.REFUSED_BY_ENTRANCE, show=show_id, limit=MOST_ENTRANCES)
    )
    return tuple(
        EntranceCounts(gate=name, inside=inside.get(name, 0), refused=refused.get(name, 0))
        for name in sorted(inside.keys() | refused.keys())[:MOST_ENTRANCES]
    )


def list_admissible(
    tx: Tx, *, show_id: str, after_id: str, limit: int
) -> list[tuple[str, GateTicket]]:
    """Return up to `limit` tickets that may enter, by entry code; none of a cancelled show.

    The list has digests instead of codes. Raises NotFound.
    """
    show = shows.view(tx, show_id=show_id)
    if show.cancelled:
        return []
    return [
        (
            row[0],
            GateTicket(
                ticket_id=row[1], section=row[2], row=row[3], seat=row[4],
                digest=code_digest(row[5], show.id),
                admitted_at=None if row[6] is None else from_us(row[6]),
            ),
        )
        for row in tx.all(sql.LIST, show=show.id, after_id=after_id, limit=limit)
    ]  # fmt: skip


def list_changes(
    tx: Tx, *, show_id: str, since_us: int, after_id: str, limit: int
) -> list[tuple[int, str, GateCode]]:
    """Return up to `limit` codes with when they changed and their ids, the oldest change first.

    Raises NotFound for an unknown show.
    """
    show = shows.view(tx, show_id=show_id)
    rows = tx.all(sql.CHANGES, show=show.id, since=since_us, after_id=after_id, limit=limit)
    return [(row[10], row[0], _gate_code(row, show)) for row in rows]


def _gate_code(row: Row, show: Show) -> GateCode:
    reason = None if row[9] is None else CodeRevocation(row[9])
    return GateCode(
        ticket_id=row[1], section=row[2], row=row[3], seat=row[4],
        digest=code_digest(row[5], show.id),
        admitted_at=None if row[6] is None else from_us(row[6]), serial=row[7],
        revoked_at=None if row[8] is None else from_us(row[8]),
        reason=None if reason is None else REVOKED.get(reason, Refusal.REPLACED),
    )  # fmt: skip


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
        undone_by=None, version=1,
    )  # fmt: skip
    tx.publish(_event(AdmissionMade, row))
    return _record_scan(
        tx, scan_input, reason=None, ticket_id=check.ticket_id,
        admission_id=None if row is None else row[0], other_id=replaced_id,
    )  # fmt: skip


def refuse(
    tx: Tx, scan_input: ScanInput, *, reason: Refusal, check: TicketCheck | None, show: Show
) -> Row:
    """Record a refusal."""
    window = entry_window(tx, show)
    limits = {Refusal.NOT_YET: window.opens_us, Refusal.OVER: window.closes_us}
    is_inside = check is not None and reason is Refusal.ALREADY_INSIDE
    return _record_scan(
        tx, scan_input, reason=reason, ticket_id=None if check is None else check.ticket_id,
        other_id=check.inside_id if check is not None and is_inside else None,
        revoked_us=check.revoked_us if check is not None and reason in SAY_SINCE else None,
        window_us=limits.get(reason),
    )  # fmt: skip


def undo(tx: Tx, *, admission_id: str, by: str) -> Admission:
    """Undo an admission; once it is undone nothing changes. Raises AdmissionNotFound."""
    row = tx.first(sql.UNDO, admission_id=admission_id, undone_by_user=by, now=tx.now_us)
    if row is not None:
        tx.publish(_event(AdmissionUndone, row))
        resale.leave(tx, ticket_id=row[2])
    return view(tx, admission_id=admission_id)


def view(tx: Tx, *, admission_id: str) -> Admission:
    """Return an admission. Raises AdmissionNotFound."""
    row = tx.first(sql.VIEW, admission_id=admission_id)
    if row is None:
        raise AdmissionNotFound
    return Admission(
        id=row[0], show_id=row[1], ticket_id=row[2], status=AdmissionStatus(row[5]),
        entry=GateEntry(admission_id=row[0], at=from_us(row[8]), by=row[6], gate=row[7]),
        undone_at=None if row[9] is None else from_us(row[9]), undone_by=row[10], version=row[11],
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
        window_at=None if row[13] is None else from_us(row[13]),
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
    reason: Refusal | None,
    ticket_id: str | None,
    admission_id: str | None = None,
    other_id: str | None = None,
    revoked_us: int | None = None,
    window_us: int | None = None,
) -> Row:
    with tx.mapping_integrity_error(KeyReused):
        row = tx.first(
            sql.INSERT_SCAN,
            id=scan_input.scan_id, show_id=scan_input.show_id, digest=scan_input.digest,
            verdict=(Verdict.ADMITTED if reason is None else Verdict.REFUSED).value,
            reason=None if reason is None else reason.value, ticket_id=ticket_id,
            admission_id=admission_id, other_id=other_id,
            let_in=int(scan_input.let_in or reason is None), by=scan_input.by,
            gate=scan_input.gate, scanned_at=scan_input.at_us, created_at=tx.now_us,
            revoked_at=revoked_us, window_at=window_us,
        )  # fmt: skip
    assert row is not None  # noqa: S101  an INSERT … RETURNING always returns
    return row


def show_merged(tx: Tx, event: ShowMerged) -> None:
    """Move the admissions of a show to the one that it was merged into; scans stay as they were."""
    tx.execute(sql.MOVE, show=event.id, into=event.into_id)


def _event(kind: type[AdmissionEvent], row: Row | None) -> AdmissionEvent:
    assert row is not None  # noqa: S101  as above
    return kind(
        id=row[0], version=row[11], show_id=row[1], ticket_id=row[2], order_id=row[3],
        buyer_id=row[4], status=AdmissionStatus(row[5]), gate=row[7], admitted_at=from_us(row[8]),
    )  # fmt: skip
