"""Jobs as operators see them: listing, and retrying failed ones."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import pytest
from structlog.testing import capture_logs

from contract.alerts import LIST_ALERTS, Alert, AlertQuery
from contract.jobs import (
    LIST_JOBS,
    RETRY_JOB,
    JobNotFailed,
    JobNotFound,
    JobRetried,
    JobsQuery,
    JobState,
    JobStatus,
)
from db.types import from_us
from server.bus import Commit
from server.jobs import RUNNER, Job, Runner, claim, enqueue
from server.principal import Principal
from tests.clock import SECOND
from tests.server.rows import change
from tests.server.test_paging import read_all
from tests.world import World


class Bench:
    """A job that fails until it is fixed, and an operator."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.operator = world.user("operator", admin=True)
        self.broken = True
        self.done: list[str] = []
        kinds = [Job("test.work", lambda _, subject: self._work(subject), most=2)]
        self.runner = Runner(world.bus, kinds)

    def _work(self, subject: str) -> None:
        if self.broken:
            raise ZeroDivisionError(subject)
        self.done.append(subject)

    def ask(self, *subjects: str, order: str | None = None) -> None:
        """Enqueue jobs, one second apart."""
        for subject in subjects:
            self.world.clock.advance(SECOND)
            ask = partial(enqueue, kind="test.work", subject=subject, order_id=order)
            self.world.bus.write_now(ask)

    def work(self, times: int = 1) -> None:
        """Run due jobs, `times` times."""
        for _ in range(times):
            for job in self.world.bus.write_now(claim):
                self.runner.perform(job)
            self.world.clock.advance(60 * SECOND)

    def failed(self, subject: str = "pay_1", order: str | None = None) -> JobStatus:
        """Let a job fail for good; return it."""
        self.ask(subject, order=order)
        self.work(2)
        return self.listed()[0]

    def listed(self, state: JobState | None = None, kind: str | None = None) -> list[JobStatus]:
        """Return the jobs that an operator sees."""
        asked = JobsQuery(state=state, kind=kind)
        return list(self.world.call(LIST_JOBS, self.operator, asked).items)

    def retry(self, job: JobStatus, by: Principal | None = None) -> JobStatus:
        """Retry a job."""
        return self.world.call(RETRY_JOB, by or self.operator, job_id=job.id)

    def alerts(self, *, every: bool = False) -> list[Alert]:
        """Return the open alerts, newest first."""
        asked = AlertQuery(all=every)
        return list(self.world.call(LIST_ALERTS, self.operator, asked).items)


@pytest.fixture
def bench(world: World) -> Iterator[Bench]:
    """Give a kind of job; failures are expected, so their log lines are captured."""
    with capture_logs():
        made = Bench(world)
        yield made
        made.runner.close()


def test_a_job_is_listed_with_its_last_error_and_next_attempt(bench: Bench, world: World) -> None:
    bench.ask("pay_1", order="ord_1")
    asked = world.clock.now()
    for job in world.bus.write_now(claim):
        bench.runner.perform(job)
    (known,) = bench.listed()
    assert known == JobStatus(
        id=known.id, kind="test.work", subject="pay_1", order_id="ord_1", state=JobState.PENDING,
        attempts=1, run_at=from_us(asked + 2 * SECOND), last_error="ZeroDivisionError: pay_1",
        created_at=from_us(asked), finished_at=None,
    )  # fmt: skip


def test_finished_jobs_are_listed_only_on_request(bench: Bench) -> None:
    failed = bench.failed("failed")
    bench.broken = False
    bench.ask("done")
    bench.work()
    bench.ask("pending")
    assert [job.subject for job in bench.listed()] == ["pending", "failed"]
    for state in JobState:
        assert [job.subject for job in bench.listed(state)] == [state]
    assert bench.listed(JobState.FAILED) == [failed]
    assert failed.finished_at is not None


@pytest.mark.parametrize("state", [None, JobState.PENDING])
def test_jobs_page_by_page_are_the_whole_list_newest_first(
    bench: Bench, world: World, state: JobState | None
) -> None:
    bench.ask(*"abcde")
    seen = read_all(
        world, LIST_JOBS, bench.operator, limit=2, state=state, key=lambda job: job.subject
    )
    assert seen == [*"edcba"]


