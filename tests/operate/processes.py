"""Real servers and operators' commands, as processes of their own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep
from typing import Self

ROOT = Path(__file__).parents[2]
SERVER = (sys.executable, "-m", "server")


@dataclass(frozen=True)
class Ended:
    """How a command ended and what it wrote."""

    status: int
    out: str
    err: str


def surroundings(home: Path, **settings: str) -> dict[str, str]:
    """Return an environment with nothing of the machine's in it but the path."""
    return {"HOME": str(home), "PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **settings}


def run(home: Path, *args: str, **settings: str) -> Ended:
    """Run an operator's command to its end."""
    ran = subprocess.run(
        [*SERVER, *args], cwd=home, env=surroundings(home, **settings), capture_output=True,
        text=True, timeout=60, check=False,
    )  # fmt: skip
    return Ended(ran.returncode, ran.stdout, ran.stderr)


class Running:
    """A server on a free port; as a context it is killed at the end if it still runs."""

    def __init__(self, home: Path, database: str, *args: str, **settings: str) -> None:
        self._log = (home / "server.log").open("ab")
        self.process = subprocess.Popen(
            [*SERVER, "run", "--port", "0", "--database", database, *args], cwd=home,
            env=surroundings(home, **settings), stdout=subprocess.PIPE, stderr=self._log,
        )  # fmt: skip
        assert self.process.stdout is not None
        said = self.process.stdout.readline().decode()
        self.url = said.removeprefix("listening on ").strip()
        self.ready_at = monotonic()
        if not self.url.startswith("http"):
            self.close()
            raise AssertionError((home / "server.log").read_text())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def kill(self) -> None:
        """End it as a power cut would, as far as a process can tell."""
        self.process.kill()
        self.process.wait(30)

    def stop(self) -> int:
        """Ask it to end, and return its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(30)

    def close(self) -> None:
        if self.process.poll() is None:
            self.kill()
        if self.process.stdout is not None:
            self.process.stdout.close()
        self._log.close()


def until(holds: Callable[[], bool], *, seconds: float) -> float:
    """Look again and again until something holds; return how long that took."""
    began = monotonic()
    while not holds():
        waited = monotonic() - began
        assert waited < seconds, f"still not so after {waited:.1f} s"
        sleep(0.01)
    return monotonic() - began
