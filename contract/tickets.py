"""Tickets: one seat at one show, from listing to sale."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from enum import StrEnum
from typing import Annotated, ClassVar

import msgspec
from msgspec import UNSET, Meta, UnsetType

from contract import limits, prices
from contract.base import (
    Day,
    Empty,
    Event,
    Id,
    Model,
    OptionalText,
    Page,
    PageQuery,
    Request,
    Search,
    ShortText,
    Timestamp,
)
from contract.endpoint import Access, Endpoint
from contract.money import LARGEST_AMOUNT, Currency, Money
from contract.policies import PriceAboveCap, ResaleNotAllowed
from contract.problems import FieldError, Problem, StaleVersion
from contract.shows import Category, Show, ShowDetails, ShowIsCancelled, ShowStarted

Code = Annotated[str, Meta(min_length=1, max_length=80, description="text of 1 to 80 characters")]
IMPORT_ROWS = 500
IMPORT_BODY_LIMIT = 1024 * 1024


class CodeRevocation(StrEnum):
    """Why an entry code no longer opens the gate."""

    SOLD = "sold"
    """The owner sold the ticket; the new owner has a new code."""
    TRANSFERRED = "transferred"
    """The owner gave the ticket away; the new owner has a new code."""
    REISSUED = "reissued"
    """An operator or the organiser replaced the code; the owner is the same."""
    REFUNDED = "refunded"
    """The owner got all of the money back."""
    DISPUTED = "disputed"
    """The owner's bank took the money back for good."""


class TicketStatus(StrEnum):
    """The status of a ticket, from listing to sale."""

    AVAILABLE = "available"
    LOCKED = "locked"
    SOLD = "sold"
    WITHDRAWN = "withdrawn"


class WithdrawReason(StrEnum):
    """Why a ticket was taken off sale: by its seller, with its show, by an operator, or by a ban.

    What a ban withdrew is back on sale when the ban is lifted.
    """

    SELLER = "seller"
    SHOW_CANCELLED = "show_cancelled"
    OPERATOR = "operator"
    BAN = "ban"


class TicketOrigin(StrEnum):
    """Who made a ticket: the organiser of its show, here, or somebody elsewhere, unverified."""

    ISSUED = "issued"
    IMPORTED = "imported"


class Ticket(Model, frozen=True, kw_only=True):
    """A ticket as everybody may see it. Only its owner sees the entry code, in the wallet.

    `withdraw_reason` is why it was taken off sale. Only its seller and operators see `external_id`,
    the seller's own id for it, and `withdraw_note`, what an operator wrote about it. `owned` means
    that a sold ticket is yours: you bought it, or took it back from sale. `face_value` is the price
    at which an issued ticket was first offered. `locked_until` is when a lock ends if nobody pays.
    `suspended` means that the rules of the organiser took it off sale.
    """

    id: Id
    show: Show
    section: str
    row: str
    seat: str
    price: Money
    status: TicketStatus
    version: int
    seller_id: Id
    external_id: str | None
    created_at: datetime
    updated_at: datetime
    withdraw_reason: WithdrawReason | None = None
    withdraw_note: str = ""
    owned: bool = False
    origin: TicketOrigin = TicketOrigin.IMPORTED
    face_value: Money | None = None
    locked_until: datetime | None = None
    suspended: bool = False


class Price(Request, frozen=True, kw_only=True):
    """A price in minor units that the payment provider can charge (`contract/prices.py`)."""

    amount: Annotated[
        int,
        Meta(ge=1, le=LARGEST_AMOUNT, description="a whole number of minor units, greater than 0"),
    ]
    currency: Currency

    def broken_rules(self) -> Iterator[tuple[str, str]]:
        """Refuse a price that the payment provider could not charge."""
        if why := prices.refusal(Money(amount=self.amount, currency=self.currency)):
            yield ("currency" if self.currency in prices.NOT_CHARGED else "amount"), why


class CreateTicket(Request, frozen=True, kw_only=True):
    """List a ticket for sale.

    `barcode` is the code that somebody else printed on the ticket. It is encrypted, shown to nobody
    before the ticket is sold, and then to the buyer alone. It does not open the gate here: the
    server makes a new entry code for each owner.
    `external_id` is the seller's own id for the ticket, unique among those of the seller's tickets
    that are not withdrawn.
    """

    show: ShowDetails
    section: OptionalText = ""
    row: OptionalText = ""
    seat: OptionalText = ""
    price: Price
    barcode: Code | None = None
    external_id: Code | None = None


