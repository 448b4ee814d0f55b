"""Feed: facts as they happen, to those who may hear them."""

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
    """Feed until the block is left; what is told was committed after the watching began."""
    process = person.starts("watch", *options)
    assert process.stderr is not None
    try:
        assert process.stderr.readline() == "listening; Ctrl-C ends it\n"
        yield process
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=10)
    assert process.returncode == 130


def said(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline()


def test_watch_prints_json_lines_as_they_happen(sofia: Person) -> None:
    with watching(sofia, "--json", "all") as process:
        ticket = sofia.lists()
        told = [json.loads(said(process)) for _ in range(2)]
    assert [entry["event"]["type"] for entry in told] == ["show.created", "ticket.created"]
    assert told[1]["event"]["id"] == ticket
    assert told[1]["event"]["price"] == {"amount": 4500, "currency": "EUR"}


def test_watch_prints_one_line_per_event_for_people(sofia: Person) -> None:
    with watching(sofia, "--no-input") as process:
        ticket = sofia.lists()
        said(process)
        line = said(process)
    assert line.split("\t")[2:4] == ["ticket.created", f"{ticket} v1"]
    assert "price EUR 45.00" in line
    assert "status available" in line


def test_watch_resumes_after_a_cursor(sofia: Person) -> None:
    with watching(sofia, "--json", "cursor") as process:
        sofia.lists()
        cursor = json.loads(said(process))["cursor"]
    with watching(sofia, "--json", "event", "--cursor", cursor) as process:
        assert json.loads(said(process))["event"]["type"] == "ticket.created"


def test_orders_of_others_are_not_shown(sofia: Person, ana: Person, ben: Person) -> None:
    ticket = sofia.lists()
    with watching(ben, "--json", "event") as process:
        ana.locks(ticket)
        sofia.lists(seat="27")
        told = [json.loads(said(process))["event"]["type"] for _ in range(2)]
    assert told == ["ticket.updated", "ticket.created"]


@pytest.mark.parametrize("options", [["--all"]])
def test_only_an_admin_may_watch_everything(ana: Person, options: list[str]) -> None:
    ran = ana.types("watch", *options)
    assert ran.status == 4
