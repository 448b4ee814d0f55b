"""Watch: events as they happen, for those who may see them."""

from __future__ import annotations

import json
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.cli.person import Person


@contextmanager
def watching(person: Person, *options: str) -> Iterator[subprocess.Popen[str]]:
    """Run `watch` while the block runs; its events are committed after it has started."""
    process = person.start("watch", *options)
    assert process.stderr is not None
    try:
        assert process.stderr.readline() == "connected; press Ctrl-C to stop\n"
        yield process
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=10)
    assert process.returncode == 130


def read_line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline()


def test_watch_prints_json_lines_as_they_happen(sofia: Person) -> None:
    with watching(sofia, "--json", "all") as process:
        ticket = sofia.list_ticket()
        entries = [json.loads(read_line(process)) for _ in range(2)]
    assert [entry["event"]["type"] for entry in entries] == ["show.created", "ticket.created"]
    assert entries[1]["event"]["id"] == ticket
    assert entries[1]["event"]["price"] == {"amount": 4500, "currency": "EUR"}


def test_watch_prints_one_line_per_event_for_people(sofia: Person) -> None:
    with watching(sofia, "--no-input") as process:
        ticket = sofia.list_ticket()
        read_line(process)
        line = read_line(process)
    assert line.split("\t")[2:4] == ["ticket.created", f"{ticket} v1"]
    assert "price EUR 45.00" in line
    assert "status available" in line


def test_watch_resumes_after_a_cursor(sofia: Person) -> None:
    with watching(sofia, "--json", "cursor") as process:
        sofia.list_ticket()
        cursor = json.loads(read_line(process))["cursor"]
    with watching(sofia, "--json", "event", "--cursor", cursor) as process:
        assert json.loads(read_line(process))["event"]["type"] == "ticket.created"


def test_orders_of_others_are_not_shown(sofia: Person, ana: Person, ben: Person) -> None:
    ticket = sofia.list_ticket()
    with watching(ben, "--json", "event") as process:
        ana.lock_ticket(ticket)
        sofia.list_ticket(seat="27")
        entries = [json.loads(read_line(process))["event"]["type"] for _ in range(2)]
    assert entries == ["ticket.updated", "ticket.created"]


def test_watch_ends_and_says_why_when_the_session_ends(ana: Person) -> None:
    process = ana.start("watch")
    assert process.stderr is not None
    assert process.stderr.readline() == "connected; press Ctrl-C to stop\n"
    assert ana.run("auth", "logout").status == 0
    _, said = process.communicate(timeout=20)
    assert process.returncode == 4
    assert "Your session has ended. Sign in again." in said
    assert "ticketing auth login" in said


@pytest.mark.parametrize("options", [["--all"]])
def test_only_an_admin_may_watch_everything(ana: Person, options: list[str]) -> None:
    ran = ana.run("watch", *options)
    assert ran.status == 4
