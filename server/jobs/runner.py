"""The runner: does due jobs side by side, and writes down how each went."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import structlog

from contract.jobs import JobFailed
from contract.problems import Problem
from db.dialect import ALONE
from server.bus import Bus, Committed
from server.clock import SECOND
from server.jobs import statements as sql
from server.jobs.service import RUNNER, WORKERS, Claimed, claim
from server.tx import Tx

log = structlog.get_logger()

LONGEST_PAUSE = 300 * SECOND
#: Other servers may have added work that this one was not told of.
LOOK_AGAIN = 1 * SECOND


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
            await self._bus.write(lambda tx: tx.change(sql.TAKE_UP), actor=RUNNER)
        while True:
            self._woken.clear()
            if await self.run_due():
                continue
            due = await self._bus.read(lambda tx: tx.first(sql.NEXT))
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
                sql.FINISH,
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
