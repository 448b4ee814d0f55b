"""The gate: what a scan is answered, and what a gate needs to go on without a line."""

from __future__ import annotations

import hashlib
from datetime import datetime
from enum import StrEnum
from typing import Annotated, ClassVar

from msgspec import Meta

from contract.base import (
    Empty,
    Event,
    Id,
    Model,
    Moment,
    OptionalLine,
    Page,
    PageQuery,
    Request,
)
from contract.endpoint import Access, Endpoint
from contract.problems import NotFound, Problem
from contract.shows import Show
from contract.tickets import Code

#: Scans in one synchronisation; the body of a full one stays under `SYNC_BODY_LIMIT`.
SYNC_SCANS = 500
SYNC_BODY_LIMIT = 512 * 1024
ScanId = Annotated[
    str,
    Meta(pattern=r"^[0-9a-z]{16,40}$", description="16 to 40 random lowercase letters and digits"),
]
Digest = Annotated[
    str, Meta(pattern=r"^[0-9a-f]{64}$", description="a SHA-256 in 64 hexadecimal digits")
]


class Verdict(StrEnum):
    """What the gate says."""

    ADMITTED = "admitted"
    REFUSED = "refused"


class Refusal(StrEnum):
    """Why somebody is not let in."""

    ALREADY_INSIDE = "already_inside"
    WRONG_SHOW = "wrong_show"
    SHOW_CANCELLED = "show_cancelled"
    REFUNDED = "refunded"
    NOT_SOLD = "not_sold"
    UNKNOWN_CODE = "unknown_code"


class AdmissionStatus(StrEnum):
    """Whether an admission counts."""

    INSIDE = "inside"
    UNDONE = "undone"


class Admit(Request, frozen=True, kw_only=True):
    """Let in whoever shows a code. `scan_id` is the client's own: the same scan counts once.

    `scanned_at` is when, if not now; `gate` is the name of the entrance.
    """

    show_id: Id
    code: Code
    scan_id: ScanId
    scanned_at: Moment | None = None
    gate: OptionalLine = ""


class Entry(Model, frozen=True, kw_only=True):
    """One time a ticket was let in: when, by whom, at which entrance.

    Without an admission it never counted.
    """

    admission_id: Id | None
    at: datetime
    by: Id
    gate: str


class Admitting(Model, frozen=True, kw_only=True):
    """The ticket that a code opens the gate for."""

    ticket_id: Id
    show: Show
    section: str
    row: str
    seat: str


class Scan(Model, frozen=True, kw_only=True):
    """What the gate says to a scan. A refusal is an answer like any other, and recorded.

    `reason` says why not; `first` is the time it was let in before, when it is inside already.
    `admission_id` is there when it was let in, to undo it by.
    """

    scan_id: ScanId
    show_id: Id
    verdict: Verdict
    reason: Refusal | None
    ticket: Admitting | None
    admission_id: Id | None
    first: Entry | None
    scanned_at: datetime


class Admission(Model, frozen=True, kw_only=True):
    """Somebody was let in with a ticket; `undone_at` is there when that was taken back."""

    id: Id
    show_id: Id
    ticket_id: Id
    status: AdmissionStatus
    entry: Entry
    undone_at: datetime | None
    undone_by: Id | None
    version: int


class OfflineScan(Request, frozen=True, kw_only=True):
    """A scan that a gate answered by itself, from its list. `digest` stands for the code."""

    scan_id: ScanId
    show_id: Id
    digest: Digest
    ticket_id: Id | None
    verdict: Verdict
    reason: Refusal | None = None
    scanned_at: Moment
    gate: OptionalLine = ""


class SyncAdmissions(Request, frozen=True, kw_only=True):
    """Tell the house what a gate did while it could not reach it."""

    scans: Annotated[tuple[OfflineScan, ...], Meta(min_length=1, max_length=SYNC_SCANS)]


class Conflict(Model, frozen=True, kw_only=True):
    """Somebody was let in whom the house would not have let in.

    When the ticket was let in twice, `first` is the earlier time, which counts, and `second` the
    later one; `second` has no admission when it never counted.
    """

    scan_id: ScanId
    reason: Refusal
    ticket: Admitting | None
    first: Entry | None
    second: Entry | None
    scanned_at: datetime


class SyncReport(Model, frozen=True, kw_only=True):
    """What became of each scan, in the order they were sent, and what does not add up."""

    results: tuple[Scan, ...]
    conflicts: tuple[Conflict, ...]


class GateCounts(Model, frozen=True, kw_only=True):
    """A show as its gate sees it: how many may come, are inside, and were refused.

    `salt` goes into the digests of the gate's list.
    """

    show: Show
    sold: int
    inside: int
    refused: int
    salt: str


class GateTicket(Model, frozen=True, kw_only=True):
    """A ticket that may come in, as a gate without a line must know it: never its code."""

    ticket_id: Id
    section: str
    row: str
    seat: str
    digest: Digest
    admitted_at: datetime | None


class _AdmissionEvent(Event, frozen=True, kw_only=True):
    show_id: Id
    ticket_id: Id
    order_id: Id
    buyer_id: Id
    status: AdmissionStatus
    gate: str
    admitted_at: datetime

    @property
    def audience(self) -> str | None:
        return self.buyer_id


class AdmissionMade(_AdmissionEvent, frozen=True, kw_only=True, tag="admission.made"):
    """Somebody was let in with a ticket."""

    name: ClassVar[str] = "admission.made"


class AdmissionUndone(_AdmissionEvent, frozen=True, kw_only=True, tag="admission.undone"):
    """An admission was taken back, or gave way to an earlier one that was told later."""

    name: ClassVar[str] = "admission.undone"


class AdmissionNotFound(Problem, status=404):
    """There is no such admission."""


class NotYourAdmission(Problem, status=403):
    """Only the person who made an admission, or an operator, can undo it."""


def digest_of(code: str, *, salt: str) -> str:
    """Return what a gate's list knows a code by."""
    return hashlib.sha256(f"{salt}:{code}".encode("utf-8", "surrogatepass")).hexdigest()


ADMIT = Endpoint(
    method="POST", path="/v1/gate/admissions", request=Admit, response=Scan,
    summary="Scan a code: admit or refuse, and record which.", access=Access.GATE,
    errors=(NotFound,),
)  # fmt: skip
UNDO_ADMISSION = Endpoint(
    method="POST", path="/v1/gate/admissions/{admission_id}/undo", request=Empty,
    response=Admission,
    summary="Take an admission back; the ticket may be used again.", access=Access.GATE,
    errors=(AdmissionNotFound, NotYourAdmission),
)  # fmt: skip
SYNC_ADMISSIONS = Endpoint(
    method="POST", path="/v1/gate/sync", request=SyncAdmissions, response=SyncReport,
    summary="Record what a gate did offline. Of two admissions of one ticket, the first counts.",
    access=Access.GATE, body_limit=SYNC_BODY_LIMIT, errors=(NotFound,),
)  # fmt: skip
VIEW_GATE = Endpoint(
    method="GET", path="/v1/gate/shows/{show_id}", request=Empty, response=GateCounts,
    summary="Count who may come, is inside, and was refused.", access=Access.GATE,
)  # fmt: skip
VIEW_GATE_LIST = Endpoint(
    method="GET", path="/v1/gate/shows/{show_id}/list", request=PageQuery,
    response=Page[GateTicket],
    summary="List the tickets that may come in, for a gate that is offline.", access=Access.GATE,
)  # fmt: skip
