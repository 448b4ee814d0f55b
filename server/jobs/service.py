"""What jobs knows and does: ask for work, claim it, list it, take it up again."""

from __future__ import annotations

from dataclasses import dataclass

from contract.jobs import JobNotFailed, JobNotFound, JobRetried, JobState, JobStatus
from db.statement import Row
from db.types import from_us
from server.clock import SECOND
from server.jobs import statements as sql
from server.tx import Tx

#: The sleeper that is woken when there is work.
RUNNER = "jobs"
#: How many pieces of work are done side by side.
WORKERS = 4
#: A worker that says nothing for this long is taken for dead and its job given to another.
LEASE = 120 * SECOND


@dataclass(frozen=True)
class Claimed:
    """A job this worker has in hand."""

    id: str
    kind: str
    subject: str
    attempts: int
    wanted: int
    order_id: str | None


def enqueue(
    tx: Tx, kind: str, subject: str, *, order_id: str | None = None, after: int = 0
) -> None:
    """Ask for work once this is committed, `after` microseconds from now; wake it if it waits."""
    tx.change(
        sql.ENQUEUE,
        id=tx.new_id("job"), kind=kind, subject=subject, order_id=order_id, state="pending",
        attempts=0, wanted=1, run_at=tx.now_us + after, leased_until=0, last_error=None,
        created_at=tx.now_us, finished_at=None,
    )  # fmt: skip
    tx.wake(RUNNER)


def count(tx: Tx) -> dict[str, int]:
    """Return how many jobs there are in each state."""
    return dict(tx.all(sql.COUNT))


def of_order(tx: Tx, *, order_id: str) -> tuple[JobStatus, ...]:
    """Return the work an order has led to, in the order it was asked for."""
    return tuple(_told(row) for row in tx.all(sql.OF_ORDER, order=order_id))


def claim(tx: Tx, most: int = WORKERS) -> list[Claimed]:
    """Take up to `most` due jobs for a while; nobody else gets them meanwhile."""
    rows = tx.all(sql.CLAIM, now=tx.now_us, lease=tx.now_us + LEASE, most=most)
    return [Claimed(*row) for row in rows]


def find(
    tx: Tx, *, state: JobState | None, kind: str, before: str, most: int
) -> tuple[JobStatus, ...]:
    """List jobs in one state, or all that are not done, newest first."""
    rows = tx.all(sql.FIND[state], kind_is=kind, before=before, most=most)
    return tuple(map(_told, rows))


def retry(tx: Tx, *, job_id: str) -> JobStatus:
    """Have a job that was given up run at once, with as many tries as a new one.

    What went wrong stays told until it has run. Raises JobNotFound, JobNotFailed.
    """
    row = tx.first(sql.RETRY, job_id=job_id, now=tx.now_us)
    if row is None:
        known = tx.first(sql.VIEW, job_id=job_id)
        if known is None:
            raise JobNotFound
        raise JobNotFailed(f"The job is {_told(known).state}; only one that failed is retried.")
    job = _told(row)
    tx.publish(
        JobRetried(id=job.id, version=0, kind=job.kind, subject=job.subject, order_id=job.order_id)
    )
    tx.wake(RUNNER)
    return job


def _told(row: Row) -> JobStatus:
    return JobStatus(
        id=row[0], kind=row[1], subject=row[2], order_id=row[3], state=JobState(row[4]),
        attempts=row[5], run_at=from_us(row[6]), last_error=row[7], created_at=from_us(row[8]),
        finished_at=None if row[9] is None else from_us(row[9]),
    )  # fmt: skip