class EditTicket(Request, frozen=True, kw_only=True):
    """Change an available ticket. Absent fields stay as they are."""

    section: OptionalText | UnsetType = UNSET
    row: OptionalText | UnsetType = UNSET
    seat: OptionalText | UnsetType = UNSET
    price: Price | UnsetType = UNSET
    barcode: Code | UnsetType = UNSET


class WithdrawTicket(Request, frozen=True, kw_only=True):
    """Take a listing off sale as an operator. The seller reads the reason."""

    reason: ShortText


class ReissueCode(Request, frozen=True, kw_only=True):
    """Replace the entry code of a ticket as an operator. The owner reads the reason."""

    reason: ShortText


class RelistTicket(Request, frozen=True, kw_only=True):
    """Put a ticket that one owns on sale, at a new price."""

    price: Price


class TicketSort(StrEnum):
    """The order in which tickets are listed. Prices are sorted within a currency."""

    STARTS_AT = "starts_at"
    PRICE = "price"
    NEWEST = "newest"


class TicketsQuery(PageQuery, frozen=True, kw_only=True):
    """Find tickets: those on sale, unless `status` is set. `max_price` is in minor units.

    `day_from` and `day_to` are dates where the show is; `starts_from` and `starts_to` are moments.
    """

    q: Search = ""
    show_id: Id | None = None
    show: Search = ""
    city: Search = ""
    category: Category | None = None
    starts_from: Timestamp | None = None
    starts_to: Timestamp | None = None
    day_from: Day | None = None
    day_to: Day | None = None
    currency: Currency | None = None
    max_price: Annotated[int, Meta(ge=0, le=LARGEST_AMOUNT)] | None = None
    status: TicketStatus | None = None
    mine: bool = False
    sort: TicketSort = TicketSort.STARTS_AT


class ImportTickets(Request, frozen=True, kw_only=True):
    """List many tickets at once, or update them by `external_id`.

    Each row is read as a `CreateTicket`: a bad row is reported and does not affect the others. The
    row of a withdrawn ticket lists a new one, with an id of its own. With `dry_run` nothing is
    changed.
    """

    rows: Annotated[tuple[msgspec.Raw, ...], Meta(min_length=1, max_length=IMPORT_ROWS)]
    dry_run: bool = False


class ImportOutcome(StrEnum):
    """What an import did with a row. `relisted` is a new ticket in place of a withdrawn one."""

    CREATED = "created"
    RELISTED = "relisted"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    REFUSED = "refused"


class RowResult(Model, frozen=True, kw_only=True):
    """The result of one row. `row` counts from 0; `errors` says why it was refused.

    `notice` says that its show may be the same as another one, spelled otherwise.
    """

    row: int
    outcome: ImportOutcome
    ticket_id: str | None = None
    code: str | None = None
    detail: str | None = None
    errors: tuple[FieldError, ...] = ()
    notice: str | None = None


class ImportReport(Model, frozen=True, kw_only=True):
    """The results of an import, row by row."""

    results: tuple[RowResult, ...]
    dry_run: bool


class _TicketEvent(Event, frozen=True, kw_only=True):
    show_id: Id
    seller_id: Id
    section: str
    row: str
    seat: str
    price: Money
    status: TicketStatus
    order_id: Id | None
    origin: TicketOrigin = TicketOrigin.IMPORTED
    locked_until: datetime | None = None


class TicketCreated(_TicketEvent, frozen=True, kw_only=True, tag="ticket.created"):
    """A ticket was listed."""

    name: ClassVar[str] = "ticket.created"


class TicketUpdated(_TicketEvent, frozen=True, kw_only=True, tag="ticket.updated"):
    """A ticket was edited, locked, unlocked, sold or put back on sale after a ban.

    `order_id` is the order that holds it; only operators who follow everything receive it.
    `locked_until` is when a lock ends if nobody pays.
    """

    name: ClassVar[str] = "ticket.updated"


class TicketWithdrawn(_TicketEvent, frozen=True, kw_only=True, tag="ticket.withdrawn"):
    """A ticket was taken off sale; `reason` says by whom or why."""

    name: ClassVar[str] = "ticket.withdrawn"
    reason: WithdrawReason | None = None


