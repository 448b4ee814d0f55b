"""The gate: scans and their verdicts, and the list a gate needs to work offline."""

from __future__ import annotations

import hashlib
from datetime import datetime
from enum import StrEnum
from typing import Annotated, ClassVar

from msgspec import Meta, field

from contract.base import (
    Empty,
    Event,
    Id,
    Model,
    OptionalText,
    Page,
    PageQuery,
    Request,
    Timestamp,
)
from contract.endpoint import Access, Endpoint
from contract.problems import NotFound, Problem
from contract.shows import Show
from contract.signed_codes import TEXT_LENGTH, entry_key

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


ScannedCode = Annotated[
    str,
    Meta(
        min_length=1, max_length=TEXT_LENGTH,
        description="an entry code, or the whole text of its QR code",
    ),
]  # fmt: skip
MAX_OVERRIDE = 200
OverrideReason = Annotated[
    str, Meta(max_length=MAX_OVERRIDE, description="text of at most 200 characters")
]
PublicKey = Annotated[
    str, Meta(pattern=r"^[0-9a-f]{64}$", description="an Ed25519 key in 64 hexadecimal digits")
]


class Verdict(StrEnum):
    """The decision about a scan."""

    ADMITTED = "admitted"
    REFUSED = "refused"
    LEFT = "left"


class Direction(StrEnum):
    """Whether somebody comes in or goes out."""

    IN = "in"
    OUT = "out"


class Refusal(StrEnum):
    """Why a ticket is not admitted."""

    ALREADY_INSIDE = "already_inside"
    WRONG_SHOW = "wrong_show"
    SHOW_CANCELLED = "show_cancelled"
    REFUNDED = "refunded"
    REPLACED = "replaced"
    DISPUTED = "disputed"
    BEING_SOLD = "being_sold"
    NOT_SOLD = "not_sold"
    UNKNOWN_CODE = "unknown_code"
    NOT_YET = "not_yet"
    OVER = "over"
    NOT_INSIDE = "not_inside"


#: What a supervisor may admit in spite of: whose ticket it is stays beyond doubt, and it is paid.
OVERRIDABLE = frozenset({Refusal.ALREADY_INSIDE, Refusal.NOT_YET, Refusal.OVER, Refusal.DISPUTED})


class AdmissionStatus(StrEnum):
    """Whether an admission counts."""

    INSIDE = "inside"
    LEFT = "left"
    UNDONE = "undone"


class Admit(Request, frozen=True, kw_only=True):
    """Scan a code. The client makes up `scan_id`, so that a repeated request counts once.

    Case, blanks and dashes in the code do not matter.
    `scanned_at` is the time of the scan, if it is not now; `gate` is the name of the entrance. With
    the `direction` out the holder leaves, and may come in again.
    With `override`, which is the reason, a supervisor admits a ticket that is inside, too early,
    too late or disputed.
    """

    show_id: Id
    code: ScannedCode
    scan_id: ScanId
    scanned_at: Timestamp | None = None
    gate: OptionalText = ""
    direction: Direction = Direction.IN
    override: OverrideReason = ""


class GateEntry(Model, frozen=True, kw_only=True):
    """One time that a ticket was let in: when, by whom, at which entrance.

    Without `admission_id` the entry never counted.
    """

    admission_id: Id | None
    at: datetime
    by: Id
    gate: str


class ScannedTicket(Model, frozen=True, kw_only=True):
    """The ticket that a scanned code belongs to."""

    ticket_id: Id
    show: Show
    section: str
    row: str
    seat: str


