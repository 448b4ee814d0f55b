"""Reports: what buyers say is wrong with a ticket they have paid for, and what operators decide."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from msgspec import Meta

from contract.alerts import Note
from contract.base import Id, Model, Page, PageQuery, Request
from contract.endpoint import Access, Endpoint
from contract.money import Money
from contract.orders import Order, OrderNotFound, ReportProblem, ReportStatus
from contract.problems import Problem
from contract.refunds import (
    NothingToRefund,
    RefundedTicket,
    RefundUnderway,
    TicketPassedOn,
    UnderDispute,
)

Details = Annotated[str, Meta(max_length=500, description="text of at most 500 characters")]


class ReportOrder(Request, frozen=True, kw_only=True):
    """Report a problem with an imported ticket that one has paid for.

    Operators read the `details`. For a ticket that an organiser issued here, ask the organiser.
    """

    problem: ReportProblem
    details: Details = ""


class Report(Model, frozen=True, kw_only=True):
    """A report as operators see it. `note` is what was decided, which buyer and seller read."""

    id: Id
    order_id: Id
    ticket_id: Id
    buyer_id: Id
    seller_id: Id
    price: Money
    problem: ReportProblem
    details: str
    status: ReportStatus
    reported_at: datetime
    resolved_at: datetime | None
    resolved_by: str | None
    note: str | None
    live: bool


class ReportsQuery(PageQuery, frozen=True, kw_only=True):
    """Which reports to list: the open ones, or with `all` also the resolved ones."""

    all: bool = False


class RefundReport(Request, frozen=True, kw_only=True):
    """Decide for the buyer: all of the money goes back. `ticket` is as in a refund."""

    note: Note
    ticket: RefundedTicket = RefundedTicket.VOID


class ReleaseReport(Request, frozen=True, kw_only=True):
    """Decide for the seller, who is paid like for any other sale."""

    note: Note


class ReportNotFound(Problem, status=404):
    """There is no such report."""


class ReportOver(Problem, status=409):
    """This report is already resolved."""


class AlreadyReported(Problem, status=409):
    """You have reported this order already."""


class NotReportable(Problem, status=409):
    """Nothing can be reported about this order, or not any more."""


REPORT_ORDER = Endpoint(
    method="POST", path="/v1/orders/{order_id}/report", request=ReportOrder, response=Order,
    status=201, summary="Report a problem with a ticket; its seller is not paid meanwhile.",
    errors=(OrderNotFound, NotReportable, AlreadyReported),
)  # fmt: skip
LIST_REPORTS = Endpoint(
    method="GET", path="/v1/admin/reports", request=ReportsQuery, response=Page[Report],
    summary="List what buyers have reported, newest first.", access=Access.ADMIN,
)  # fmt: skip
REFUND_REPORT = Endpoint(
    method="POST", path="/v1/admin/reports/{report_id}/refund", request=RefundReport,
    response=Report, summary="Give a buyer who has reported a problem the money back.",
    access=Access.ADMIN,
    errors=(ReportNotFound, ReportOver, NothingToRefund, RefundUnderway, UnderDispute,
            TicketPassedOn),
)  # fmt: skip
RELEASE_REPORT = Endpoint(
    method="POST", path="/v1/admin/reports/{report_id}/release", request=ReleaseReport,
    response=Report, summary="Let the seller of a reported ticket be paid.",
    access=Access.ADMIN, errors=(ReportNotFound, ReportOver),
)  # fmt: skip
