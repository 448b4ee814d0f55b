"""Jobs' answers, for operators alone."""

from __future__ import annotations

from contract.base import Empty, Page
from contract.jobs import JobsQuery, JobStatus
from server.jobs import service
from server.principal import Principal
from server.tx import Tx

LAST = "job_~"


def find(tx: Tx, principal: Principal, query: JobsQuery) -> Page[JobStatus]:
    """List work, newest first; what is done only when asked for."""
    found = service.find(
        tx, state=query.state, kind=query.kind or "", before=query.cursor or LAST,
        most=query.limit + 1,
    )  # fmt: skip
    shown = found[: query.limit]
    return Page(items=shown, next=shown[-1].id if len(found) > query.limit else None)


def retry(tx: Tx, principal: Principal, body: Empty, *, job_id: str) -> JobStatus:
    """Take work up again that was given up."""
    return service.retry(tx, job_id=job_id)
