"""Payments: our record of each attempt to pay an order."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from contract.endpoint import Endpoint
from contract.money import Money
from contract.orders import OrderConfirming, OrderNotFound, OrderOver
from contract.problems import Problem
from contract.wire import Empty, Event, Id, Model


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

    `live` is False for test money: the sandbox, or a Stripe test key.
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


class _PaymentFact(Event, frozen=True, kw_only=True):
    order_id: Id
    buyer_id: Id
    status: PaymentStatus
    amount: Money

    @property
    def audience(self) -> str | None:
        return self.buyer_id


class PaymentStarted(_PaymentFact, frozen=True, kw_only=True, tag="payment.started"):
    """A buyer opened the page on which an order is paid."""

    name: ClassVar[str] = "payment.started"


class PaymentUpdated(_PaymentFact, frozen=True, kw_only=True, tag="payment.updated"):
    """A payment moved a step without money having changed hands."""

    name: ClassVar[str] = "payment.updated"


class PaymentDeclined(_PaymentFact, frozen=True, kw_only=True, tag="payment.declined"):
    """The buyer's bank said no; the lock stays, another card may be tried until the deadline."""

    name: ClassVar[str] = "payment.declined"
    declined: str
    attempts_left: int


class PaymentCreated(_PaymentFact, frozen=True, kw_only=True, tag="payment.created"):
    """The buyer's money was captured."""

    name: ClassVar[str] = "payment.created"


class PaymentFailed(_PaymentFact, frozen=True, kw_only=True, tag="payment.failed"):
    """The last allowed attempt was declined, or the charge was refused with no time left."""

    name: ClassVar[str] = "payment.failed"


class PaymentRefunded(_PaymentFact, frozen=True, kw_only=True, tag="payment.refunded"):
    """The buyer's money went back."""

    name: ClassVar[str] = "payment.refunded"


class PaymentNotStarted(Problem, status=404):
    """Nobody has begun to pay this order."""


class PaymentsPaused(Problem, status=503, retryable=True):
    """The payment page cannot be opened right now. The ticket stays locked; try again."""


class PaymentRefused(Problem, status=409):
    """The payment provider does not take this payment."""


START_PAYMENT = Endpoint(
    method="POST", path="/v1/orders/{order_id}/pay", takes=Empty, gives=Payment,
    does="Open the page on which an order is paid.",
    raises=(OrderNotFound, OrderOver, OrderConfirming, PaymentRefused, PaymentsPaused),
)  # fmt: skip
VIEW_PAYMENT = Endpoint(
    method="GET", path="/v1/orders/{order_id}/payment", takes=Empty, gives=Payment,
    does="Show the newest attempt to pay an order.", raises=(OrderNotFound, PaymentNotStarted),
)  # fmt: skip