class Scan(Model, frozen=True, kw_only=True):
    """The result of a scan. A refusal is a result like any other, and is recorded.

    `reason` is why it was refused; `first` is the earlier entry when the ticket is inside already.
    `admission_id` is set when it was admitted, to undo the admission. `revoked_at` is when the code
    stopped being valid: since when it is replaced, refunded or disputed. `window_at` is when the
    doors open, if it is too early, or when entry closed, if that is over. `left_at` is when the
    ticket left: an admission after that is a re-entry. `overrode` is the refusal that a supervisor
    overrode, for the reason `override`.
    """

    scan_id: ScanId
    show_id: Id
    verdict: Verdict
    reason: Refusal | None
    ticket: ScannedTicket | None
    admission_id: Id | None
    first: GateEntry | None
    scanned_at: datetime
    revoked_at: datetime | None = None
    window_at: datetime | None = None
    direction: Direction = Direction.IN
    left_at: datetime | None = None
    overrode: Refusal | None = None
    override: str = ""


class Admission(Model, frozen=True, kw_only=True):
    """A ticket was admitted; `undone_at` is set when that was undone, `left_at` when it left."""

    id: Id
    show_id: Id
    ticket_id: Id
    status: AdmissionStatus
    entry: GateEntry
    undone_at: datetime | None
    undone_by: Id | None
    version: int
    left_at: datetime | None = None
    left_gate: str = ""
    override: str = ""


class OfflineScan(Request, frozen=True, kw_only=True):
    """A scan that a gate decided offline, from its list. `digest` stands for the code.

    `override` is why a supervisor admitted a ticket in spite of a refusal.
    """

    scan_id: ScanId
    show_id: Id
    digest: Digest
    ticket_id: Id | None
    verdict: Verdict
    reason: Refusal | None = None
    scanned_at: Timestamp
    gate: OptionalText = ""
    direction: Direction = Direction.IN
    override: OverrideReason = ""


class SyncAdmissions(Request, frozen=True, kw_only=True):
    """Report what a gate did while it was offline."""

    scans: Annotated[tuple[OfflineScan, ...], Meta(min_length=1, max_length=SYNC_SCANS)]


class Conflict(Model, frozen=True, kw_only=True):
    """A gate let somebody in whom the server would have refused.

    When the ticket was let in twice, `first` is the earlier entry, which counts, and `second` the
    later one; `second` has no admission when it never counted.
    """

    scan_id: ScanId
    reason: Refusal
    ticket: ScannedTicket | None
    first: GateEntry | None
    second: GateEntry | None
    scanned_at: datetime


class SyncReport(Model, frozen=True, kw_only=True):
    """The result of each scan, in the order in which they were sent, and the conflicts."""

    results: tuple[Scan, ...]
    conflicts: tuple[Conflict, ...]


class EntranceCounts(Model, frozen=True, kw_only=True):
    """What one entrance did: how many it let in who are inside, and how many it refused.

    `entered` counts everybody that it let in, once for each time, and `left` who went out there;
    `overrides` are the admissions in spite of a refusal.
    """

    gate: str
    inside: int
    refused: int
    entered: int = 0
    left: int = 0
    overrides: int = 0


class GateCounts(Model, frozen=True, kw_only=True):
    """A show at its gate: how many tickets may enter, are inside, and were refused.

    `entered` counts the admissions, once for each time that a ticket went in, and `left` those that
    went out again; `overrides` counts the admissions in spite of a refusal. `may_override` says
    whether the signed-in account is a supervisor here.
    `digest_prefix` precedes each code when it is hashed for the gate's list. `public_keys` are what
    the signature of a QR code is checked with. `entrances` are the counts of each entrance by name,
    at most 100 of them; scans at an entrance without a name are under an empty one. Nobody is
    admitted before `doors_open_at`, nor after `entry_closes_at`.
    """

    show: Show
    sold: int
    inside: int
    refused: int
    digest_prefix: str = field(name="salt")
    public_keys: tuple[PublicKey, ...] = ()
    entrances: tuple[EntranceCounts, ...] = ()
    doors_open_at: datetime | None = None
    entry_closes_at: datetime | None = None
    entered: int = 0
    left: int = 0
    overrides: int = 0
    may_override: bool = False


class GateTicket(Model, frozen=True, kw_only=True):
    """A ticket on the list of an offline gate: a digest instead of its code."""

    ticket_id: Id
    section: str
    row: str
    seat: str
    digest: Digest
    admitted_at: datetime | None


