"""Real servers and operators' commands as child processes."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep
from typing import Self

from tests.cli.processes import isolated

SERVER = (sys.executable, "-m", "server")


@dataclass(frozen=True)
class CommandResult:
    """The exit code and output of a command."""

    status: int
    out: str
    err: str


def run(home: Path, *args: str, **settings: str) -> CommandResult:
    """Run an operator's command until it ends."""
    ran = subprocess.run(
        [*SERVER, *args], cwd=home, env=isolated(home, **settings), capture_output=True,
        text=True, timeout=60, check=False,
    )  # fmt: skip
    return CommandResult(ran.returncode, ran.stdout, ran.stderr)


class Running:
    """A server on a free port. At the end of its context it is killed if it still runs."""

    def __init__(self, home: Path, database: str, *args: str, **settings: str) -> None:
        self._log = (home / "server.log").open("ab")
        self.process = subprocess.Popen(
            [*SERVER, "run", "--port", "0", "--database", database, *args], cwd=home,
            # One client here does in a second what a hundred would.
            env=isolated(home, **{"TICKETING_RATE_LIMITS": "0", **settings}),
            stdout=subprocess.PIPE, stderr=self._log,
        )  # fmt: skip
        assert self.process.stdout is not None
        line = self.process.stdout.readline().decode()
        self.url = line.removeprefix("listening on ").strip()
        self.ready_at = monotonic()
        if not self.url.startswith("http"):
            self.close()
            raise AssertionError((home / "server.log").read_text())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def kill(self) -> None:
        """Kill it, which to the process is like a power cut."""
        self.process.kill()
        self.process.wait(30)

    def stop(self) -> int:
        """Ask it to stop, and return its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(30)

    def close(self) -> None:
        if self.process.poll() is None:
            self.kill()
        if self.process.stdout is not None:
            self.process.stdout.close()
        self._log.close()


def until(holds: Callable[[], bool], *, seconds: float) -> float:
    """Wait until something holds, and return the seconds that took."""
    began = monotonic()
    while not holds():
        waited = monotonic() - began
        assert waited < seconds, f"it does not hold after {waited:.1f} s"
        sleep(0.01)
    return monotonic() - began
