"""Answers: what is said at a gate, and what it says of itself."""

from __future__ import annotations

from datetime import datetime

from contract.base import Model
from contract.gate import Conflict, GateEntry, Refusal, ScannedTicket, Verdict


class Answer(Model, frozen=True, kw_only=True):
    """What is said at the gate. `online` tells whether the house said it, or the list here.

    `first` is the time the ticket was let in before; its `by` is empty where only the list knows.
    """

    scan_id: str
    verdict: Verdict
    reason: Refusal | None
    ticket: ScannedTicket | None
    first: GateEntry | None
    at: datetime
    online: bool
    admission_id: str | None = None


class Counters(Model, frozen=True, kw_only=True):
    """What this gate has done: `waiting` scans and undoings the house does not know of yet."""

    admitted: int
    refused: int
    waiting: int
    conflicts: int


class Synced(Model, frozen=True, kw_only=True):
    """What a synchronisation did: scans told, and all that does not add up so far."""

    sent: int
    conflicts: tuple[Conflict, ...]


class TakenBack(Model, frozen=True, kw_only=True):
    """An admission that was taken back. `told` says that the house knows."""

    scan_id: str
    ticket_id: str | None
    told: bool


class NothingToUndo(Exception):
    """Nobody was let in here who has not been taken back."""


def why(answer: Answer) -> str:
    """Say why somebody is refused, and when and where the ticket was let in before."""
    if answer.reason is None:
        return ""
    said = answer.reason.value.replace("_", " ")
    if answer.first is None:
        return said
    where = f" at {answer.first.gate}" if answer.first.gate else ""
    return f"{said} since {answer.first.at.astimezone():%H:%M:%S}{where}"
