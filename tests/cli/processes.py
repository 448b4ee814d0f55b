"""Processes: run commands as separate processes, in a pipe or in a pseudo-terminal."""

from __future__ import annotations

import os
import pty
import select
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

TICKETING = (sys.executable, "-m", "ticketing_cli")
#: The seconds that a command may take.
PATIENCE = 20.0
#: A terminal sends Ctrl-C only to its own session. This runs in a new process because forking
#: with threads is deprecated.
TAKE_TERMINAL = (
    "import fcntl, os, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); "
    "os.execv(sys.argv[1], sys.argv[1:])"
)
ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Ended:
    """The exit code of a process and its output, as bytes."""

    status: int
    out: bytes
    err: bytes = b""


def isolated(home: Path, **env: str) -> dict[str, str]:
    """Return an environment without anything from the host except the path to Python."""
    return {"HOME": str(home), "PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **env}


def piped(
    home: Path,
    *args: str,
    env: Mapping[str, str] | None = None,
    timeout: float = PATIENCE,
    **more: str,
) -> Ended:
    """Run a command with pipes and an empty stdin."""
    ran = subprocess.run(
        [*TICKETING, *args], env=isolated(home, **{**(env or {}), **more}),
        stdin=subprocess.DEVNULL, capture_output=True, timeout=timeout, check=False,
    )  # fmt: skip
    return Ended(ran.returncode, ran.stdout, ran.stderr)


@dataclass(frozen=True)
class Touch:
    """What to do once `prompt` appears in the terminal: type keys, or send a signal."""

    prompt: bytes
    keys: bytes = b""
    number: signal.Signals | None = None


def in_terminal(home: Path, *args: str, touches: Sequence[Touch] = (), **env: str) -> Ended:
    """Run a command in a terminal of 80 columns and return its output."""
    ours, theirs = pty.openpty()
    environment = isolated(home, **{"TERM": "xterm-256color", "COLUMNS": "80", **env})
    running = subprocess.Popen(
        [sys.executable, "-c", TAKE_TERMINAL, *TICKETING, *args], env=environment,
        stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True,
    )  # fmt: skip
    os.close(theirs)
    try:
        out = _interact(running.pid, ours, touches)
        return Ended(running.wait(PATIENCE), out)
    finally:
        os.close(ours)
        running.kill()
        running.wait()


def _interact(child: int, end: int, touches: Sequence[Touch]) -> bytes:
    """Read until the command ends, and perform each touch when its prompt appears."""
    written = b""
    waiting = list(touches)
    deadline = time.monotonic() + PATIENCE
    while True:
        ready, _, _ = select.select([end], [], [], max(0.0, deadline - time.monotonic()))
        if not ready:
            raise TimeoutError(written)
        try:
            chunk = os.read(end, 65536)
        except OSError:  # Linux raises this when the other end is closed
            return written
        if not chunk:
            return written
        written += chunk
        if waiting and written.endswith(waiting[0].prompt):
            touch = waiting.pop(0)
            if touch.number is not None:
                os.kill(child, touch.number)
            os.write(end, touch.keys)
