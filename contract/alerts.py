"""Alerts: what the server cannot resolve by itself and an operator must look at.

On the wire they have their first name, `attention`: in paths, event names and problem codes.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, ClassVar

from msgspec import Meta

from contract.base import Event, Id, Model, Page, PageQuery, Request
from contract.endpoint import Access, Endpoint
from contract.problems import Problem

#: Events for operators only: no user has this id.
OPERATORS = "operators"
Note = Annotated[str, Meta(min_length=1, max_length=500, description="text of 1 to 500 characters")]


class AlertKind(StrEnum):
    """What an alert is about."""

    REFUND_FAILED = "refund_failed"
    DISPUTE = "dispute"
    MISMATCH = "mismatch"
    SLOW_CAPTURE = "slow_capture"
    PROVIDER_REFUSES = "provider_refuses"
    PAYOUT_FAILED = "payout_failed"
    JOB_FAILED = "job_failed"
    SEAT_TAKEN = "seat_taken"
    SIMILAR_SHOWS = "similar_shows"
    DUPLICATE = "duplicate"
    REPORT = "report"


class Alert(Model, frozen=True, kw_only=True):
    """An alert for operators. `subject` is what it concerns: a refund, a dispute, a job.

    `other_id` is the second ticket that it concerns, or the account that was refused. It is open
    until an operator resolves it with a `note` that states what was done.
    """

    id: Id
    kind: AlertKind
    subject: str
    order_id: Id | None
    detail: str
    opened_at: datetime
    closed_at: datetime | None
    closed_by: str | None
    note: str | None
    other_id: Id | None = None


class AlertQuery(PageQuery, frozen=True, kw_only=True):
    """Which alerts to list: the open ones, or with `all` also the resolved ones."""

    kind: AlertKind | None = None
    all: bool = False


class ResolveAlert(Request, frozen=True, kw_only=True):
    """Resolve an alert: state what was done."""

    note: Note


class _AlertEvent(Event, frozen=True, kw_only=True):
    kind: AlertKind
    subject: str
    order_id: Id | None

    @property
    def audience(self) -> str | None:
        return OPERATORS


class AlertOpened(_AlertEvent, frozen=True, kw_only=True, tag="attention.opened"):
    """Something needs an operator."""

    name: ClassVar[str] = "attention.opened"


class AlertClosed(_AlertEvent, frozen=True, kw_only=True, tag="attention.closed"):
    """An operator resolved an alert, or its cause went away."""

    name: ClassVar[str] = "attention.closed"


class AlertNotFound(Problem, status=404, code="attention_not_found"):
    """There is no such alert."""


class AlertAlreadyResolved(Problem, status=409, code="attention_closed_already"):
    """This alert is already resolved."""


LIST_ALERTS = Endpoint(
    method="GET", path="/v1/admin/attention", request=AlertQuery, response=Page[Alert],
    summary="List alerts, newest first.", access=Access.ADMIN,
)  # fmt: skip
RESOLVE_ALERT = Endpoint(
    method="POST", path="/v1/admin/attention/{alert_id}/settle", request=ResolveAlert,
    response=Alert,
    summary="Resolve an alert: state what was done.", access=Access.ADMIN,
    errors=(AlertNotFound, AlertAlreadyResolved),
)  # fmt: skip
