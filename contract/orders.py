"""Orders: a buyer's claim on one ticket, from lock to payment or unlock; and the wallet."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from contract import limits
from contract.base import Empty, Event, Id, Model, Page, PageQuery, Request
from contract.endpoint import Access, Endpoint
from contract.money import Money
from contract.policies import TooManyTickets
from contract.problems import Problem
from contract.shows import ShowIsCancelled, ShowStarted
from contract.tickets import (
    CodeRevocation,
    OwnTicket,
    Ticket,
    TicketNotFound,
    TicketUnavailable,
)


class OrderStatus(StrEnum):
    """The status of an order. It is `confirming` between the authorisation and the charge."""

    AWAITING_PAYMENT = "awaiting_payment"
    CONFIRMING = "confirming"
    COMPLETE = "complete"
    CANCELLED = "cancelled"


#: The order holds its ticket and may still be paid.
OPEN_STATUSES = (OrderStatus.AWAITING_PAYMENT, OrderStatus.CONFIRMING)
#: The order's status does not change any more.
ENDED_STATUSES = (OrderStatus.COMPLETE, OrderStatus.CANCELLED)


class CancelReason(StrEnum):
    """Why an order was cancelled.

    `listing_withdrawn`: an operator took the ticket off sale, or banned its seller.
    """

    EXPIRED = "expired"
    BUYER = "buyer"
    PAYMENT_FAILED = "payment_failed"
    ADMIN = "admin"
    SHOW_CANCELLED = "show_cancelled"
    LISTING_WITHDRAWN = "listing_withdrawn"


class ReportProblem(StrEnum):
    """What a buyer reports about a ticket."""

    REFUSED_AT_DOOR = "refused_at_door"
    NOT_AS_DESCRIBED = "not_as_described"


class ReportStatus(StrEnum):
    """What became of a report: the buyer gets the money back, or the seller is paid."""

    OPEN = "open"
    REFUNDED = "refunded"
    RELEASED = "released"


class OrderReport(Model, frozen=True, kw_only=True):
    """What a buyer has reported about an order. While it is open, its seller is not paid.

    `note` is what the operator who decided wrote, for buyer and seller.
    """

    problem: ReportProblem
    status: ReportStatus
    reported_at: datetime
    resolved_at: datetime | None
    note: str | None


class Order(Model, frozen=True, kw_only=True):
    """A buyer's claim on one ticket, at the price agreed when it was locked.

    While it awaits payment the ticket is locked until `expires_at`. `payment_url` is the short link
    to the payment page. `fee` is the marketplace's share, included in the price; `refunded` is what
    the buyer got back. `disputed` means that a bank disputes the payment. `live` is False for test
    money. `show_cancelled` means that the show will not take place; a paid order is refunded then.
    `report` is what its buyer has reported about it. `replaced_at` is since when the buyer's entry
    code is replaced, because the ticket was sold on or given away (`replaced_by`). `refund_until`
    is until when the buyer can return the ticket to its organiser for the money; None is not now.
    """

    id: Id
    ticket_id: Id
    buyer_id: Id
    status: OrderStatus
    reason: CancelReason | None
    price: Money
    expires_at: datetime
    created_at: datetime
    version: int
    payment_url: str
    fee: Money
    refunded: Money
    disputed: bool
    live: bool
    show_cancelled: bool = False
    report: OrderReport | None = None
    replaced_at: datetime | None = None
    replaced_by: CodeRevocation | None = None
    refund_until: datetime | None = None


class PlacedOrder(Order, frozen=True, kw_only=True):
    """The order that holds the ticket: a new one, or the buyer's own open one.

    `continued` means that the buyer had locked the ticket before; nothing changed.
    """

    continued: bool = False


class PlaceOrder(Request, frozen=True, kw_only=True):
    """Lock a ticket and open an order for it."""

    ticket_id: Id


class OrdersQuery(PageQuery, frozen=True, kw_only=True):
    """Which of one's own orders to list."""

    status: OrderStatus | None = None


class AdminOrdersQuery(PageQuery, frozen=True, kw_only=True):
    """Which orders of all buyers to list."""

    status: OrderStatus | None = None
    buyer_id: Id | None = None
    ticket_id: Id | None = None


class Validity(StrEnum):
    """Whether a ticket opens the gate, and why it does not."""

    VALID = "valid"
    SHOW_CANCELLED = "show_cancelled"
    REFUNDED = "refunded"
    DISPUTED = "disputed"


class CustodyChange(StrEnum):
    """How a ticket came to an owner: bought, given, returned with a refund, or with a new code."""

    SOLD = "sold"
    GIVEN = "given"
    RETURNED = "returned"
    REISSUED = "reissued"


class CustodyStep(Model, frozen=True, kw_only=True):
    """One step in the history of a ticket, without names: when, how, and whether to the reader."""

    at: datetime
    how: CustodyChange
    to_you: bool


