"""Transfers: give a ticket to somebody, who accepts or declines it."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, ClassVar

from msgspec import Meta

from contract.auth import Email
from contract.base import Empty, Event, Id, Model, Page, PageQuery, Request
from contract.endpoint import Endpoint
from contract.policies import TooManyTickets, TransferNotAllowed
from contract.problems import Problem
from contract.shows import ShowIsCancelled, ShowStarted
from contract.tickets import (
    NotYourTicket,
    Ticket,
    TicketInside,
    TicketNotFound,
    TicketOffered,
    TicketUnavailable,
    TicketVoid,
)

DAY = 24 * 3600
#: How long a transfer is open, unless the giver says otherwise, and at most; in seconds.
DEFAULT_LIFETIME = 7 * DAY
LONGEST_LIFETIME = 60 * DAY


class TransferStatus(StrEnum):
    """The status of a transfer. Only an offered one can change."""

    OFFERED = "offered"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


class Transfer(Model, frozen=True, kw_only=True):
    """A ticket that its owner gives to somebody.

    `to` is the address it was offered to, and `giver` the address of who gives it: the first letter
    and the domain of it, for the recipient. Only these two see a transfer.
    """

    id: Id
    ticket: Ticket
    from_id: Id
    to: str
    status: TransferStatus
    version: int
    created_at: datetime
    expires_at: datetime
    ended_at: datetime | None
    giver: str = ""


class OfferTransfer(Request, frozen=True, kw_only=True):
    """Offer a ticket to the user with an address, or to who will have it."""

    to: Email
    lifetime: Annotated[
        int,
        Meta(ge=60, le=LONGEST_LIFETIME, description="a whole number of seconds, up to 60 days"),
    ] = DEFAULT_LIFETIME


class TransferOffer(Model, frozen=True, kw_only=True):
    """A new transfer. With `claim_code`, nobody has an account with that address yet.

    The giver passes the claim code on; whoever signs up with the address accepts with it. It is
    shown this once.
    """

    transfer: Transfer
    claim_code: str | None


class AcceptTransfer(Request, frozen=True, kw_only=True):
    """Accept a ticket. The claim code is needed if the offer came before the account."""

    claim_code: Annotated[str, Meta(max_length=80)] | None = None


class _TransferEvent(Event, frozen=True, kw_only=True):
    """`user_id` is who is told: the other of the two."""

    ticket_id: Id
    user_id: Id | None
    status: TransferStatus

    @property
    def audience(self) -> str | None:
        return self.user_id or self.id  # nobody has the id of a transfer: nobody is told


class TransferCreated(_TransferEvent, frozen=True, kw_only=True, tag="transfer.created"):
    """A ticket was offered to somebody."""

    name: ClassVar[str] = "transfer.created"


class TransferAccepted(_TransferEvent, frozen=True, kw_only=True, tag="transfer.accepted"):
    """A ticket has a new owner."""

    name: ClassVar[str] = "transfer.accepted"


class TransferEnded(_TransferEvent, frozen=True, kw_only=True, tag="transfer.ended"):
    """A transfer was declined, cancelled or not accepted in time; the ticket stays where it was."""

    name: ClassVar[str] = "transfer.ended"


class TransferNotFound(Problem, status=404):
    """There is no such transfer."""


class TransferOver(Problem, status=410):
    """The transfer is over: accepted, declined, cancelled or expired."""


class OwnTransfer(Problem, status=409):
    """You cannot give a ticket to yourself."""


class ClaimCodeNeeded(Problem, status=403):
    """This ticket was offered before you had an account: enter the claim code of the giver."""


OFFER_TRANSFER = Endpoint(
    method="POST", path="/v1/tickets/{ticket_id}/transfer", request=OfferTransfer,
    response=TransferOffer, status=201, summary="Offer one of your tickets to somebody.",
    errors=(TicketNotFound, NotYourTicket, TicketUnavailable, TicketInside, TicketOffered,
            TicketVoid, ShowStarted, ShowIsCancelled, OwnTransfer, TransferNotAllowed),
)  # fmt: skip
LIST_TRANSFERS = Endpoint(
    method="GET", path="/v1/transfers", request=PageQuery, response=Page[Transfer],
    summary="List the tickets you have offered or were offered, newest first.",
)  # fmt: skip
ACCEPT_TRANSFER = Endpoint(
    method="POST", path="/v1/transfers/{transfer_id}/accept", request=AcceptTransfer,
    response=Transfer, summary="Accept a ticket: you own it, with a new entry code.",
    errors=(TransferNotFound, TransferOver, ClaimCodeNeeded, TooManyTickets),
)  # fmt: skip
DECLINE_TRANSFER = Endpoint(
    method="POST", path="/v1/transfers/{transfer_id}/decline", request=Empty, response=Transfer,
    summary="Decline a ticket that was offered to you.", errors=(TransferNotFound, TransferOver),
)  # fmt: skip
CANCEL_TRANSFER = Endpoint(
    method="POST", path="/v1/transfers/{transfer_id}/cancel", request=Empty, response=Transfer,
    summary="Cancel an offer; the ticket stays yours.", errors=(TransferNotFound, TransferOver),
)  # fmt: skip
