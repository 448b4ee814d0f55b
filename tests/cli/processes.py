"""Commands as processes of their own: in a pipe, and in a terminal made with a pty."""

from __future__ import annotations

import os
import pty
import select
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

TICKETING = (sys.executable, "-m", "ticketing_cli")
ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Ended:
    """How a process ended and what it wrote, as bytes."""

    status: int
    out: bytes
    err: bytes = b""


def isolated(home: Path, **env: str) -> dict[str, str]:
    """Return an environment with nothing of the host's in it but the path to Python."""
    return {"HOME": str(home), "PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **env}


def piped(home: Path, *args: str, stdin: bytes = b"", timeout: float = 20.0, **env: str) -> Ended:
    """Run a command with pipes on all sides."""
    ran = subprocess.run(
        [*TICKETING, *args], env=isolated(home, **env), input=stdin, capture_output=True,
        timeout=timeout, check=False,
    )  # fmt: skip
    return Ended(ran.returncode, ran.stdout, ran.stderr)


def in_terminal(home: Path, *args: str, keys: bytes = b"", **env: str) -> Ended:
    """Run a command in a terminal of 80 columns, type `keys`, and return all it wrote."""
    child, end = pty.fork()
    if child == 0:  # pragma: no cover  becomes the command
        surroundings = isolated(home, **{"TERM": "xterm-256color", "COLUMNS": "80", **env})
        os.execve(sys.executable, [*TICKETING, *args], surroundings)  # noqa: S606  our own program
    try:
        if keys:
            os.write(end, keys)
        out = _read(end)
    except BaseException:
        os.kill(child, signal.SIGKILL)
        raise
    finally:
        os.close(end)
    _, status = os.waitpid(child, 0)
    return Ended(os.waitstatus_to_exitcode(status), out)


def _read(end: int, *, seconds: float = 20.0) -> bytes:
    written = b""
    deadline = time.monotonic() + seconds
    while True:
        ready, _, _ = select.select([end], [], [], max(0.0, deadline - time.monotonic()))
        if not ready:
            raise TimeoutError(written)
        try:
            chunk = os.read(end, 65536)
        except OSError:  # Linux says so when the other end is closed
            return written
        if not chunk:
            return written
        written += chunk
