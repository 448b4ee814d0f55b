"""Refunds: a buyer's money on its way back. What becomes of it is told by the payment's events."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from msgspec import Meta

from contract.base import Id, Model, Page, PageQuery, Request
from contract.endpoint import Access, Endpoint
from contract.money import LARGEST_AMOUNT, Money
from contract.orders import OrderNotFound
from contract.problems import Problem


class RefundStatus(StrEnum):
    """Where money on its way back is. `settled`: it failed, and an operator paid otherwise.

    `dropped`: it never left, or failed, and the same money went back in another way meanwhile.
    """

    DUE = "due"
    SENT = "sent"
    DONE = "done"
    FAILED = "failed"
    SETTLED = "settled"
    DROPPED = "dropped"


class RefundReason(StrEnum):
    """Why money goes back: it came too late, an operator said so, or the show was cancelled.

    `elsewhere` was made in the payment provider's own dashboard.
    """

    LATE = "late"
    OPERATOR = "operator"
    SHOW_CANCELLED = "show_cancelled"
    ELSEWHERE = "elsewhere"


class Refund(Model, frozen=True, kw_only=True):
    """Money on its way back to a buyer. `live` is False for test money."""

    id: Id
    payment_id: Id
    order_id: Id
    amount: Money
    reason: RefundReason
    status: RefundStatus
    live: bool
    created_at: datetime


class RefundOrder(Request, frozen=True, kw_only=True):
    """Send a buyer's money back: `amount` in minor units, or all that is left."""

    amount: (
        Annotated[
            int,
            Meta(
                ge=1, le=LARGEST_AMOUNT,
                description="a whole number of minor units, greater than 0",
            ),
        ]
        | None
    ) = None  # fmt: skip


class RefundsQuery(PageQuery, frozen=True, kw_only=True):
    """Which refunds are wanted."""

    status: RefundStatus | None = None
    order_id: Id | None = None


class NothingToRefund(Problem, status=409):
    """Nothing is left to refund on this order."""


class RefundTooLarge(Problem, status=409):
    """The amount is more than what is left of the payment."""


class RefundUnderway(Problem, status=409, retryable=True):
    """A refund of this order is already in progress; wait until it is finished."""


class UnderDispute(Problem, status=409):
    """The buyer's bank is disputing this payment; the bank decides."""


REFUND_ORDER = Endpoint(
    method="POST", path="/v1/admin/orders/{order_id}/refund", request=RefundOrder, response=Refund,
    summary="Send the buyer's money back, all of it or a part.", status=201, access=Access.ADMIN,
    errors=(OrderNotFound, NothingToRefund, RefundTooLarge, RefundUnderway, UnderDispute),
)  # fmt: skip
LIST_REFUNDS = Endpoint(
    method="GET", path="/v1/admin/refunds", request=RefundsQuery, response=Page[Refund],
    summary="List refunds, newest first.", access=Access.ADMIN,
)  # fmt: skip
