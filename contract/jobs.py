"""Jobs: work that leaves the process, done after commit."""

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
    """The state of a job. A job that runs or waits for its next attempt is pending."""

    PENDING = "pending"
    FAILED = "failed"
    DONE = "done"


class JobStatus(Model, frozen=True, kw_only=True):
    """A job, which runs after commit. `subject` is what it is about.

    A pending job runs at `run_at`, or has been running since then. `last_error` is what went wrong
    at the last attempt, or what the job waits for.
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
    """Which jobs to list: the pending and failed ones, or those in one `state`."""

    state: JobState | None = None
    kind: Annotated[str, Meta(max_length=40)] | None = None


class _JobEvent(Event, frozen=True, kw_only=True):
    kind: str
    subject: str
    order_id: Id | None

    @property
    def audience(self) -> str | None:
        """Operators only."""
        return OPERATORS


class JobFailed(_JobEvent, frozen=True, kw_only=True, tag="job.failed"):
    """A job failed for good: it has used all its attempts."""

    name: ClassVar[str] = "job.failed"
    error: str


class JobRetried(_JobEvent, frozen=True, kw_only=True, tag="job.retried"):
    """An operator retried a failed job."""

    name: ClassVar[str] = "job.retried"


class JobNotFound(Problem, status=404):
    """There is no such job."""


class JobNotFailed(Problem, status=409):
    """This job has not failed: it is done, or will be retried automatically."""


LIST_JOBS = Endpoint(
    method="GET", path="/v1/admin/jobs", request=JobsQuery, response=Page[JobStatus],
    summary="List jobs, newest first; finished ones only on request.",
    access=Access.ADMIN,
)  # fmt: skip
RETRY_JOB = Endpoint(
    method="POST", path="/v1/admin/jobs/{job_id}/retry", request=Empty, response=JobStatus,
    summary="Run a failed job again, at once and with all its attempts.",
    access=Access.ADMIN, errors=(JobNotFound, JobNotFailed),
)  # fmt: skip
