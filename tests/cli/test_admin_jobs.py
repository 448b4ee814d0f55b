"""Jobs: an operator lists failed jobs and retries them."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from db.engine import sqlite_path
from tests.cli.person import Person
from tests.cli.test_admin_money import soon
from tests.conftest import Server

#: No service has a handler for this kind of job, so it fails.
LEFT_BEHIND = """INSERT INTO jobs (id, kind, subject, order_id, state, attempts, wanted, run_at,
    leased_until, last_error, created_at, finished_at) VALUES
    ('job_1a', 'test.nothing', 'pay_1', 'ord_1', 'failed', 20, 1, 0, 0, 'Refused: no', 0, 0),
    ('job_2b', 'test.nothing', 'pay_2', NULL, 'done', 1, 1, 0, 0, NULL, 0, 0)"""


@pytest.fixture
def job(server: Server) -> str:
    """Insert a failed job and a finished one; return the first's id."""
    path = sqlite_path(server.settings.database)
    assert path is not None
    with closing(sqlite3.connect(Path(path))) as books, books:
        books.execute(LEFT_BEHIND)
    return "job_1a"


def tried(person: Person) -> bool:
    """Return whether the running server has retried the job and failed again."""
    return "test.nothing" in person.run("admin", "events", "--type", "job.failed").out


def test_failed_jobs_are_listed_with_their_error(olga: Person, job: str) -> None:
    (line,) = olga.run("admin", "jobs", "--state", "failed").out.splitlines()
    assert line.split("\t")[:6] == [job, "test.nothing", "pay_1", "ord_1", "failed", "20"]
    assert "Refused: no" in line


def test_people_read_a_job_line_by_line(olga: Person, job: str) -> None:
    ran = olga.run("admin", "jobs", "--kind", "test.nothing", tty=True, NO_COLOR="1")
    lines = [line.split(maxsplit=1) for line in ran.out.splitlines()]
    assert ["Job", job] in lines
    assert ["State", "failed"] in lines


def test_an_empty_list_prints_nothing(olga: Person) -> None:
    ran = olga.run("admin", "jobs", "--json", "id,state")
    assert (ran.status, ran.json, ran.err) == (0, [], "no jobs\n")


def test_the_running_server_retries_it_at_once(olga: Person, job: str) -> None:
    ran = olga.run("admin", "jobs", "retry", job)
    assert (ran.status, ran.out) == (0, f"retrying {job}: test.nothing pay_1\n")
    assert soon(lambda: tried(olga))


@pytest.mark.usefixtures("job")
@pytest.mark.parametrize(
    ("name", "status", "hint"),
    [("job_missing", 5, "`ticketing admin jobs` lists"), ("job_2b", 6, "--state failed` lists")],
)
def test_a_job_that_has_not_failed_cannot_be_retried(
    olga: Person, name: str, status: int, hint: str
) -> None:
    ran = olga.run("admin", "jobs", "retry", name)
    assert (ran.status, ran.out) == (status, "")
    assert hint in ran.err
    assert not tried(olga)
