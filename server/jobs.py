"""Jobs: work that leaves the process. Done after commit, driven from rows, at least once.

A room asks for work inside its transaction, so that the fact and the work it calls for are
committed together. One job of a kind exists for a subject; asking again only wakes it. What a job
does must be safe to repeat: after a crash it runs again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import structlog
from sqlalchemy import and_, bindparam, case, func, select, update

from contract.attention import JobFailed
from contract.feed import JobStatus
from contract.problems import Problem
from db.dialect import ALONE, Kind, upsert
from db.schema.jobs import jobs
from db.statement import Row, Statement
from db.types import from_us
from server.bus import Bus, Committed
from server.clock import SECOND
from server.tx import Tx

log = structlog.get_logger()

#: The sleeper that `enqueue` wakes.
RUNNER = "jobs"
WORKERS = 4
#: A worker that says nothing for this long is taken for dead and its job given to another.
LEASE = 120 * SECOND
LONGEST_PAUSE = 300 * SECOND
#: Other servers may have added work that this one was not told of.
LOOK_AGAIN = 1 * SECOND


def _enqueue(kind: Kind) -> object:
    new = upsert(kind, jobs)
    return new.on_conflict_do_update(
        index_elements=["kind", "subject"],
        set_={
            "state": "pending",
            "run_at": case(
                (
                    and_(jobs.c.state == "pending", jobs.c.run_at < new.excluded.run_at),
                    jobs.c.run_at,
                ),
                else_=new.excluded.run_at,
            ),
            "attempts": case((jobs.c.state == "pending", jobs.c.attempts), else_=0),
            # A worker may be at it with what it knew before: asked again, it is to run again.
            "wanted": jobs.c.wanted + 1,
            "finished_at": None,
        },
    )


_COLUMNS = (
    "id", "kind", "subject", "order_id", "state", "attempts", "wanted", "run_at", "leased_until",
    "last_error", "created_at", "finished_at",
)  # fmt: skip
ENQUEUE = Statement(_enqueue, columns=_COLUMNS)  # type: ignore[arg-type]
DUE = and_(
    jobs.c.state == "pending",
    jobs.c.run_at <= bindparam("now"),
    jobs.c.leased_until <= bindparam("now"),
)
#: Rows that another worker is claiming are passed over. (SQLite, with one writer, needs no lock,
#: and Core leaves the words out there.)
CLAIM = Statement(
    update(jobs)
    .where(
        jobs.c.id.in_(
            select(jobs.c.id)
            .where(DUE)
            .order_by(jobs.c.run_at)
            .limit(bindparam("most"))
            .with_for_update(skip_locked=True)
        )
    )
    .values(leased_until=bindparam("lease"), attempts=jobs.c.attempts + 1)
    .returning(
        jobs.c.id, jobs.c.kind, jobs.c.subject, jobs.c.attempts, jobs.c.wanted, jobs.c.order_id
    )
)
#: Asked for again while it ran, a job stays pending and runs once more.
_again = jobs.c.wanted != bindparam("seen")
FINISH = Statement(
    update(jobs)
    .where(jobs.c.id == bindparam("job_id"))
    .values(
        state=case((_again, "pending"), else_=bindparam("new_state")),
        finished_at=case((_again, None), else_=bindparam("at", type_=jobs.c.finished_at.type)),
        run_at=case((_again, jobs.c.run_at), else_=bindparam("next_at")),
        last_error=bindparam("error"),
        attempts=bindparam("tries"),
        leased_until=0,
    )
)
NEXT = Statement(
    select(
        func.min(
            case((jobs.c.leased_until > jobs.c.run_at, jobs.c.leased_until), else_=jobs.c.run_at)
        )
    ).where(jobs.c.state == "pending")
)
OF_ORDER = Statement(
    select(
        jobs.c.id, jobs.c.kind, jobs.c.subject, jobs.c.state, jobs.c.attempts, jobs.c.run_at,
        jobs.c.finished_at, jobs.c.last_error,
    )
    .where(jobs.c.order_id == bindparam("order"))
    .order_by(jobs.c.created_at, jobs.c.id)
)  # fmt: skip
#: Only at start, and only where no other server can be at work on them.
TAKE_UP = Statement(
    update(jobs).where(jobs.c.state == "pending", jobs.c.leased_until > 0).values(leased_until=0)
)
COUNT = Statement(select(jobs.c.state, func.count()).group_by(jobs.c.state))


class Later(Exception):
    """The job is to run again after `seconds`; nothing went wrong with it.

    `why` is shown where somebody asks what it waits for.
    """

    def __init__(self, seconds: float, *, why: str | None = None) -> None:
        """Ask to be run again."""
        super().__init__(f"again in {seconds} s")
        self.seconds = seconds
        self.why = why


@dataclass(frozen=True)
class Job:
    """A kind of work: `run(bus, subject)` does it, on a thread that may wait.

    `most` is how often it is tried before it is given up loudly; None is never.
    """

    kind: str
    run: Callable[[Bus, str], None]
    most: int | None = 20


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
        ENQUEUE,
        id=tx.new_id("job"), kind=kind, subject=subject, order_id=order_id, state="pending",
        attempts=0, wanted=1, run_at=tx.now_us + after, leased_until=0, last_error=None,
        created_at=tx.now_us, finished_at=None,
    )  # fmt: skip
    tx.wake(RUNNER)


def count(tx: Tx) -> dict[str, int]:
    """Return how many jobs there are in each state."""
    return dict(tx.all(COUNT))


def of_order(tx: Tx, *, order_id: str) -> tuple[JobStatus, ...]:
    """Return the work an order has led to, in the order it was asked for."""
    return tuple(_status(row) for row in tx.all(OF_ORDER, order=order_id))


def claim(tx: Tx, most: int = WORKERS) -> list[Claimed]:
    """Take up to `most` due jobs for a while; nobody else gets them meanwhile."""
    rows = tx.all(CLAIM, now=tx.now_us, lease=tx.now_us + LEASE, most=most)
    return [Claimed(*row) for row in rows]


def _status(row: Row) -> JobStatus:
    return JobStatus(
        id=row[0], kind=row[1], subject=row[2], state=row[3], attempts=row[4],
        run_at=from_us(row[5]), finished_at=None if row[6] is None else from_us(row[6]),
        last_error=row[7],
    )  # fmt: skip


class Runner:
    """Runs due jobs, a few at a time, until it is stopped."""

    def __init__(self, bus: Bus, kinds: Iterable[Job]) -> None:
        """Know every kind of job there is."""
        self._bus = bus
        self._kinds = {job.kind: job for job in kinds}
        self._woken = asyncio.Event()
        self._threads = ThreadPoolExecutor(WORKERS, thread_name_prefix="jobs")
        bus.on_commit(self._hear)

    def _hear(self, committed: Committed) -> None:
        if RUNNER in committed.wakes:
            self._woken.set()

    async def run(self) -> None:
        """Run jobs as they fall due, for ever; first those a killed server had in hand."""
        if ALONE[self._bus.database.kind]:
            await self._bus.write(lambda tx: tx.change(TAKE_UP), actor=RUNNER)
        while True:
            self._woken.clear()
            if await self.run_due():
                continue
            due = await self._bus.read(lambda tx: tx.first(NEXT))
            soon = self._bus.clock.now() + LOOK_AGAIN
            until = soon if due is None or due[0] is None else min(due[0], soon)
            await self._bus.clock.wait(self._woken, until=until)

    async def run_due(self) -> int:
        """Run what is due now, side by side; return how many there were."""
        loop = asyncio.get_running_loop()
        claimed = await self._bus.write(claim, actor=RUNNER)
        runs = [loop.run_in_executor(self._threads, self.perform, job) for job in claimed]
        await asyncio.gather(*runs)
        return len(claimed)

    def perform(self, claimed: Claimed) -> None:
        """Do one job and write down how it went."""
        kind = self._kinds.get(claimed.kind)
        state, error, pause, tries = "done", None, 0, claimed.attempts
        try:
            if kind is None:
                msg = f"no room does jobs of kind {claimed.kind}"
                raise LookupError(msg)  # noqa: TRY301  ends in the same log line as any failure
            kind.run(self._bus, claimed.subject)
        except Later as later:
            # Waiting is no failure: a single one after a hundred looks must not pause for minutes.
            state, pause, tries = "pending", int(later.seconds * SECOND), 0
            error = None if later.why is None else later.why[:500]
        except Exception as failure:  # noqa: BLE001  a door: one broken job must not stop the others
            error = f"{type(failure).__name__}: {failure}"[:500]
            most = kind.most if kind is not None else 1
            state = "failed" if most is not None and claimed.attempts >= most else "pending"
            pause = min(LONGEST_PAUSE, SECOND << min(claimed.attempts, 20))
            self._complain(claimed, failure, state)

        def finish(tx: Tx) -> None:
            tx.change(
                FINISH,
                job_id=claimed.id, seen=claimed.wanted, new_state=state, error=error,
                at=None if state == "pending" else tx.now_us, next_at=tx.now_us + pause,
                tries=tries,
            )  # fmt: skip
            if state == "failed":
                tx.publish(
                    JobFailed(
                        id=claimed.id, version=0, kind=claimed.kind, subject=claimed.subject,
                        order_id=claimed.order_id, error=error or "",
                    )
                )  # fmt: skip

        self._bus.write_now(finish, actor=RUNNER)

    def _complain(self, claimed: Claimed, failure: Exception, state: str) -> None:
        known = isinstance(failure, Problem)
        log.warning(
            "job given up" if state == "failed" else "job will be tried again",
            job=claimed.kind, subject=claimed.subject, attempts=claimed.attempts,
            error=f"{type(failure).__name__}: {failure}", exc_info=not known,
        )  # fmt: skip

    def close(self) -> None:
        """Let running jobs end; those not begun stay in the table."""
        self._threads.shutdown(wait=True, cancel_futures=True)
