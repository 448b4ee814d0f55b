"""The endpoints of jobs, for operators only."""

from __future__ import annotations

from contract.base import Empty, Page
from contract.jobs import JobsQuery, JobStatus
from server import paging
from server.jobs import service
from server.principal import Principal
from server.tx import Tx

#: Sorts after every job id.
LAST_ID = "job_~"


def list_jobs(tx: Tx, principal: Principal, query: JobsQuery) -> Page[JobStatus]:
    """List jobs, newest first; finished ones only on request."""
    jobs, following = paging.page(
        lambda limit: service.list_jobs(
            tx,
            state=query.state,
            kind=query.kind or "",
            before_id=query.cursor or LAST_ID,
            limit=limit,
        ),
        query.limit,
        lambda job: job.id,
    )
    return Page(items=jobs, next=following)


def retry_job(tx: Tx, principal: Principal, body: Empty, *, job_id: str) -> JobStatus:
    """Run a failed job again."""
    return service.retry(tx, job_id=job_id)
