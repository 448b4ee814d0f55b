"""Attention: what the house cannot settle by itself and an operator must look at."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, ClassVar

from msgspec import Meta

from contract.endpoint import Access, Endpoint
from contract.problems import Problem
from contract.wire import Event, Id, Model, Page, PageQuery, Request

#: Facts for operators only: no user has this id.
OPERATORS = "operators"
Note = Annotated[str, Meta(min_length=1, max_length=500, description="text of 1 to 500 characters")]


class AttentionKind(StrEnum):
    """What is the matter."""

    REFUND_FAILED = "refund_failed"
    DISPUTE = "dispute"
    MISMATCH = "mismatch"
    SLOW_CAPTURE = "slow_capture"
    PROVIDER_REFUSES = "provider_refuses"
    PAYOUT_FAILED = "payout_failed"
    JOB_FAILED = "job_failed"


class Attention(Model, frozen=True, kw_only=True):
    """One matter for an operator. `subject` is what it is about: a refund, a dispute, a job.

    It is open until somebody settles it, in a `note` that says what was done.
    """

    id: Id
    kind: AttentionKind
    subject: str
    order_id: Id | None
    detail: str
    opened_at: datetime
    closed_at: datetime | None
    closed_by: str | None
    note: str | None


class AttentionQuery(PageQuery, frozen=True, kw_only=True):
    """Which matters are wanted: the open ones, or with `all` those settled too."""

    kind: AttentionKind | None = None
    all: bool = False


class Settle(Request, frozen=True, kw_only=True):
    """Say what was done about a matter."""

    note: Note


class _AttentionFact(Event, frozen=True, kw_only=True):
    kind: AttentionKind
    subject: str
    order_id: Id | None

    @property
    def audience(self) -> str | None:
        return OPERATORS


class AttentionOpened(_AttentionFact, frozen=True, kw_only=True, tag="attention.opened"):
    """Something needs an operator."""

    name: ClassVar[str] = "attention.opened"


class AttentionClosed(_AttentionFact, frozen=True, kw_only=True, tag="attention.closed"):
    """An operator has seen to something, or it mended itself."""

    name: ClassVar[str] = "attention.closed"


class AttentionNotFound(Problem, status=404):
    """There is no such matter."""


class AttentionClosedAlready(Problem, status=409):
    """This matter has been settled."""


LIST_ATTENTION = Endpoint(
    method="GET", path="/v1/admin/attention", takes=AttentionQuery, gives=Page[Attention],
    does="List what needs an operator, newest first.", access=Access.ADMIN,
)  # fmt: skip
SETTLE_ATTENTION = Endpoint(
    method="POST", path="/v1/admin/attention/{attention_id}/settle", takes=Settle, gives=Attention,
    does="Close a matter, saying what was done.", access=Access.ADMIN,
    raises=(AttentionNotFound, AttentionClosedAlready),
)  # fmt: skip