def test_jobs_are_listed_by_kind(bench: Bench, world: World) -> None:
    bench.ask("a")
    world.bus.write_now(lambda tx: enqueue(tx, "test.other", "b", after=SECOND))
    assert [job.subject for job in bench.listed(kind="test.other")] == ["b"]
    assert [job.subject for job in bench.listed(kind="test.work", state=JobState.PENDING)] == ["a"]


def test_a_retried_job_is_due_now_with_all_its_attempts(bench: Bench, world: World) -> None:
    failed = bench.failed()
    assert (failed.state, failed.attempts) == (JobState.FAILED, 2)
    again = bench.retry(failed)
    assert (again.state, again.attempts, again.finished_at) == (JobState.PENDING, 0, None)
    assert again.run_at == from_us(world.clock.now())
    assert again.last_error == failed.last_error
    bench.broken = False
    bench.work()
    assert bench.done == ["pay_1"]
    assert bench.listed(JobState.DONE)[0].last_error is None


def test_a_retry_wakes_the_runner(bench: Bench, world: World) -> None:
    failed = bench.failed()
    commits: list[Commit] = []
    world.bus.on_commit(commits.append)
    bench.retry(failed)
    assert [RUNNER in committed.notified for committed in commits] == [True]


def test_a_retry_publishes_an_event_for_operators(bench: Bench, world: World) -> None:
    failed = bench.failed(order="ord_1")
    bench.retry(failed)
    (event,) = (event for event in world.events(failed.id) if isinstance(event, JobRetried))
    assert (event.kind, event.subject, event.order_id) == ("test.work", "pay_1", "ord_1")
    assert event.audience == "operators"


@pytest.mark.parametrize("state", [JobState.PENDING, JobState.DONE])
def test_only_a_failed_job_can_be_retried(bench: Bench, state: JobState) -> None:
    bench.broken = False
    bench.ask("a")
    if state is JobState.DONE:
        bench.work()
    (job,) = bench.listed(state)
    with pytest.raises(JobNotFailed, match=f"is {state}"):
        bench.retry(job)
    assert bench.listed(state) == [job]


def test_a_second_retry_is_refused(bench: Bench, world: World) -> None:
    failed = bench.failed()
    bench.retry(failed)
    with pytest.raises(JobNotFailed):
        bench.retry(failed)
    assert world.names(failed.id).count("job.retried") == 1


def test_an_unknown_job_cannot_be_retried(bench: Bench, world: World) -> None:
    with pytest.raises(JobNotFound):
        world.call(RETRY_JOB, bench.operator, job_id="job_missing")


def test_a_worker_presumed_dead_does_not_end_a_retried_job(bench: Bench, world: World) -> None:
    bench.ask("pay_1")
    (slow,) = world.bus.write_now(claim)
    world.clock.advance(600 * SECOND)
    bench.work(2)
    (failed,) = bench.listed(JobState.FAILED)
    bench.retry(failed)
    bench.broken = False
    bench.runner.perform(slow)
    assert [job.state for job in bench.listed()] == [JobState.PENDING]


def test_a_retry_resolves_the_alert_in_the_operators_name(bench: Bench) -> None:
    failed = bench.failed()
    (alert,) = bench.alerts()
    bench.retry(failed)
    assert bench.alerts() == []
    (closed,) = bench.alerts(every=True)
    assert (closed.id, closed.closed_by) == (alert.id, bench.operator.user_id)
    assert closed.note == "The job was retried."


def test_a_job_that_fails_again_opens_a_new_alert(bench: Bench, world: World) -> None:
    failed = bench.failed()
    (first,) = bench.alerts()
    bench.retry(failed)
    bench.work(2)
    (second,) = bench.alerts()
    assert second.id != first.id
    assert world.names().count("attention.opened") == 2


def test_a_retry_leaves_a_resolved_alert_as_it_is(bench: Bench, world: World) -> None:
    failed = bench.failed()
    change(world, "UPDATE attention SET closed_at = 1, closed_by = 'usr_1', note = 'seen to'")
    bench.retry(failed)
    (closed,) = bench.alerts(every=True)
    assert (closed.closed_by, closed.note) == ("usr_1", "seen to")
