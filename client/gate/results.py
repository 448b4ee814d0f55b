"""Results: what the gate answers to a scan, an undo and a synchronisation."""

from __future__ import annotations

from datetime import datetime

import msgspec

from client.formatting import local_time, place
from contract.base import Model
from contract.gate import Conflict, Direction, GateEntry, Refusal, ScannedTicket, Verdict

#: What is said beside the result of a repeated scan.
REPEATED = "scanned twice, counted once"
#: What is said about a ticket that the list does not have yet.
BY_SIGNATURE = "by its signature: newer than the list"
#: What is said about a ticket that left before.
RE_ENTRY = "re-entry"
#: Refusals that need more than their name.
EXPLAINED = {
    Refusal.REPLACED: "replaced: a newer owner has this ticket, or its owner a newer code",
    Refusal.DISPUTED: "disputed: the payment for this ticket is in dispute",
    Refusal.BEING_SOLD: "being sold right now",
    Refusal.NOT_YET: "not yet: the doors open later",
    Refusal.OVER: "over: entry has closed",
}
#: Refusals outside the entry window; the time follows.
WINDOW = {
    Refusal.NOT_YET: "not yet: the doors open",
    Refusal.OVER: "over: entry closed",
}


class ScanResult(Model, frozen=True, kw_only=True):
    """The answer to a scan. `online` is True if it came from the server, not from the local list.

    `first` is the earlier admission of the ticket; its `by` is empty if the local list has it.
    `repeated` means that the scanner sent the same code again at once: it is one scan.
    `by_signature` means that the list does not have the code yet, and its signature is genuine: the
    ticket was sold or given away since, and its seat is not known here. `revoked_at` is since when
    the code is not valid. `window_at` is when the doors open or entry closed, if it is too early or
    too late. `left_at` is when the ticket left: an admission after that is a re-entry. `overrode`
    is the refusal that a supervisor overrode, for the reason `override`.
    """

    scan_id: str
    verdict: Verdict
    reason: Refusal | None
    ticket: ScannedTicket | None
    first: GateEntry | None
    at: datetime
    online: bool
    admission_id: str | None = None
    repeated: bool = False
    by_signature: bool = False
    revoked_at: datetime | None = None
    window_at: datetime | None = None
    direction: Direction = Direction.IN
    left_at: datetime | None = None
    overrode: Refusal | None = None
    override: str = ""


class Counters(Model, frozen=True, kw_only=True):
    """What this machine did; `waiting` counts the scans and undos not yet sent to the server."""

    admitted: int
    refused: int
    waiting: int
    conflicts: int
    left: int = 0
    overrides: int = 0


class SyncSummary(Model, frozen=True, kw_only=True):
    """What a synchronisation did: the number of scans sent, and all conflicts so far."""

    sent: int
    conflicts: tuple[Conflict, ...]


class UndoneAdmission(Model, frozen=True, kw_only=True):
    """An admission that was undone; `synced` is True if the server knows."""

    scan_id: str
    ticket_id: str | None
    synced: bool = msgspec.field(name="told")


class NothingToUndo(Exception):
    """No admission was made here that is not already undone."""


def refusal_text(reason: Refusal) -> str:
    """Return why a ticket is refused: `already inside`."""
    return EXPLAINED.get(reason) or reason.value.replace("_", " ")


def seat_text(result: ScanResult) -> str:
    """Return the seat; empty for an unknown code, and when only a signature told of the ticket."""
    return "" if result.ticket is None or result.by_signature else place(result.ticket)


def reason_text(result: ScanResult) -> str:
    """Return why a scan was refused and since when, on what it was admitted, if it is a repeat."""
    text = BY_SIGNATURE if result.by_signature else ""
    if result.reason is not None:
        text = refusal_text(result.reason)
    if result.window_at is not None and result.reason in WINDOW:
        text = f"{WINDOW[result.reason]} {local_time(result.window_at)}"
    if result.revoked_at is not None and result.overrode is None:
        text = f"{text}, since {local_time(result.revoked_at)}"
    if result.overrode is not None:
        text = f"override: {result.overrode.value.replace('_', ' ')}; {result.override}"
    elif result.left_at is not None and result.verdict is Verdict.ADMITTED:
        text = f"{RE_ENTRY}, left {result.left_at.astimezone():%H:%M:%S}"
    if result.left_at is not None and result.reason is Refusal.NOT_INSIDE:
        text = f"{text}: left at {result.left_at.astimezone():%H:%M:%S}"
    if result.first is not None and result.overrode is None:
        where = f" at {result.first.gate}" if result.first.gate else ""
        text = f"{text} since {result.first.at.astimezone():%H:%M:%S}{where}"
    return ", ".join(filter(None, (text, REPEATED if result.repeated else "")))
