"""The rules of jobs: enqueue, claim, renew, list, retry."""

from __future__ import annotations

from dataclasses import dataclass

from contract.jobs import JobNotFailed, JobNotFound, JobRetried, JobState, JobStatus
from db.statement import Row
from db.types import from_us
from server.clock import SECOND
from server.jobs import statements as sql
from server.tx import Tx

#: The channel that is notified when there is a job to run.
RUNNER = "jobs"
#: How many jobs run at once.
WORKERS = 4
#: A runner that has not renewed a lease for this long is presumed dead, and its job is reclaimed.
LEASE = 120 * SECOND


@dataclass(frozen=True)
class Claimed:
    """A job that this runner holds a lease on."""

    id: str
    kind: str
    subject: str
    attempts: int
    generation: int
    order_id: str | None


def enqueue(
    tx: Tx, kind: str, subject: str, *, order_id: str | None = None, after: int = 0
) -> None:
    """Run a job `after` microseconds from now, once this is committed.

    There is one job per kind and subject; enqueued again, it runs once more.
    """
    tx.execute(
        sql.ENQUEUE,
        id=tx.new_id("job"), kind=kind, subject=subject, order_id=order_id, state="pending",
        attempts=0, wanted=1, run_at=tx.now_us + after, leased_until=0, last_error=None,
        created_at=tx.now_us, finished_at=None,
    )  # fmt: skip
    tx.notify(RUNNER)


def count(tx: Tx) -> dict[str, int]:
    """Return how many jobs there are in each state."""
    return dict(tx.all(sql.COUNT))


def of_order(tx: Tx, *, order_id: str) -> tuple[JobStatus, ...]:
    """Return the jobs of an order, oldest first."""
    return tuple(_from_row(row) for row in tx.all(sql.OF_ORDER, order=order_id))


def claim(tx: Tx, limit: int = WORKERS) -> list[Claimed]:
    """Lease up to `limit` due jobs; no other runner gets them meanwhile."""
    rows = tx.all(sql.CLAIM, now=tx.now_us, lease=tx.now_us + LEASE, limit=limit)
    return [Claimed(*row) for row in rows]


def renew(tx: Tx, job: Claimed) -> None:
    """Extend the lease of a running job."""
    tx.execute(sql.RENEW, job_id=job.id, lease=tx.now_us + LEASE)


def list_jobs(
    tx: Tx, *, state: JobState | None, kind: str, before_id: str, limit: int
) -> tuple[JobStatus, ...]:
    """List jobs in one state, or all that are not done, newest first."""
    rows = tx.all(sql.LIST[state], kind=kind, before_id=before_id, limit=limit)
    return tuple(map(_from_row, rows))


def retry(tx: Tx, *, job_id: str) -> JobStatus:
    """Run a failed job again at once, with as many attempts as a new one.

    Its last error stays visible until it has run. Raises JobNotFound, JobNotFailed.
    """
    row = tx.first(sql.RETRY, job_id=job_id, now=tx.now_us)
    if row is None:
        found = tx.first(sql.VIEW, job_id=job_id)
        if found is None:
            raise JobNotFound
        raise JobNotFailed(
            f"The job is {_from_row(found).state}; only a failed job can be retried."
        )
    job = _from_row(row)
    tx.publish(
        JobRetried(id=job.id, version=0, kind=job.kind, subject=job.subject, order_id=job.order_id)
    )
    tx.notify(RUNNER)
    return job


def _from_row(row: Row) -> JobStatus:
    return JobStatus(
        id=row[0], kind=row[1], subject=row[2], order_id=row[3], state=JobState(row[4]),
        attempts=row[5], run_at=from_us(row[6]), last_error=row[7], created_at=from_us(row[8]),
        finished_at=None if row[9] is None else from_us(row[9]),
    )  # fmt: skip
