"""Refunds of payments. Their progress is published as events of the payment."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from msgspec import Meta

from contract.base import Empty, Id, Model, Page, PageQuery, Request
from contract.endpoint import Access, Endpoint
from contract.money import LARGEST_AMOUNT, Money
from contract.orders import OrderNotFound
from contract.problems import Problem


class RefundStatus(StrEnum):
    """The status of a refund. `settled`: it failed, and an operator paid in another way.

    `dropped`: it was not sent, or failed, and meanwhile the same money was refunded otherwise.
    """

    DUE = "due"
    SENT = "sent"
    DONE = "done"
    FAILED = "failed"
    SETTLED = "settled"
    DROPPED = "dropped"


#: A refund in one of these may still reach the buyer.
UNDERWAY_STATUSES = (RefundStatus.DUE, RefundStatus.SENT)
#: A refund in one of these is over; a failed one waits for an operator.
FINAL_STATUSES = tuple(status for status in RefundStatus if status not in UNDERWAY_STATUSES)


class RefundReason(StrEnum):
    """Why a payment is refunded: it came too late, or the show was cancelled.

    Otherwise who decided it: an operator, a manager of the organiser that sold the ticket, or the
    buyer who `returned` the ticket.
    `elsewhere` was made in the payment provider's own dashboard.
    """

    LATE = "late"
    OPERATOR = "operator"
    SHOW_CANCELLED = "show_cancelled"
    ELSEWHERE = "elsewhere"
    ORGANISER = "organiser"
    RETURNED = "returned"


class RefundedTicket(StrEnum):
    """What becomes of the ticket when its buyer has got all of the money back."""

    VOID = "void"
    """It stays with the buyer, and its entry code opens the gate no more."""
    RETURN = "return"
    """It goes back to its seller, off sale, ready to be listed again."""
    KEEP = "keep"
    """Nothing: only the money goes back."""


class Refund(Model, frozen=True, kw_only=True):
    """A refund of a payment. `live` is False for test money.

    `ticket` is what becomes of the ticket once everything is refunded.
    """

    id: Id
    payment_id: Id
    order_id: Id
    amount: Money
    reason: RefundReason
    status: RefundStatus
    live: bool
    created_at: datetime
    ticket: RefundedTicket = RefundedTicket.VOID


class RefundOrder(Request, frozen=True, kw_only=True):
    """Refund an order: `amount` in minor units, or all that is left.

    `ticket` is what becomes of the ticket once everything is refunded. A ticket that its buyer has
    sold on or given away is not taken from its new owner: then only `keep` is accepted.
    """

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
    ticket: RefundedTicket = RefundedTicket.VOID


class RefundsQuery(PageQuery, frozen=True, kw_only=True):
    """Which refunds to list."""

    status: RefundStatus | None = None
    order_id: Id | None = None


class NothingToRefund(Problem, status=409):
    """Nothing is left to refund on this order."""


class RefundTooLarge(Problem, status=409):
    """The amount is more than what is left of the payment."""


class RefundUnderway(Problem, status=409, retryable=True):
    """A refund of this order is already in progress; wait until it is finished."""


class TicketPassedOn(Problem, status=409):
    """The buyer has sold this ticket or given it away; refund the money only (`ticket`: `keep`)."""


class NotReturnable(Problem, status=409):
    """This ticket cannot be returned, or not any more."""


class UnderDispute(Problem, status=409):
    """The buyer's bank is disputing this payment; the bank decides."""


REFUND_ORDER = Endpoint(
    method="POST", path="/v1/admin/orders/{order_id}/refund", request=RefundOrder, response=Refund,
    summary="Refund an order, in full or in part.", status=201, access=Access.ADMIN,
    errors=(OrderNotFound, NothingToRefund, RefundTooLarge, RefundUnderway, UnderDispute,
            TicketPassedOn),
)  # fmt: skip
REFUND_SOLD_ORDER = Endpoint(
    method="POST", path="/v1/orders/{order_id}/refund", request=RefundOrder, response=Refund,
    summary="Refund an order that your organiser sold, in full or in part.", status=201,
    errors=(OrderNotFound, NothingToRefund, RefundTooLarge, RefundUnderway, UnderDispute,
            TicketPassedOn),
)  # fmt: skip
RETURN_ORDER = Endpoint(
    method="POST", path="/v1/orders/{order_id}/return", request=Empty, response=Refund, status=201,
    summary="Return a ticket to the organiser that sold it, for all of the money; once.",
    errors=(OrderNotFound, NotReturnable, NothingToRefund, RefundUnderway, UnderDispute),
)  # fmt: skip
LIST_REFUNDS = Endpoint(
    method="GET", path="/v1/admin/refunds", request=RefundsQuery, response=Page[Refund],
    summary="List refunds, newest first.", access=Access.ADMIN,
)  # fmt: skip
