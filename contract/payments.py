"""Payments: each attempt to pay an order, and the events about it."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from contract import limits
from contract.base import Empty, Event, Id, Model, Request
from contract.endpoint import Access, Endpoint
from contract.money import Money
from contract.orders import Order, OrderConfirming, OrderNotFound, OrderOver
from contract.problems import Problem
from contract.refunds import RefundReason


class PaymentStatus(StrEnum):
    """The status of a payment. `surplus` is authorised, but for an order that cannot have it."""

    NEW = "new"
    OPEN = "open"
    AUTHORISED = "authorised"
    PAID = "paid"
    SURPLUS = "surplus"
    VOID = "void"
    REFUND_DUE = "refund_due"
    REFUNDED = "refunded"
    REFUND_FAILED = "refund_failed"


#: Money may still be captured for a payment in one of these.
UNDECIDED_STATUSES = (
    PaymentStatus.NEW, PaymentStatus.OPEN, PaymentStatus.AUTHORISED, PaymentStatus.SURPLUS,
)  # fmt: skip


class Payment(Model, frozen=True, kw_only=True):
    """One attempt to pay an order. `url` is the short link; `declined` explains the last decline.

    `saved_card` is the id of the saved card that was charged, without a page; `card` is the card
    that paid, such as `visa 4242`. `live` is False for test money: the sandbox, or a Stripe test
    key.
    """

    id: Id
    order_id: Id
    status: PaymentStatus
    amount: Money
    declines: int
    declined: str | None
    live: bool
    url: str
    version: int
    created_at: datetime
    saved_card: Id | None = None
    card: str | None = None


class StartPayment(Request, frozen=True, kw_only=True):
    """Start to pay an order: on a page, or with a saved card and no page."""

    card_id: Id | None = None


class _PaymentEvent(Event, frozen=True, kw_only=True):
    order_id: Id
    buyer_id: Id
    status: PaymentStatus
    amount: Money

    @property
    def audience(self) -> str | None:
        return self.buyer_id


class PaymentStarted(_PaymentEvent, frozen=True, kw_only=True, tag="payment.started"):
    """A buyer started to pay an order: on a page, or with a saved card."""

    name: ClassVar[str] = "payment.started"


class PaymentUpdated(_PaymentEvent, frozen=True, kw_only=True, tag="payment.updated"):
    """A payment changed its status without money having moved."""

    name: ClassVar[str] = "payment.updated"


class PaymentDeclined(_PaymentEvent, frozen=True, kw_only=True, tag="payment.declined"):
    """The buyer's bank declined; the lock stays, and another card may be tried in time."""

    name: ClassVar[str] = "payment.declined"
    declined: str
    attempts_left: int


class PaymentCreated(_PaymentEvent, frozen=True, kw_only=True, tag="payment.created"):
    """The buyer's money was captured."""

    name: ClassVar[str] = "payment.created"


class PaymentFailed(_PaymentEvent, frozen=True, kw_only=True, tag="payment.failed"):
    """The last allowed attempt was declined, or the payment failed with no time left."""

    name: ClassVar[str] = "payment.failed"


class PaymentLate(_PaymentEvent, frozen=True, kw_only=True, tag="payment.late"):
    """Money was captured for an order that could not have it; it will be refunded."""

    name: ClassVar[str] = "payment.late"


class _RefundEvent(_PaymentEvent, frozen=True, kw_only=True):
    refund_id: Id
    refunded: Money
    reason: RefundReason


class PaymentRefundDue(_RefundEvent, frozen=True, kw_only=True, tag="payment.refund_due"):
    """A refund to the buyer is due."""

    name: ClassVar[str] = "payment.refund_due"


class PaymentRefunded(_RefundEvent, frozen=True, kw_only=True, tag="payment.refunded"):
    """The buyer was refunded: `refunded`, of the payment's `amount`."""

    name: ClassVar[str] = "payment.refunded"


class PaymentRefundFailed(_RefundEvent, frozen=True, kw_only=True, tag="payment.refund_failed"):
    """A refund failed: the buyer's bank returned it. An operator pays in another way."""

    name: ClassVar[str] = "payment.refund_failed"


class PaymentRefundSettled(_RefundEvent, frozen=True, kw_only=True, tag="payment.refund_settled"):
    """An operator paid a failed refund in another way."""

    name: ClassVar[str] = "payment.refund_settled"


class _DisputeEvent(_PaymentEvent, frozen=True, kw_only=True):
    dispute_id: str
    disputed: Money


class PaymentDisputed(_DisputeEvent, frozen=True, kw_only=True, tag="payment.disputed"):
    """The buyer's bank took money back until it has decided who keeps it."""

    name: ClassVar[str] = "payment.disputed"


class PaymentDisputeWon(_DisputeEvent, frozen=True, kw_only=True, tag="payment.dispute_won"):
    """The bank returned the disputed money to the marketplace."""

    name: ClassVar[str] = "payment.dispute_won"


class PaymentDisputeLost(_DisputeEvent, frozen=True, kw_only=True, tag="payment.dispute_lost"):
    """The buyer keeps the disputed money."""

    name: ClassVar[str] = "payment.dispute_lost"


class PaymentNotStarted(Problem, status=404):
    """The payment for this order has not been started."""


class PaymentsPaused(Problem, status=503, retryable=True):
    """Payment is not available right now. The ticket stays reserved for you; please try again."""


class PaymentRefused(Problem, status=409):
    """The payment provider refused this payment."""


class CardNotFound(Problem, status=404):
    """There is no such card."""


class NotConfirming(Problem, status=409):
    """No payment for this order is being confirmed."""


START_PAYMENT = Endpoint(
    method="POST", path="/v1/orders/{order_id}/pay", request=StartPayment, response=Payment,
    summary="Open the page on which an order is paid, or pay it with a saved card.",
    errors=(OrderNotFound, OrderOver, OrderConfirming, CardNotFound, PaymentRefused,
            PaymentsPaused), limit=limits.PAY,
)  # fmt: skip
VIEW_PAYMENT = Endpoint(
    method="GET", path="/v1/orders/{order_id}/payment", request=Empty, response=Payment,
    summary="Show the newest payment of an order.", errors=(OrderNotFound, PaymentNotStarted),
)  # fmt: skip
RELEASE_ORDER = Endpoint(
    method="POST", path="/v1/admin/orders/{order_id}/release", request=Empty, response=Order,
    summary="Free an order whose payment hangs in confirmation, if it was not captured.",
    access=Access.ADMIN, errors=(OrderNotFound, NotConfirming, PaymentsPaused),
)  # fmt: skip