class WalletTicket(Model, frozen=True, kw_only=True):
    """A ticket that one owns, with its entry code.

    Unless it is `valid` it does not open the gate, and has neither `code`, `qr` nor `barcode`. `qr`
    is what its QR code says: the code, signed, so that a gate without a network can check it.
    `barcode` is what its seller brought with it, for a gate that is not ours. `refunded` means that
    the buyer got all of the money back. `paid` is what the owner paid, with the order `order_id`; a
    ticket that was given has neither: the order is the giver's. `bought_at` is since when the owner
    has it. `history` is how it came to its owners, only when one ticket is shown. `refund_until` is
    that of the order. `live` is False for test money.
    """

    ticket: Ticket
    order_id: Id | None
    code: str | None
    barcode: str | None
    bought_at: datetime
    refunded: bool
    live: bool
    paid: Money | None = None
    qr: str | None = None
    validity: Validity = Validity.VALID
    history: tuple[CustodyStep, ...] = ()
    refund_until: datetime | None = None


class _OrderEvent(Event, frozen=True, kw_only=True):
    ticket_id: Id
    buyer_id: Id
    status: OrderStatus
    price: Money
    expires_at: datetime

    @property
    def audience(self) -> str | None:
        return self.buyer_id


class OrderCreated(_OrderEvent, frozen=True, kw_only=True, tag="order.created"):
    """A ticket was locked for a buyer."""

    name: ClassVar[str] = "order.created"


class OrderUpdated(_OrderEvent, frozen=True, kw_only=True, tag="order.updated"):
    """An order's payment is being confirmed or awaited again, or its refund or dispute changed."""

    name: ClassVar[str] = "order.updated"


class OrderCompleted(_OrderEvent, frozen=True, kw_only=True, tag="order.completed"):
    """An order was paid; its ticket belongs to the buyer."""

    name: ClassVar[str] = "order.completed"


class OrderCancelled(_OrderEvent, frozen=True, kw_only=True, tag="order.cancelled"):
    """An order ended without a sale; `reason` says why."""

    name: ClassVar[str] = "order.cancelled"
    reason: CancelReason


class _ReportEvent(Event, frozen=True, kw_only=True):
    """`user_id` is who is told: the other of buyer and seller, or each of them."""

    ticket_id: Id
    user_id: Id
    problem: ReportProblem

    @property
    def audience(self) -> str | None:
        return self.user_id


class OrderReported(_ReportEvent, frozen=True, kw_only=True, tag="order.reported"):
    """A buyer reported a problem with a ticket; its seller is not paid until it is resolved."""

    name: ClassVar[str] = "order.reported"


class OrderReportResolved(_ReportEvent, frozen=True, kw_only=True, tag="order.report_resolved"):
    """A report was resolved: the buyer gets the money back, or the seller is paid."""

    name: ClassVar[str] = "order.report_resolved"
    status: ReportStatus
    note: str


class OrderNotFound(Problem, status=404):
    """There is no such order."""


class OrderOver(Problem, status=410):
    """The order is over: it is complete or cancelled."""


class OrderConfirming(Problem, status=409, retryable=True):
    """The payment for this order is being confirmed right now."""


class TooManyOpenOrders(Problem, status=409):
    """You already have the maximum number of open orders."""


class CoolingDown(Problem, status=409, retryable=True):
    """Your lock on this ticket expired; you must wait before locking it again."""


PLACE_ORDER = Endpoint(
    method="POST", path="/v1/orders", request=PlaceOrder, response=PlacedOrder, status=201,
    summary="Lock a ticket and open an order for it, or continue your open order for it.",
    errors=(TicketNotFound, TicketUnavailable, OwnTicket, ShowStarted, ShowIsCancelled,
            TooManyOpenOrders, CoolingDown, TooManyTickets), limit=limits.LOCK,
)  # fmt: skip
LIST_ORDERS = Endpoint(
    method="GET", path="/v1/orders", request=OrdersQuery, response=Page[Order],
    summary="List your orders, newest first.",
)  # fmt: skip
VIEW_ORDER = Endpoint(
    method="GET", path="/v1/orders/{order_id}", request=Empty, response=Order,
    summary="Show one of your orders.", errors=(OrderNotFound,),
)  # fmt: skip
CANCEL_ORDER = Endpoint(
    method="POST", path="/v1/orders/{order_id}/cancel", request=Empty, response=Order,
    summary="Cancel an order; its ticket is on sale again at once.",
    errors=(OrderNotFound, OrderOver, OrderConfirming),
)  # fmt: skip
LIST_WALLET = Endpoint(
    method="GET", path="/v1/wallet", request=PageQuery, response=Page[WalletTicket],
    summary="List the tickets you own, newest first.",
)  # fmt: skip
VIEW_WALLET = Endpoint(
    method="GET", path="/v1/wallet/{ticket_id}", request=Empty, response=WalletTicket,
    summary="Show one of your tickets with its entry code.", errors=(TicketNotFound,),
)  # fmt: skip
ADMIN_ORDERS = Endpoint(
    method="GET", path="/v1/admin/orders", request=AdminOrdersQuery, response=Page[Order],
    summary="List the orders of all buyers, newest first.", access=Access.ADMIN,
)  # fmt: skip
ADMIN_CANCEL_ORDER = Endpoint(
    method="POST", path="/v1/admin/orders/{order_id}/cancel", request=Empty, response=Order,
    summary="Cancel an order that awaits payment.", access=Access.ADMIN,
    errors=(OrderNotFound, OrderOver, OrderConfirming),
)  # fmt: skip
