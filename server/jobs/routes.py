"""Jobs' answers, for operators alone."""

from __future__ import annotations

from contract.base import Empty, Page
from contract.jobs import JobsQuery, JobStatus
from server import paging
from server.jobs import service
from server.principal import Principal
from server.tx import Tx

LAST = "job_~"


def find(tx: Tx, principal: Principal, query: JobsQuery) -> Page[JobStatus]:
    """List work, newest first; what is done only when asked for."""
    jobs, following = paging.page(
        lambda limit: service.find(
            tx, state=query.state, kind=query.kind or "", before=query.cursor or LAST, most=limit
        ),
        query.limit,
        lambda job: job.id,
    )
    return Page(items=jobs, next=following)


def retry(tx: Tx, principal: Principal, body: Empty, *, job_id: str) -> JobStatus:
    """Take work up again that was given up."""
    return service.retry(tx, job_id=job_id)
