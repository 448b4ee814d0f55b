"""How commands end: exit codes, error messages, signals and closed pipes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from pathlib import Path

import httpx
import pytest

from client.address import BadAddress
from client.config import BadConfig
from client.transport import Unreachable
from contract import (
    alerts,
    auth,
    cards,
    gate,
    jobs,
    ledger,
    orders,
    organisers,
    payments,
    problems,
    receipts,
    refunds,
    shows,
    tickets,
    transfers,
)
from contract.problems import Broken, FieldError, Invalid, NotSignedIn, Problem, StorageFull
from contract.tickets import TicketUnavailable
from tests.cli.processes import TICKETING, Touch, in_terminal, isolated, piped
from tests.cli.runner import CommandRunner
from tests.samples import refusal
from ticketing_cli.runtime.errors import HINTS, CommandError, ExitCode, report_of, status_of
from ticketing_cli.topics import exit_codes

MODULES = (
    alerts, auth, cards, gate, jobs, ledger, orders, organisers, payments, problems,
    receipts, refunds, shows, tickets, transfers,
)  # fmt: skip
PROBLEMS = {
    each.code: each
    for module in MODULES
    for each in vars(module).values()
    if isinstance(each, type) and issubclass(each, Problem) and each is not Problem
}


def refusing(cli: CommandRunner, problem: Problem) -> CommandRunner:
    """Let the server refuse everything."""
    status, content = refusal(problem)
    cli.answer = lambda _request: httpx.Response(status, content=content)
    return cli


def test_the_exit_codes_are_stable() -> None:
    assert {each.name: int(each) for each in ExitCode} == {
        "OK": 0, "FAILED": 1, "USAGE": 2, "UNAVAILABLE": 3, "NOT_ALLOWED": 4, "NOT_FOUND": 5,
        "CONFLICT": 6, "PAYMENT_FAILED": 7, "PENDING": 8, "INTERRUPTED": 130, "TERMINATED": 143,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("invalid", 2), ("malformed", 2), ("body_too_large", 2), ("key_reused", 2),
        ("busy", 3), ("broken", 3), ("storage_full", 3), ("payments_paused", 3),
        ("too_many_attempts", 3),
        ("not_signed_in", 4), ("bad_credentials", 4), ("forbidden", 4), ("not_your_ticket", 4),
        ("account_banned", 4), ("not_found", 5), ("ticket_not_found", 5), ("order_not_found", 5),
        ("ticket_unavailable", 6), ("own_ticket", 6), ("order_over", 6), ("stale_version", 6),
        ("cooling_down", 6), ("too_many_open_orders", 6), ("email_taken", 6),
        ("method_not_allowed", 1), ("unsupported_media_type", 1),
    ],
)  # fmt: skip
def test_each_problem_has_its_exit_code(code: str, status: int) -> None:
    assert status_of(PROBLEMS[code]) == status


@pytest.mark.parametrize("code", PROBLEMS)
def test_every_problem_of_the_contract_is_reported(code: str) -> None:
    report = report_of(PROBLEMS[code]())
    assert report is not None
    assert report.message


def test_every_hint_belongs_to_a_problem() -> None:
    assert not set(HINTS) - set(PROBLEMS)


def test_every_exit_code_is_explained() -> None:
    lines = exit_codes().splitlines()
    assert [int(line.split()[0]) for line in lines] == [int(each) for each in ExitCode]
    assert all(len(line.split()) > 3 for line in lines)


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (Unreachable("http://x", "why"), 3),
        (BadAddress("no"), 2),
        (BadConfig("no"), 2),
        (CommandError(ExitCode.PENDING, "later"), 8),
    ],
)
def test_client_errors_have_exit_codes_too(error: Exception, status: int) -> None:
    report = report_of(error)
    assert report is not None
    assert report.status == status


def test_a_problem_is_a_sentence_and_a_next_step(cli: CommandRunner) -> None:
    ran = refusing(cli, TicketUnavailable("It is locked.", rule="fair play")).run("list")
    assert (ran.status, ran.out) == (6, "")
    assert ran.err == (
        "error: It is locked. (rule: fair play)\nhint: `ticketing list` shows what is on sale\n"
    )


def test_each_invalid_field_is_named(cli: CommandRunner) -> None:
    error = FieldError(field="show.starts_at", message="has no offset")
    ran = refusing(cli, Invalid(errors=(error,))).run("list")
    assert ran.status == 2
    assert "show.starts_at has no offset" in ran.err


def test_with_json_an_error_is_an_object(cli: CommandRunner) -> None:
    error = FieldError(field="price", message="is missing")
    ran = refusing(cli, Invalid(errors=(error,))).run("list", "--json", "id")
    report = json.loads(ran.err)
    assert (report["code"], report["retryable"]) == ("invalid", False)
    assert report["errors"] == [{"field": "price", "message": "is missing"}]


def test_with_json_a_usage_error_is_an_object(cli: CommandRunner) -> None:
    report = json.loads(cli.run("lst", "--json", "id").err)
    assert report["code"] == "usage"


def test_the_request_id_is_printed_for_a_server_error(cli: CommandRunner) -> None:
    problem = Broken()
    problem.request_id = "req_77"
    assert "request id: req_77" in refusing(cli, problem).run("list").err


@pytest.mark.parametrize(
    "problem", [NotSignedIn(), TicketUnavailable(), Broken(), StorageFull(), Invalid()]
)
def test_no_error_prints_a_traceback(cli: CommandRunner, problem: Problem) -> None:
    ran = refusing(cli, problem).run("list")
    assert ran.err.startswith(("error: ", "  "))
    assert "Traceback" not in ran.err


@pytest.mark.parametrize("switch", [["--debug"], []])
def test_debug_prints_a_traceback_without_secrets(cli: CommandRunner, switch: list[str]) -> None:
    def break_(_request: httpx.Request) -> httpx.Response:
        raise RuntimeError("with tok-secret in it")

    cli.answer = break_
    cli.env["TICKETING_TOKEN"] = "tok-secret"
    if not switch:
        cli.env["TICKETING_DEBUG"] = "1"
    ran = cli.run("list", *switch)
    assert ran.status == 1
    assert "Traceback" in ran.err
    assert "tok-secret" not in ran.err


def test_a_bug_is_reported_in_one_sentence(cli: CommandRunner) -> None:
    def break_(_request: httpx.Request) -> httpx.Response:
        raise RuntimeError("oh")

    cli.answer = break_
    ran = cli.run("list")
    assert (ran.status, "Traceback" in ran.err) == (1, False)
    assert "run the command again with --debug" in ran.err


def test_a_server_that_is_down_is_named_at_once(tmp_path: Path) -> None:
    before = time.monotonic()
    ended = piped(tmp_path, "list", TICKETING_SERVER="http://127.0.0.1:9")
    assert time.monotonic() - before < 10
    assert ended.status == 3
    assert b"http://127.0.0.1:9" in ended.err
    assert b"ticketing doctor" in ended.err


def test_a_closed_pipe_is_quiet(tmp_path: Path) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    ran = subprocess.run(
        [*TICKETING, "help", "formatting"],
        env=isolated(tmp_path), stdout=writer, stderr=subprocess.PIPE, check=False,
    )  # fmt: skip
    os.close(writer)
    assert (ran.returncode, ran.stderr) == (0, b"")


def test_ctrl_c_exits_130(tmp_path: Path) -> None:
    ended = in_terminal(tmp_path, "auth", "signup", touches=[Touch(b"Email: ", keys=b"\x03")])
    assert ended.status == 130
    assert b"Traceback" not in ended.out


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_has_its_exit_code(tmp_path: Path, number: signal.Signals, status: int) -> None:
    touch = Touch(b"Email: ", number=number)
    ended = in_terminal(tmp_path, "auth", "login", touches=[touch])
    assert ended.status == status
    assert b"Traceback" not in ended.out
