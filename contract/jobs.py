"""Jobs: work that leaves the process, done after commit, as operators see it."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, ClassVar

from msgspec import Meta

from contract.alerts import OPERATORS
from contract.base import Empty, Event, Id, Model, Page, PageQuery
from contract.endpoint import Access, Endpoint
from contract.problems import Problem


class JobState(StrEnum):
    """Where a piece of work is. One that is at work, or waits for its next try, is pending."""

    PENDING = "pending"
    FAILED = "failed"
    DONE = "done"


class JobStatus(Model, frozen=True, kw_only=True):
    """A piece of work that runs after commit. `subject` is what it is about.

    While it is pending it is tried at `run_at`, or is at work since then. `last_error` says what
    went wrong the last time, or what it waits for.
    """

    id: Id
    kind: str
    subject: str
    order_id: Id | None
    state: JobState
    attempts: int
    run_at: datetime
    last_error: str | None
    created_at: datetime
    finished_at: datetime | None


class JobsQuery(PageQuery, frozen=True, kw_only=True):
    """Which work is wanted: what is pending or failed, or what is in one `state`."""

    state: JobState | None = None
    kind: Annotated[str, Meta(max_length=40)] | None = None


class _JobEvent(Event, frozen=True, kw_only=True):
    kind: str
    subject: str
    order_id: Id | None

    @property
    def audience(self) -> str | None:
        """Operators alone."""
        return OPERATORS


class JobFailed(_JobEvent, frozen=True, kw_only=True, tag="job.failed"):
    """A piece of work was given up after its last allowed try."""

    name: ClassVar[str] = "job.failed"
    error: str


class JobRetried(_JobEvent, frozen=True, kw_only=True, tag="job.retried"):
    """An operator had work that was given up taken up again."""

    name: ClassVar[str] = "job.retried"


class JobNotFound(Problem, status=404):
    """There is no such job."""


class JobNotFailed(Problem, status=409):
    """This job has not failed: it is done, or will be retried automatically."""


LIST_JOBS = Endpoint(
    method="GET", path="/v1/admin/jobs", request=JobsQuery, response=Page[JobStatus],
    summary="List work that runs after commit, newest first; what is done only when asked for.",
    access=Access.ADMIN,
)  # fmt: skip
RETRY_JOB = Endpoint(
    method="POST", path="/v1/admin/jobs/{job_id}/retry", request=Empty, response=JobStatus,
    summary="Take work up again that was given up, at once and with all its tries.",
    access=Access.ADMIN, errors=(JobNotFound, JobNotFailed),
)  # fmt: skip
