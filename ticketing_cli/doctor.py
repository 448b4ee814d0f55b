"""Doctor: check everything a command needs, and report problems with their solution."""

from __future__ import annotations

import platform
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from enum import StrEnum
from importlib import metadata

import typer

from client.address import BadAddress
from client.api import Unreachable
from client.config import BadConfig
from client.connection import check_environment, proxy_of
from client.environment import BadEnvironment, faults, variables
from client.formatting import duration
from client.keychain import KeychainError
from client.sanitize import safe_text
from contract.auth import ME
from contract.base import Empty, Model
from contract.problems import Problem
from contract.shows import LIST_SHOWS, ShowsQuery
from ticketing_cli import __version__
from ticketing_cli.runtime import options
from ticketing_cli.runtime.context import Run
from ticketing_cli.runtime.errors import ExitCode, report_of
from ticketing_cli.runtime.formats import OutputColumn
from ticketing_cli.runtime.terminal import Terminal

#: Seconds of difference between the clocks from which on it is worth a note.
WRONG_CLOCK = 30
PACKAGES = ("typer", "rich", "httpx", "msgspec", "keyring")


class CheckStatus(StrEnum):
    """The result of one check."""

    OK = "ok"
    NOTE = "note"
    WRONG = "wrong"


class CheckResult(Model, frozen=True, kw_only=True):
    """What was checked, its status and details, and what to do."""

    check: str
    verdict: CheckStatus
    detail: str
    next: str | None = None


COLUMNS = (
    OutputColumn[CheckResult](title="CHECK", of=lambda f: f.check, keep=True),
    OutputColumn[CheckResult](title="", of=lambda f: f.verdict, keep=True),
    OutputColumn[CheckResult](title="DETAIL", of=lambda f: f.detail),
)


def doctor(ctx: typer.Context, json: options.Json = None) -> None:
    """Find configuration and connection problems. Prints no secrets: safe for a bug report.

    Examples:
      ticketing doctor
      ticketing doctor --json all
    """
    run = Run.of(ctx)
    fields = run.fields(json, CheckResult)
    results = [result for check in CHECKS for result in _run_check(run, check)]
    run.out.records(results, COLUMNS, fields, noun="checks")
    for result in results:
        if result.next:
            run.out.message(f"{result.check}: {result.next}")
    if any(result.verdict is CheckStatus.WRONG for result in results):
        raise typer.Exit(ExitCode.FAILED)


def versions(_run: Run) -> Iterator[CheckResult]:
    """Report the versions of Python and of the packages."""
    yield _ok("ticketing", __version__)
    yield _ok("python", f"{platform.python_version()} on {platform.platform()}")
    yield _ok("packages", " ".join(f"{name} {metadata.version(name)}" for name in PACKAGES))


def configuration(run: Run) -> Iterator[CheckResult]:
    """Report which file and which variables are used."""
    state = "" if run.config.path.exists() else " is not set (optional)"
    yield _ok("config file", f"{run.config.path}{state}")
    for name in ("server", "credential_store"):
        setting = run.config.get(name)
        yield _ok(name, f"{setting.value} ({setting.source})")


def credentials(run: Run) -> Iterator[CheckResult]:
    """Report where the sign-in is stored, without reading its token."""
    store = run.credentials.store_of(run.connect(None).server)
    yield _ok("sign-in", f"stored in the {store}" if store else "none")
    try:
        keyring = run.credentials.keyring()
    except KeychainError as error:
        detail = f"cannot be used: {error}; a private file is used instead"
        yield CheckResult(check="keyring", verdict=CheckStatus.NOTE, detail=detail)
    else:
        yield _ok("keyring", keyring or "not used")


def environment(run: Run) -> Iterator[CheckResult]:
    """Report the variables for proxies and certificates, and which proxy is used."""
    found = list(variables(run.env))
    for name, value in found:
        yield _ok(name, safe_text(value))
    if not found:
        yield _ok("proxy variables", "none are set, and none for certificates")
    wrong = list(faults(run.env))
    yield from (_wrong("environment", bad) for bad in wrong)
    if wrong:
        return
    server = run.connect(None).server
    check_environment(server)
    if any(name.lower().endswith("_proxy") for name, _ in found):
        yield _ok("proxy", str(proxy_of(server) or "not used for this server"))


def reach(run: Run) -> Iterator[CheckResult]:
    """Send the server a small request, and verify the token."""
    before = run.clock.monotonic()
    api = run.connect(None)
    api.call(LIST_SHOWS, ShowsQuery(limit=1))
    taken = round((run.clock.monotonic() - before) * 1000)
    yield _ok("reach", f"{api.server} responds in {taken} ms")
    yield _clock(api.transport.clock_offset)
    if run.api.token:
        role = run.api.call(ME, Empty()).role
        yield _ok("token", f"accepted ({role})")


def terminal(run: Run) -> Iterator[CheckResult]:
    """Report what the two streams can show."""
    encoding = getattr(sys.stdout, "encoding", None) or "unknown"
    yield _ok("stdout", f"{_abilities(run.out.out)}, {encoding}")
    yield _ok("stderr", _abilities(run.out.err))
    yield _ok("TERM", run.env.get("TERM", "not set"))


CHECKS: tuple[Callable[[Run], Iterator[CheckResult]], ...] = (
    versions, configuration, credentials, environment, reach, terminal,
)  # fmt: skip


def _run_check(run: Run, check: Callable[[Run], Iterator[CheckResult]]) -> Iterator[CheckResult]:
    """Run one check; an error becomes its last result."""
    try:
        yield from check(run)
    except (BadAddress, BadConfig, Problem, Unreachable, OSError) as error:
        yield _wrong(check.__name__, error)


def _wrong(check: str, error: Exception) -> CheckResult:
    report = report_of(error)
    return CheckResult(
        check=check,
        verdict=CheckStatus.WRONG,
        detail=report.message if report else str(error),
        next=_advice(error),
    )


def _advice(error: Exception) -> str | None:
    """Return what to do; the usual hint is to run the doctor."""
    if isinstance(error, Unreachable):
        return "start one with `ticketing serve`, or set the address with --server"
    if isinstance(error, BadEnvironment):
        return "correct the variable, or unset it"
    if isinstance(error, BadConfig):
        return "correct the file, or delete it"
    report = report_of(error)
    return report.hint if report else None


def _clock(ahead: timedelta) -> CheckResult:
    """Compare this machine's clock with the server's."""
    seconds = ahead.total_seconds()
    if abs(seconds) < WRONG_CLOCK:
        return _ok("clock", "agrees with the server's")
    direction = "behind" if seconds > 0 else "ahead of"
    return CheckResult(
        check="clock",
        verdict=CheckStatus.NOTE,
        detail=f"is {duration(abs(seconds))} {direction} the server's; deadlines follow the server",
        next="set this machine's clock, for example with NTP",
    )


def _abilities(terminal: Terminal) -> str:
    kind = "terminal" if terminal.tty else "not a terminal"
    return f"{kind}, {terminal.width} columns, {'colour' if terminal.color else 'no colour'}"


def _ok(check: str, detail: str) -> CheckResult:
    return CheckResult(check=check, verdict=CheckStatus.OK, detail=detail)