class GateCode(GateTicket, frozen=True, kw_only=True):
    """An entry code of a show, for a gate that works offline: valid, or revoked for a reason.

    `left_at` is when the ticket left, if it is not inside.
    """

    serial: int = 0
    revoked_at: datetime | None = None
    reason: Refusal | None = None
    left_at: datetime | None = None


class GateChanges(Model, frozen=True, kw_only=True):
    """Codes in the order in which they changed. Ask again with `next`, at once if there is `more`.

    What changed in the last minute comes twice, so that nothing is missed that two servers did at
    the same time.
    """

    items: tuple[GateCode, ...]
    next: str
    more: bool


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
    """A ticket was admitted; `override` is why, if a supervisor did so in spite of a refusal."""

    name: ClassVar[str] = "admission.made"
    overrode: Refusal | None = None
    override: str = ""


class AdmissionUndone(_AdmissionEvent, frozen=True, kw_only=True, tag="admission.undone"):
    """An admission was undone, or replaced by an earlier one that was reported later."""

    name: ClassVar[str] = "admission.undone"


class AdmissionLeft(_AdmissionEvent, frozen=True, kw_only=True, tag="admission.left"):
    """An admitted ticket left, and may come in again."""

    name: ClassVar[str] = "admission.left"
    left_at: datetime
    left_gate: str


class AdmissionNotFound(Problem, status=404):
    """There is no such admission."""


class NotYourAdmission(Problem, status=403):
    """Only the person who made an admission, or an operator, can undo it."""


class NotASupervisor(Problem, status=403):
    """Only the managers of the show's organiser, and operators, may override a refusal."""


class TicketLeft(Problem, status=409):
    """The ticket has left since, so that its admission cannot be undone."""


def digest_of(code: str, *, digest_prefix: str) -> str:
    """Return the digest that stands for a code, however it is written, on a gate's list.

    The text of a QR code has the digest of the code that it carries.
    """
    key = entry_key(code)
    return hashlib.sha256(f"{digest_prefix}:{key}".encode("utf-8", "surrogatepass")).hexdigest()


ADMIT = Endpoint(
    method="POST", path="/v1/gate/admissions", request=Admit, response=Scan,
    summary="Scan a code: admit, let out or refuse, and record which.", access=Access.GATE,
    errors=(NotFound, NotASupervisor),
)  # fmt: skip
UNDO_ADMISSION = Endpoint(
    method="POST", path="/v1/gate/admissions/{admission_id}/undo", request=Empty,
    response=Admission,
    summary="Undo an admission; the ticket can be used again.", access=Access.GATE,
    errors=(AdmissionNotFound, NotYourAdmission, TicketLeft),
)  # fmt: skip
SYNC_ADMISSIONS = Endpoint(
    method="POST", path="/v1/gate/sync", request=SyncAdmissions, response=SyncReport,
    summary="Record what a gate did offline. Of two admissions of one ticket, the first counts.",
    access=Access.GATE, body_limit=SYNC_BODY_LIMIT, errors=(NotFound,),
)  # fmt: skip
VIEW_GATE = Endpoint(
    method="GET", path="/v1/gate/shows/{show_id}", request=Empty, response=GateCounts,
    summary="Count the tickets that may enter, are inside, and were refused.", access=Access.GATE,
)  # fmt: skip
VIEW_GATE_LIST = Endpoint(
    method="GET", path="/v1/gate/shows/{show_id}/list", request=PageQuery,
    response=Page[GateTicket],
    summary="List the tickets that may enter, for a gate that works offline.", access=Access.GATE,
)  # fmt: skip
VIEW_GATE_CHANGES = Endpoint(
    method="GET", path="/v1/gate/shows/{show_id}/changes", request=PageQuery,
    response=GateChanges,
    summary="List every code that is valid or was revoked, or what changed since a cursor.",
    access=Access.GATE,
)  # fmt: skip
