"""The runner: claims due jobs, runs each on a thread, and records how it ended.

A claim is a lease. While a job runs its lease is renewed, so that a job of any length runs once;
when its process dies the lease ends and another runner takes the job over.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial

import structlog

from contract.jobs import JobFailed
from contract.problems import Problem
from db.dialect import SINGLE_PROCESS
from server.bus import Bus, Commit
from server.clock import SECOND
from server.jobs import statements as sql
from server.jobs.service import LEASE, RUNNER, WORKERS, Claimed, claim, renew
from server.tx import Tx

log = structlog.get_logger()

LONGEST_PAUSE = 300 * SECOND
#: Another server may have added a job without this one being notified.
POLL_INTERVAL = 1 * SECOND
RENEW_INTERVAL = LEASE // 4


class Snooze(Exception):
    """Raised by a job to run again after `seconds`; this is not a failure.

    `why` tells operators what the job is waiting for.
    """

    def __init__(self, seconds: float, *, why: str | None = None) -> None:
        """Ask to be run again."""
        super().__init__(f"again in {seconds} s")
        self.seconds = seconds
        self.why = why


@dataclass(frozen=True)
class Job:
    """A kind of job: `run(bus, subject)` does it, on a thread that may block.

    After `most` attempts it has failed and an operator is alerted; None retries for ever.
    """

    kind: str
    run: Callable[[Bus, str], None]
    most: int | None = 20


@dataclass(frozen=True)
class _Result:
    """How one attempt at a job ended. `pause` is in microseconds."""

    state: str
    error: str | None
    pause: int
    attempts: int


class Runner:
    """Runs due jobs, up to `WORKERS` at once, until it is stopped."""

    def __init__(self, bus: Bus, kinds: Iterable[Job]) -> None:
        """Register every kind of job there is."""
        self._bus = bus
        self._kinds = {job.kind: job for job in kinds}
        self._wakeup = asyncio.Event()
        self._running: dict[str, asyncio.Task[None]] = {}
        self._reclaimed = not SINGLE_PROCESS[bus.database.backend]
        self._threads = ThreadPoolExecutor(WORKERS, thread_name_prefix="jobs")
        bus.on_commit(self._on_commit)

    def _on_commit(self, commit: Commit) -> None:
        if RUNNER in commit.notified:
            self._wakeup.set()

    async def run(self) -> None:
        """Start jobs as they fall due and workers become free, for ever.

        On a database of one process, first take over what a killed server had claimed.
        """
        if not self._reclaimed:
            await self._bus.write(lambda tx: tx.execute(sql.RECLAIM), actor=RUNNER)
            self._reclaimed = True
        try:
            while True:
                self._wakeup.clear()
                free = WORKERS - len(self._running)
                if free and await self._start(free):
                    continue
                await self._bus.clock.wait(self._wakeup, until=await self._next_check(free))
        except asyncio.CancelledError:
            for task in self._running.values():
                task.cancel()
            raise

    async def _start(self, limit: int) -> int:
        """Claim up to `limit` due jobs and run each in a task of its own; return how many."""
        claimed = await self._bus.write(lambda tx: claim(tx, limit), actor=RUNNER)
        for job in claimed:
            task = asyncio.create_task(self._work(job, after=self._running.get(job.id)))
            self._running[job.id] = task
            task.add_done_callback(partial(self._release, job.id))
        return len(claimed)

    def _release(self, job_id: str, task: asyncio.Task[None]) -> None:
        if self._running.get(job_id) is task:
            del self._running[job_id]
        self._wakeup.set()

    async def _next_check(self, free: int) -> int | None:
        """Return when to check for due jobs again; None to wait until a worker is free."""
        if not free:
            return None
        due = await self._bus.read(lambda tx: tx.first(sql.NEXT))
        soon = self._bus.clock.now() + POLL_INTERVAL
        return soon if due is None or due[0] is None else min(due[0], soon)

    async def _work(self, job: Claimed, after: asyncio.Task[None] | None) -> None:
        """Run one job under a lease that is renewed until it ends, and record the result.

        A job whose result is stored may be claimed again before its task has ended: it runs
        `after` that task.
        """
        async with self._renewing(job):
            if after is not None:
                await asyncio.wait([after])
            loop = asyncio.get_running_loop()
            result = await loop.run_in_executor(self._threads, self._attempt, job)
        try:
            await self._bus.write(lambda tx: _finish(tx, job, result), actor=RUNNER)
        except Problem as problem:  # when its lease ends it runs again, which is safe
            log.warning("a job's result was not stored", job=job.kind, reason=problem.detail)

    @asynccontextmanager
    async def _renewing(self, job: Claimed) -> AsyncIterator[None]:
        """Renew a job's lease at fixed intervals for as long as the block runs."""
        began = self._bus.clock.now()

        async def keep_renewing() -> None:
            never = asyncio.Event()
            for number in itertools.count(1):
                await self._bus.clock.wait(never, until=began + number * RENEW_INTERVAL)
                try:
                    await self._bus.write(lambda tx: renew(tx, job), actor=RUNNER)
                except Problem as problem:  # it is tried three more times before the lease ends
                    log.warning("a lease was not renewed", job=job.kind, reason=problem.detail)

        renewal = asyncio.create_task(keep_renewing())
        try:
            yield
        finally:
            renewal.cancel()
            await asyncio.gather(renewal, return_exceptions=True)

    def perform(self, job: Claimed) -> None:
        """Run one claimed job on this thread and record the result."""
        result = self._attempt(job)
        self._bus.write_now(lambda tx: _finish(tx, job, result), actor=RUNNER)

    def _attempt(self, job: Claimed) -> _Result:
        kind = self._kinds.get(job.kind)
        try:
            if kind is None:
                msg = f"no service runs jobs of kind {job.kind}"
                raise LookupError(msg)  # noqa: TRY301  ends in the same log line as any failure
            kind.run(self._bus, job.subject)
        except Snooze as snooze:
            # Waiting is no failure: a failure after a hundred polls must not pause for minutes.
            why = None if snooze.why is None else snooze.why[:500]
            return _Result("pending", why, int(snooze.seconds * SECOND), attempts=0)
        except Exception as failure:
            most = kind.most if kind is not None else 1
            state = "failed" if most is not None and job.attempts >= most else "pending"
            pause = min(LONGEST_PAUSE, SECOND << min(job.attempts, 20))
            log.warning(
                "job failed for good" if state == "failed" else "job failed; it will run again",
                job=job.kind, subject=job.subject, attempts=job.attempts,
                error=f"{type(failure).__name__}: {failure}",
                exc_info=not isinstance(failure, Problem),
            )  # fmt: skip
            return _Result(
                state, f"{type(failure).__name__}: {failure}"[:500], pause, attempts=job.attempts
            )
        return _Result("done", None, 0, attempts=job.attempts)

    def close(self) -> None:
        """Wait for running jobs; those not begun stay in the table."""
        self._threads.shutdown(wait=True, cancel_futures=True)


def _finish(tx: Tx, job: Claimed, result: _Result) -> None:
    """Record how a job ended, and publish that it failed for good."""
    tx.execute(
        sql.FINISH,
        job_id=job.id, generation=job.generation, new_state=result.state, error=result.error,
        at=None if result.state == "pending" else tx.now_us, next_at=tx.now_us + result.pause,
        attempts=result.attempts,
    )  # fmt: skip
    if result.state == "failed":
        tx.publish(
            JobFailed(
                id=job.id, version=0, kind=job.kind, subject=job.subject, order_id=job.order_id,
                error=result.error or "",
            )
        )  # fmt: skip
