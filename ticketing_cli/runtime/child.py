"""Child: run a server of our own beside us, and never leave it behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from types import FrameType
from typing import IO

from ticketing_cli.runtime.errors import Exit, Stop

#: A clean stop finishes what is in flight; one that takes longer is not coming.
GRACE = 15.0
PASSED_ON = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
)


@contextmanager
def server(
    args: Sequence[str], env: Mapping[str, str], *, log: IO[str] | None = None
) -> Iterator[subprocess.Popen[str]]:
    """Start `ticketing-server run` with these arguments; it is stopped when the block is left.

    It stands in a process group of its own, so that Ctrl-C reaches it once, through us. With
    `log` what it has to say goes there, and its stdout is ours to read.
    """
    if find_spec("aiohttp") is None or find_spec("server") is None:
        hint = "install it with `pip install 'ticketing[server]'`"
        raise Stop(Exit.USAGE, "the server is not installed here", hint=hint)
    child = subprocess.Popen(
        # -P: not a folder called `server` that happens to be where we were started.
        [sys.executable, "-P", "-m", "server", "run", *args],
        env=dict(env),
        stdin=subprocess.DEVNULL,
        stdout=None if log is None else subprocess.PIPE,
        stderr=log,
        text=True,
        process_group=0 if os.name == "posix" else None,
    )
    try:
        yield child
    finally:
        stop(child)


def stop(child: subprocess.Popen[str]) -> None:
    """Ask the server to end, and end it when it does not."""
    if child.poll() is None:
        child.terminate()
        try:
            child.wait(GRACE)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
    if child.stdout is not None:
        child.stdout.close()


@contextmanager
def signals_to(child: subprocess.Popen[str]) -> Iterator[None]:
    """Pass signals on to the server while the block runs."""

    def pass_on(number: int, _frame: FrameType | None) -> None:
        child.send_signal(number)

    before = {number: signal.signal(number, pass_on) for number in PASSED_ON}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
