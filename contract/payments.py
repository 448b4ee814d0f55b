"""Payments: our record of each attempt to pay an order."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from contract.base import Empty, Event, Id, Model, Request
from contract.endpoint import Access, Endpoint
from contract.money import Money
from contract.orders import Order, OrderConfirming, OrderNotFound, OrderOver
from contract.problems import Problem
from contract.refunds import RefundReason


class PaymentStatus(StrEnum):
    """Where an attempt to pay is; `surplus` is authorised money that nobody may keep."""

    NEW = "new"
    OPEN = "open"
    AUTHORISED = "authorised"
    PAID = "paid"
    SURPLUS = "surplus"
    VOID = "void"
    REFUND_DUE = "refund_due"
    REFUNDED = "refunded"
    REFUND_FAILED = "refund_failed"


class Payment(Model, frozen=True, kw_only=True):
    """One attempt to pay an order. `url` is the short link; `declined` the last refusal's words.

    `saved_card` is the id of the saved card it was tried with, without a page; `card` tells the
    card that paid, as in `visa 4242`. `live` is False for test money: the sandbox, or a Stripe
    test key.
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
    """Begin to pay an order: on a page, or with a saved card and without one."""

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
    """A buyer began to pay an order: on a page, or with a saved card."""

    name: ClassVar[str] = "payment.started"


class PaymentUpdated(_PaymentEvent, frozen=True, kw_only=True, tag="payment.updated"):
    """A payment moved a step without money having changed hands."""

    name: ClassVar[str] = "payment.updated"


class PaymentDeclined(_PaymentEvent, frozen=True, kw_only=True, tag="payment.declined"):
    """The buyer's bank said no; the lock stays, another card may be tried until the deadline."""

    name: ClassVar[str] = "payment.declined"
    declined: str
    attempts_left: int


class PaymentCreated(_PaymentEvent, frozen=True, kw_only=True, tag="payment.created"):
    """The buyer's money was captured."""

    name: ClassVar[str] = "payment.created"


class PaymentFailed(_PaymentEvent, frozen=True, kw_only=True, tag="payment.failed"):
    """The last allowed attempt was declined, or the charge was refused with no time left."""

    name: ClassVar[str] = "payment.failed"


class PaymentLate(_PaymentEvent, frozen=True, kw_only=True, tag="payment.late"):
    """Money was captured for an order that could not have it; it goes back."""

    name: ClassVar[str] = "payment.late"


class _RefundEvent(_PaymentEvent, frozen=True, kw_only=True):
    refund_id: Id
    refunded: Money
    reason: RefundReason


class PaymentRefundDue(_RefundEvent, frozen=True, kw_only=True, tag="payment.refund_due"):
    """Money is to go back to the buyer."""

    name: ClassVar[str] = "payment.refund_due"


class PaymentRefunded(_RefundEvent, frozen=True, kw_only=True, tag="payment.refunded"):
    """Money went back to the buyer: `refunded`, of the payment's `amount`."""

    name: ClassVar[str] = "payment.refunded"


class PaymentRefundFailed(_RefundEvent, frozen=True, kw_only=True, tag="payment.refund_failed"):
    """A refund came back: the buyer's bank would not have it. An operator pays otherwise."""

    name: ClassVar[str] = "payment.refund_failed"


class PaymentRefundSettled(_RefundEvent, frozen=True, kw_only=True, tag="payment.refund_settled"):
    """An operator paid a failed refund in another way."""

    name: ClassVar[str] = "payment.refund_settled"


class _DisputeEvent(_PaymentEvent, frozen=True, kw_only=True):
    dispute_id: str
    disputed: Money


class PaymentDisputed(_DisputeEvent, frozen=True, kw_only=True, tag="payment.disputed"):
    """The buyer's bank took money back until it is decided whose it is."""

    name: ClassVar[str] = "payment.disputed"


class PaymentDisputeWon(_DisputeEvent, frozen=True, kw_only=True, tag="payment.dispute_won"):
    """The bank gave the disputed money back to the house."""

    name: ClassVar[str] = "payment.dispute_won"


class PaymentDisputeLost(_DisputeEvent, frozen=True, kw_only=True, tag="payment.dispute_lost"):
    """The disputed money stays with the buyer."""

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
            PaymentsPaused),
)  # fmt: skip
VIEW_PAYMENT = Endpoint(
    method="GET", path="/v1/orders/{order_id}/payment", request=Empty, response=Payment,
    summary="Show the newest attempt to pay an order.", errors=(OrderNotFound, PaymentNotStarted),
)  # fmt: skip
RELEASE_ORDER = Endpoint(
    method="POST", path="/v1/admin/orders/{order_id}/release", request=Empty, response=Order,
    summary="Let go of an order whose payment hangs in confirmation, if it was not captured.",
    access=Access.ADMIN, errors=(OrderNotFound, NotConfirming, PaymentsPaused),
)  # fmt: skip
