"""Start-up: how long each command takes to start, as a multiple of a bare interpreter."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench import child, stock
from bench.report import Table, middle

Environment = Mapping[str, str]
CLI = (sys.executable, "-m", "ticketing_cli")


@dataclass(frozen=True)
class Command:
    """A command with a budget, as a multiple of a bare interpreter's time."""

    name: str
    args: Sequence[str]
    budget: float
    on_pty: bool = False
    completes: str | None = None

    def environment(self, base: Environment) -> Environment:
        """Return the environment that the shell would set."""
        if self.completes is None:
            return base
        return {
            **base, "_TICKETING_COMPLETE": "bash", "_TICKETING_COMPLETE_WORD": self.completes,
        }  # fmt: skip


COMMANDS = (
    Command("--version", ("--version",), 2.5),
    Command("--help", ("--help",), 10),
    Command("completing `ticketing li`", (), 9, completes="li"),
    Command("completion bash", ("completion", "bash"), 9),
    Command("list --json, loopback server", ("list", "--json", "all"), 14),
    Command("list on a terminal", ("list",), 16, on_pty=True),
)


def run(folder: Path, *, quick: bool) -> Iterator[Table]:
    """Time each command and a bare interpreter in turn."""
    rounds = 2 if quick else 11
    market = stock.build(folder / "startup.db", 200)
    table = Table(
        f"Start-up of the command line, in bare interpreters, median of {rounds} rounds",
        ("command", "ms", "bare ms", "ratio", "budget", "verdict"),
    )
    with child.server(market.path) as server:
        # Bytecode is cached, as in an installed program: compiling would double the time.
        inherited = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
        base = {
            **inherited, "TICKETING_SERVER": f"http://127.0.0.1:{server.port}",
            "TICKETING_TOKEN": market.tokens[0], "TICKETING_CONFIG_DIR": str(folder / "config"),
            "TERM": "xterm-256color", "COLUMNS": "100", "LINES": "40",
        }  # fmt: skip
        for command in COMMANDS:
            table.rows.append(_row(command, base, rounds))
    table.notes += [
        "a bare interpreter is `python -c pass`; both run as whole processes, one after the other",
        "budgets are ratios",
    ]
    yield table


def _row(command: Command, base: Environment, rounds: int) -> Sequence[str | float]:
    environment = command.environment(base)
    start = on_pty if command.on_pty else piped
    spent: list[float] = []
    bare: list[float] = []
    for turn in range(rounds + 1):
        pair = (
            timed(start, (*CLI, *command.args), environment),
            timed(start, (sys.executable, "-c", "pass"), base),
        )
        if turn:  # the first round fills the caches
            spent.append(pair[0])
            bare.append(pair[1])
    ratio = middle([a / b for a, b in zip(spent, bare, strict=True)])
    verdict = "PASS" if ratio <= command.budget else "OVER"
    return (
        command.name, middle(spent) * 1000, middle(bare) * 1000, ratio, f"{command.budget:g}",
        verdict,
    )  # fmt: skip


Start = Callable[[Sequence[str], Environment], int]


def timed(start: Start, command: Sequence[str], environment: Environment) -> float:
    """Return how many seconds a process took; it must succeed."""
    began = time.perf_counter()
    code = start(command, environment)
    spent = time.perf_counter() - began
    assert code == 0, f"{command} ended with {code}"
    return spent


def piped(command: Sequence[str], environment: Environment) -> int:
    """Run a command in a pipe, as a script does; return its exit code."""
    done = subprocess.run(
        command, env=environment, cwd=child.TOP, check=False, stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    return done.returncode


def on_pty(command: Sequence[str], environment: Environment) -> int:
    """Run a command in a terminal; return its exit code once all its output is read."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        command, env=environment, cwd=child.TOP, stdin=theirs, stdout=theirs, stderr=theirs
    ) as process:
        os.close(theirs)
        try:
            while os.read(ours, 65536):
                pass
        except OSError:  # Linux raises this when the last writer has closed its end
            pass
        code = process.wait()
    os.close(ours)
    return code
