"""The runner: jobs run side by side, and a job of any length runs once."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from functools import partial

from server.bus import Bus
from server.jobs import LEASE, Job, Runner, claim, enqueue
from server.jobs.runner import RENEW_INTERVAL
from tests.clock import MINUTE
from tests.server.rows import one
from tests.world import World

#: Far more than any of this takes; only a broken runner waits so long.
PATIENCE = 20


class Work:
    """Jobs that run until a test releases them."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.begun: list[str] = []
        self.ended: list[str] = []
        self.release = threading.Event()
        self.on_run: Callable[[str], None] = lambda _: None

    def run(self, _: Bus, subject: str) -> None:
        """Run one job: those named `slow` wait to be released."""
        self.begun.append(subject)
        self.on_run(subject)
        if subject.startswith("slow"):
            assert self.release.wait(PATIENCE)
        self.ended.append(subject)

    def enqueue(self, *subjects: str) -> None:
        """Enqueue jobs."""
        for subject in subjects:
            self.world.bus.write_now(partial(enqueue, kind="work", subject=subject))

    def run_while(self, act: Callable[[], Awaitable[None]]) -> None:
        """Run a runner while `act` runs, then release the waiting jobs and stop it."""

        async def both() -> None:
            self.world.bus.attach(asyncio.get_running_loop())
            runner = Runner(self.world.bus, [Job("work", self.run)])
            running = asyncio.create_task(runner.run())
            try:
                async with asyncio.timeout(PATIENCE):
                    await act()
            finally:
                self.release.set()
                await until(lambda: len(self.ended) == len(self.begun))
                running.cancel()
                await asyncio.gather(running, return_exceptions=True)
                self.world.bus.detach()
                runner.close()

        asyncio.run(both())


async def until(reached: Callable[[], bool]) -> None:
    """Let other tasks run until a condition is true."""
    while not reached():  # noqa: ASYNC110  what is waited for is a row, or a list
        await asyncio.sleep(0)


def test_a_slow_job_does_not_delay_the_others(world: World) -> None:
    work = Work(world)
    work.enqueue("slow", "a", "b", "c", "d", "e", "f")

    async def act() -> None:
        await until(lambda: len(work.ended) == 6)
        assert work.begun.count("slow") == 1

    work.run_while(act)
    assert sorted(work.ended) == ["a", "b", "c", "d", "e", "f", "slow"]


def test_a_job_that_outlives_its_lease_many_times_runs_once(world: World) -> None:
    work = Work(world)
    work.enqueue("slow")

    def leased() -> int:
        value: int = one(world, "SELECT leased_until FROM jobs")
        return value

    async def act() -> None:
        await until(lambda: work.begun == ["slow"])
        for _ in range(5 * MINUTE // RENEW_INTERVAL):
            world.clock.advance(RENEW_INTERVAL)
            await until(lambda: leased() == world.clock.now() + LEASE)
            assert await world.bus.write(claim) == []

    work.run_while(act)
    assert work.begun == work.ended == ["slow"]


def test_jobs_that_are_asked_for_again_while_they_run_run_again_at_once(world: World) -> None:
    """The result of a job is often stored in the same commit in which others are claimed."""
    work, runs = Work(world), 30

    def again(subject: str) -> None:
        if work.begun.count(subject) < runs:
            work.enqueue(subject)

    work.on_run = again
    work.enqueue("a", "b", "c", "d")

    async def act() -> None:
        await until(lambda: len(work.ended) == 4 * runs)

    work.run_while(act)


def test_a_job_whose_result_is_stored_is_not_leased_any_more(world: World) -> None:
    work = Work(world)
    work.enqueue("slow")

    async def act() -> None:
        await until(lambda: work.begun == ["slow"])
        work.release.set()
        await until(lambda: one(world, "SELECT state FROM jobs") == "done")
        world.clock.advance(RENEW_INTERVAL)

    work.run_while(act)
    assert one(world, "SELECT leased_until FROM jobs") == 0