class _CodeEvent(Event, frozen=True, kw_only=True):
    """About an entry code, never with the code. `serial` counts the codes of a ticket from 1.

    `note` is why an operator replaced the code.
    """

    show_id: Id
    owner_id: Id
    order_id: Id
    serial: int
    note: str = ""

    @property
    def audience(self) -> str | None:
        return self.owner_id


class TicketCodeIssued(_CodeEvent, frozen=True, kw_only=True, tag="ticket.code_issued"):
    """A ticket has a new entry code, for its owner alone."""

    name: ClassVar[str] = "ticket.code_issued"


class TicketCodeRevoked(_CodeEvent, frozen=True, kw_only=True, tag="ticket.code_revoked"):
    """An entry code no longer opens the gate; `owner_id` is who had it."""

    name: ClassVar[str] = "ticket.code_revoked"
    reason: CodeRevocation


class TicketNotFound(Problem, status=404):
    """There is no such ticket."""


class TicketUnavailable(Problem, status=409):
    """The ticket is not available: it is locked, sold or withdrawn."""


class OwnTicket(Problem, status=409):
    """You cannot buy your own ticket."""


class NotYourTicket(Problem, status=403):
    """Only the owner can change or sell a ticket."""


class AlreadyListed(Problem, status=409):
    """You have already listed this seat at this show."""


class SeatTaken(Problem, status=409):
    """Somebody else has listed this seat at this show."""


class TicketInside(Problem, status=409):
    """The ticket was admitted at the gate, and cannot be sold or given away any more."""


class TicketOffered(Problem, status=409):
    """The ticket is offered to somebody. Cancel the transfer first."""


class TicketVoid(Problem, status=409):
    """The ticket was refunded, and does not open the gate any more."""


class BarcodeTaken(Problem, status=409):
    """Another ticket of this show has the same barcode."""


class IssuedByOrganiser(Problem, status=409):
    """Only the show's organiser creates tickets for it."""


class ExternalIdTaken(Problem, status=409):
    """You already have a ticket with this external_id that is not withdrawn."""


CREATE_TICKET = Endpoint(
    method="POST", path="/v1/tickets", request=CreateTicket, response=Ticket, status=201,
    summary="List a ticket for sale.",
    errors=(ShowStarted, ShowIsCancelled, IssuedByOrganiser, AlreadyListed, SeatTaken,
            BarcodeTaken, ExternalIdTaken),
)  # fmt: skip
LIST_TICKETS = Endpoint(
    method="GET", path="/v1/tickets", request=TicketsQuery, response=Page[Ticket],
    summary="List tickets: those on sale, unless the query says otherwise.", access=Access.PUBLIC,
    limit=limits.SEARCH,
)  # fmt: skip
VIEW_TICKET = Endpoint(
    method="GET", path="/v1/tickets/{ticket_id}", request=Empty, response=Ticket,
    summary="Show one ticket.", access=Access.PUBLIC, errors=(TicketNotFound,),
)  # fmt: skip
EDIT_TICKET = Endpoint(
    method="PATCH", path="/v1/tickets/{ticket_id}", request=EditTicket, response=Ticket,
    summary="Change one of your available tickets.", if_match=True,
    errors=(TicketNotFound, NotYourTicket, TicketUnavailable, ShowIsCancelled, AlreadyListed,
            SeatTaken, BarcodeTaken, ResaleNotAllowed, PriceAboveCap, StaleVersion),
)  # fmt: skip
RELIST_TICKET = Endpoint(
    method="POST", path="/v1/tickets/{ticket_id}/relist", request=RelistTicket, response=Ticket,
    summary="Sell a ticket that you own.",
    errors=(TicketNotFound, NotYourTicket, TicketUnavailable, TicketInside, TicketOffered,
            TicketVoid, ShowStarted, ShowIsCancelled, ResaleNotAllowed, PriceAboveCap),
)  # fmt: skip
WITHDRAW_TICKET = Endpoint(
    method="DELETE", path="/v1/tickets/{ticket_id}", request=Empty, response=Ticket,
    summary="Take one of your available tickets off sale; one that you bought stays yours.",
    if_match=True, errors=(TicketNotFound, NotYourTicket, TicketUnavailable, StaleVersion),
)  # fmt: skip
IMPORT_TICKETS = Endpoint(
    method="POST", path="/v1/tickets/import", request=ImportTickets, response=ImportReport,
    summary="List or update many tickets; each row is accepted or refused by itself. The rows are "
    "committed 10 at a time, and other requests go between.",
    body_limit=IMPORT_BODY_LIMIT,
)  # fmt: skip
