"""The feed: every event in the order of commit, from any position."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from msgspec import Meta, field

from contract import limits
from contract.alerts import AlertClosed, AlertOpened
from contract.auth import AccountCreated, AccountUpdated
from contract.base import Empty, Id, Model, Page, PageQuery, Request
from contract.cards import CardRemoved, CardSaved
from contract.endpoint import Access, Endpoint
from contract.expiration import ExpirationComplete
from contract.gate import AdmissionLeft, AdmissionMade, AdmissionUndone
from contract.jobs import JobFailed, JobRetried, JobStatus
from contract.ledger import PayoutAccountSet, PayoutCreated, PayoutUpdated
from contract.orders import (
    OrderCancelled,
    OrderCompleted,
    OrderCreated,
    OrderReported,
    OrderReportResolved,
    OrderUpdated,
)
from contract.organisers import (
    OrganiserApproved,
    OrganiserCreated,
    OrganiserMemberAdded,
    OrganiserMemberRemoved,
    OrganiserSuspended,
)
from contract.payments import (
    PaymentCreated,
    PaymentDeclined,
    PaymentDisputed,
    PaymentDisputeLost,
    PaymentDisputeWon,
    PaymentFailed,
    PaymentLate,
    PaymentRefundDue,
    PaymentRefunded,
    PaymentRefundFailed,
    PaymentRefundSettled,
    PaymentStarted,
    PaymentUpdated,
)
from contract.policies import ShowPolicyChanged, TicketSuspended
from contract.shows import ShowCancelled, ShowCreated, ShowMerged, ShowUpdated
from contract.tickets import (
    TicketCodeIssued,
    TicketCodeRevoked,
    TicketCreated,
    TicketUpdated,
    TicketWithdrawn,
)
from contract.transfers import TransferAccepted, TransferCreated, TransferEnded

AnyEvent = (
    AccountCreated
    | AccountUpdated
    | OrganiserCreated
    | OrganiserApproved
    | OrganiserSuspended
    | OrganiserMemberAdded
    | OrganiserMemberRemoved
    | ShowCreated
    | ShowCancelled
    | ShowMerged
    | ShowPolicyChanged
    | ShowUpdated
    | TicketCreated
    | TicketSuspended
    | TicketUpdated
    | TicketWithdrawn
    | TicketCodeIssued
    | TicketCodeRevoked
    | OrderCreated
    | OrderUpdated
    | OrderCompleted
    | OrderCancelled
    | OrderReported
    | OrderReportResolved
    | PaymentStarted
    | PaymentUpdated
    | PaymentDeclined
    | PaymentCreated
    | PaymentFailed
    | PaymentLate
    | PaymentRefundDue
    | PaymentRefunded
    | PaymentRefundFailed
    | PaymentRefundSettled
    | PaymentDisputed
    | PaymentDisputeWon
    | PaymentDisputeLost
    | CardSaved
    | CardRemoved
    | TransferCreated
    | TransferAccepted
    | TransferEnded
    | AdmissionMade
    | AdmissionLeft
    | AdmissionUndone
    | PayoutCreated
    | PayoutUpdated
    | PayoutAccountSet
    | AlertOpened
    | AlertClosed
    | JobFailed
    | JobRetried
    | ExpirationComplete
)

Cursor = Annotated[str, Meta(max_length=80)]


class FeedEntry(Model, frozen=True, kw_only=True):
    """An event and its position in the log. `cursor` resumes after it.

    `actor` is who caused it; it is empty on the feed when that is another user.
    """

    cursor: Cursor
    id: Id
    at: datetime
    actor: str
    event: AnyEvent


class Trace(Model, frozen=True, kw_only=True):
    """The whole history of an order: its events in order, and its jobs."""

    order_id: Id
    events: tuple[FeedEntry, ...] = field(name="facts")
    jobs: tuple[JobStatus, ...]


class FeedQuery(Request, frozen=True, kw_only=True):
    """Where to start: after `cursor`, or now. `all` is for operators."""

    cursor: Cursor | None = None
    all: bool = False


class EventsQuery(PageQuery, frozen=True, kw_only=True):
    """Which events of the log to list."""

    type: Annotated[str, Meta(max_length=40)] | None = None
    entity_id: Id | None = None


#: Returns `text/event-stream`: `id` is the cursor, `event` the event's type, `data` a FeedEntry.
#: Also accepts the cursor as `Last-Event-ID`. `resync` means: read the lists again, then resume.
FEED = Endpoint(
    method="GET", path="/v1/feed", request=FeedQuery, response=FeedEntry,
    summary="Stream events as they are committed, without other users' orders and payments. The "
    "stream ends with the session, when the account's role changes, and when the client does not "
    "read it for 30 seconds.",
    access=Access.PUBLIC, limit=limits.FEED,
)  # fmt: skip
ADMIN_EVENTS = Endpoint(
    method="GET", path="/v1/admin/events", request=EventsQuery, response=Page[FeedEntry],
    summary="List events from the log, oldest first.", access=Access.ADMIN,
)  # fmt: skip
TRACE_ORDER = Endpoint(
    method="GET", path="/v1/admin/orders/{order_id}/trace", request=Empty, response=Trace,
    summary="Show the whole history of an order.", access=Access.ADMIN,
)  # fmt: skip
