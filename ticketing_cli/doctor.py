"""Doctor: look at everything a command needs, and say what is wrong and what to do about it."""

from __future__ import annotations

import platform
import sys
from collections.abc import Callable, Iterator
from enum import StrEnum
from importlib import metadata

import typer

from client.address import BadAddress
from client.api import Unreachable
from client.config import BadConfig
from client.keychain import KeychainError
from contract.auth import ME
from contract.base import Empty, Model
from contract.problems import Problem
from contract.shows import LIST_SHOWS, ShowsQuery
from ticketing_cli import __version__
from ticketing_cli.runtime import options
from ticketing_cli.runtime.context import Run
from ticketing_cli.runtime.errors import Exit, report
from ticketing_cli.runtime.formats import Column
from ticketing_cli.runtime.terminal import Terminal

PACKAGES = ("typer", "rich", "httpx", "msgspec", "keyring")


class Verdict(StrEnum):
    """How something stands."""

    OK = "ok"
    NOTE = "note"
    WRONG = "wrong"


class Finding(Model, frozen=True, kw_only=True):
    """What was looked at, how it stands, and what to do."""

    check: str
    verdict: Verdict
    detail: str
    next: str | None = None


COLUMNS = (
    Column[Finding](title="CHECK", of=lambda f: f.check, keep=True),
    Column[Finding](title="", of=lambda f: f.verdict, keep=True),
    Column[Finding](title="DETAIL", of=lambda f: f.detail),
)


def doctor(ctx: typer.Context, json: options.Json = None) -> None:
    """Look for what is wrong here. Shows no secret: safe to paste in a bug report.

    Examples:
      ticketing doctor
      ticketing doctor --json all
    """
    run = Run.of(ctx)
    fields = run.fields(json, Finding)
    findings = [found for check in CHECKS for found in _examine(run, check)]
    run.out.records(findings, COLUMNS, fields, noun="findings")
    for finding in findings:
        if finding.next:
            run.out.say(f"{finding.check}: {finding.next}")
    if any(finding.verdict is Verdict.WRONG for finding in findings):
        raise typer.Exit(Exit.FAILED)


def versions(_run: Run) -> Iterator[Finding]:
    """Name the versions of everything that takes part."""
    yield _ok("ticketing", __version__)
    yield _ok("python", f"{platform.python_version()} on {platform.platform()}")
    yield _ok("packages", " ".join(f"{name} {metadata.version(name)}" for name in PACKAGES))


def configuration(run: Run) -> Iterator[Finding]:
    """Say which file and which variables count."""
    there = "is read" if run.config.path.exists() else "is not there, which is fine"
    yield _ok("config file", f"{run.config.path} {there}")
    for name in ("server", "credential_store"):
        setting = run.config.get(name)
        yield _ok(name, f"{setting.value} ({setting.source})")


def credentials(run: Run) -> Iterator[Finding]:
    """Say where the sign-in is kept, without looking at it."""
    store = run.credentials.store_of(run.connect(None).server)
    yield _ok("sign-in", f"kept in the {store}" if store else "none")
    try:
        keyring = run.credentials.keyring()
    except KeychainError as error:
        detail = f"cannot be used: {error}; a private file is used instead"
        yield Finding(check="keyring", verdict=Verdict.NOTE, detail=detail)
    else:
        yield _ok("keyring", keyring or "not wanted")


def reach(run: Run) -> Iterator[Finding]:
    """Ask the server something small, and whether it knows the token."""
    before = run.clock.monotonic()
    api = run.connect(None)
    api.call(LIST_SHOWS, ShowsQuery(limit=1))
    taken = round((run.clock.monotonic() - before) * 1000)
    yield _ok("reach", f"{api.server} answers in {taken} ms")
    if run.api.token:
        role = run.api.call(ME, Empty()).role
        yield _ok("token", f"the server takes it ({role})")


def terminal(run: Run) -> Iterator[Finding]:
    """Say what the two streams can show."""
    encoding = getattr(sys.stdout, "encoding", None) or "unknown"
    yield _ok("stdout", f"{_abilities(run.out.out)}, {encoding}")
    yield _ok("stderr", _abilities(run.out.err))
    yield _ok("TERM", run.env.get("TERM", "not set"))


CHECKS: tuple[Callable[[Run], Iterator[Finding]], ...] = (
    versions, configuration, credentials, reach, terminal,
)  # fmt: skip


def _examine(run: Run, check: Callable[[Run], Iterator[Finding]]) -> Iterator[Finding]:
    """Run one check; what stops it is its last finding."""
    try:
        yield from check(run)
    except (BadAddress, BadConfig, Problem, Unreachable) as error:
        told = report(error)
        yield Finding(
            check=check.__name__,
            verdict=Verdict.WRONG,
            detail=told.message if told else str(error),
            next=_advice(error),
        )


def _advice(error: Exception) -> str | None:
    """Say what to do; the usual hint is to ask the doctor."""
    if isinstance(error, Unreachable):
        return "start one with `ticketing serve`, or set the address with --server"
    if isinstance(error, BadConfig):
        return "mend the file, or delete it"
    told = report(error)
    return told.hint if told else None


def _abilities(terminal: Terminal) -> str:
    kind = "terminal" if terminal.tty else "no terminal"
    return f"{kind}, {terminal.width} columns, {'colour' if terminal.color else 'no colour'}"


def _ok(check: str, detail: str) -> Finding:
    return Finding(check=check, verdict=Verdict.OK, detail=detail)
