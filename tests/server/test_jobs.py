"""Jobs: run after commit, at least once, by one worker at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from structlog.testing import capture_logs

from contract.problems import Forbidden
from server.jobs import LEASE, LONGEST_PAUSE, Claimed, Job, Runner, Snooze, claim, enqueue
from tests.clock import MINUTE, SECOND
from tests.server.rows import one, rows
from tests.world import World

Do = Callable[[str], None]


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    """Capture the log lines of expected failures."""
    with capture_logs():
        yield


class Bench:
    """One kind of job that a test controls."""

    def __init__(self, world: World, *, most: int | None = 20) -> None:
        self.world = world
        self.done: list[str] = []
        self.do: Do = lambda _: None
        self.runner = Runner(world.bus, [Job("work", lambda _, subject: self._work(subject), most)])

    def _work(self, subject: str) -> None:
        self.done.append(subject)
        self.do(subject)

    def ask(self, subject: str = "a", *, after: int = 0) -> None:
        """Enqueue the job."""
        self.world.bus.write_now(lambda tx: enqueue(tx, "work", subject, after=after))

    def claim(self, most: int = 4) -> list[Claimed]:
        """Claim due jobs, as a worker does."""
        return self.world.bus.write_now(lambda tx: claim(tx, most))

    def run(self) -> int:
        """Run every due job once; return how many."""
        claimed = self.claim()
        for job in claimed:
            self.runner.perform(job)
        return len(claimed)

    def states(self) -> dict[str, str]:
        """Return the state of each job by its subject."""
        return dict(rows(self.world, "SELECT subject, state FROM jobs"))


@pytest.fixture
def bench(world: World) -> Bench:
    """Give a kind of job."""
    return Bench(world)


def fail(_: str) -> None:
    """Fail."""
    raise ZeroDivisionError


def later(_: str) -> None:
    """Snooze for three seconds."""
    raise Snooze(3)


def test_an_enqueued_job_runs_once(bench: Bench) -> None:
    bench.ask()
    assert [bench.run(), bench.run()] == [1, 0]
    assert (bench.done, bench.states()) == (["a"], {"a": "done"})


def test_a_job_for_later_waits_until_then(bench: Bench, world: World) -> None:
    bench.ask(after=5 * SECOND)
    world.clock.advance(5 * SECOND - 1)
    assert bench.run() == 0
    world.clock.advance(1)
    assert bench.run() == 1


def test_there_is_one_job_of_a_kind_for_a_subject(bench: Bench) -> None:
    for _ in range(3):
        bench.ask()
    assert (bench.run(), bench.done) == (1, ["a"])


def test_enqueuing_earlier_brings_a_job_forward_and_later_does_not_delay_it(
    bench: Bench, world: World
) -> None:
    bench.ask(after=9 * SECOND)
    bench.ask(after=4 * SECOND)
    bench.ask(after=60 * SECOND)
    world.clock.advance(4 * SECOND)
    assert bench.run() == 1


def test_a_finished_job_runs_again_when_it_is_enqueued_again(bench: Bench) -> None:
    for _ in range(2):
        bench.ask()
        bench.run()
    assert bench.done == ["a", "a"]


def test_a_job_enqueued_again_while_it_runs_runs_again(bench: Bench) -> None:
    def ask_again(_: str) -> None:
        if len(bench.done) == 1:
            bench.ask()

    bench.do = ask_again
    bench.ask()
    assert [bench.run(), bench.run(), bench.run()] == [1, 1, 0]
    assert bench.done == ["a", "a"]


def test_a_leased_job_is_not_claimed_by_another_worker(bench: Bench, world: World) -> None:
    bench.ask()
    assert len(bench.claim()) == 1
    world.clock.advance(LEASE - 1)
    assert bench.claim() == []


def test_the_job_of_a_dead_worker_is_claimed_by_another(bench: Bench, world: World) -> None:
    bench.ask()
    bench.claim()
    world.clock.advance(LEASE)
    assert bench.run() == 1
    assert bench.states() == {"a": "done"}


def test_enqueuing_a_running_job_does_not_end_its_lease(bench: Bench) -> None:
    bench.ask()
    bench.claim()
    bench.ask()
    assert bench.claim() == []


def test_a_claim_is_limited(bench: Bench) -> None:
    for subject in "abcdef":
        bench.ask(subject)
    assert len(bench.claim(4)) == 4
    assert len(bench.claim(4)) == 2


def test_concurrent_workers_claim_no_job_twice(bench: Bench) -> None:
    for n in range(12):
        bench.ask(f"job {n}")
    with ThreadPoolExecutor(6) as threads:
        taken = [
            job.id for share in threads.map(lambda _: bench.claim(3), range(6)) for job in share
        ]
    taken += [job.id for job in bench.claim(12)]
    assert len(taken) == len(set(taken)) == 12


def test_the_job_that_has_waited_longest_runs_first(bench: Bench, world: World) -> None:
    for subject in "ba":
        bench.ask(subject)
        world.clock.advance(SECOND)
    assert [job.subject for job in bench.claim(1)] == ["b"]


def test_a_snoozed_job_runs_later_without_a_failure(bench: Bench, world: World) -> None:
    bench.do = later
    bench.ask()
    bench.run()
    assert one(world, "SELECT last_error FROM jobs") is None
    world.clock.advance(3 * SECOND - 1)
    assert bench.run() == 0
    world.clock.advance(1)
    assert bench.run() == 1


def test_a_failing_job_is_retried_with_growing_pauses(bench: Bench, world: World) -> None:
    bench.do = fail
    bench.ask()
    pauses = []
    for _ in range(12):
        assert bench.run() == 1
        wait = one(world, "SELECT run_at FROM jobs") - world.clock.now()
        pauses.append(wait // SECOND)
        world.clock.advance(wait)
    assert pauses == [2, 4, 8, 16, 32, 64, 128, 256, *[LONGEST_PAUSE // SECOND] * 4]
    assert one(world, "SELECT last_error FROM jobs").startswith("ZeroDivisionError")


def test_snoozing_does_not_lengthen_the_pause_after_a_failure(bench: Bench, world: World) -> None:
    bench.do = later
    bench.ask()
    for _ in range(30):
        bench.run()
        world.clock.advance(3 * SECOND)
    bench.do = fail
    bench.run()
    assert one(world, "SELECT run_at FROM jobs") - world.clock.now() == 2 * SECOND


def test_a_job_fails_for_good_after_its_last_attempt_with_the_reason(world: World) -> None:
    bench = Bench(world, most=3)
    bench.do = fail
    bench.ask()
    for _ in range(5):
        bench.run()
        world.clock.advance(LONGEST_PAUSE)
    assert len(bench.done) == 3
    assert bench.states() == {"a": "failed"}


def test_a_failed_job_starts_afresh_when_it_is_enqueued_again(world: World) -> None:
    bench = Bench(world, most=1)
    bench.do = fail
    bench.ask()
    bench.run()
    bench.do = lambda _: None
    bench.ask()
    assert bench.run() == 1
    assert bench.states() == {"a": "done"}


def test_a_job_without_a_limit_never_fails_for_good(world: World) -> None:
    bench = Bench(world, most=None)
    bench.do = fail
    bench.ask()
    for _ in range(30):
        bench.run()
        world.clock.advance(LONGEST_PAUSE)
    assert bench.states() == {"a": "pending"}


def test_one_broken_job_does_not_stop_the_others(bench: Bench) -> None:
    bench.do = lambda subject: fail(subject) if subject == "a" else None
    for subject in "ab":
        bench.ask(subject)
    bench.run()
    assert bench.states() == {"a": "pending", "b": "done"}


def test_a_job_of_an_unknown_kind_fails_for_good(world: World) -> None:
    world.bus.write_now(lambda tx: enqueue(tx, "unheard of", "a"))
    world.work()
    assert rows(world, "SELECT state, last_error FROM jobs") == [
        ("failed", "LookupError: no service runs jobs of kind unheard of"),
    ]


def test_a_crash_before_the_result_is_stored_repeats_the_job(
    bench: Bench, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.ask()
    (job,) = bench.claim()
    with monkeypatch.context() as crash:
        crash.setattr(world.bus, "write_now", fail)
        with pytest.raises((ZeroDivisionError, TypeError)):
            bench.runner.perform(job)
    assert bench.states() == {"a": "pending"}
    world.clock.advance(LEASE)
    bench.run()
    assert (bench.done, bench.states()) == (["a", "a"], {"a": "done"})


def test_a_job_is_committed_with_its_cause_or_not_at_all(bench: Bench, world: World) -> None:
    def act(tx: object) -> None:
        enqueue(tx, "work", "a")  # type: ignore[arg-type]
        raise Forbidden

    with pytest.raises(Forbidden):
        world.bus.write_now(act)
    assert bench.states() == {}


def test_a_job_that_always_fails_ends_after_its_last_attempt(world: World) -> None:
    runs: list[str] = []

    def poison(_: object, subject: str) -> None:
        runs.append(subject)
        raise ZeroDivisionError

    runner = Runner(world.bus, [Job("poison", poison, most=4)])
    world.bus.write_now(lambda t: enqueue(t, "poison", "x"))
    for _ in range(20):
        for job in world.bus.write_now(claim):
            runner.perform(job)
        world.clock.advance(10 * MINUTE)
    runner.close()
    assert len(runs) == 4
    assert rows(world, "SELECT state, last_error FROM jobs") == [("failed", "ZeroDivisionError: ")]
