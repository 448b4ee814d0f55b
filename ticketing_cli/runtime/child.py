"""Child: run a server as a child process, and always stop it."""

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

from ticketing_cli.runtime.errors import CommandError, ExitCode

#: In seconds. A clean stop finishes the requests in flight; after this the server is killed.
GRACE = 15.0
FORWARDED = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
)


@contextmanager
def server(
    args: Sequence[str], env: Mapping[str, str], *, log: IO[str] | None = None
) -> Iterator[subprocess.Popen[str]]:
    """Start `ticketing-server run` with these arguments; stop it when the block ends.

    It has its own process group, so that Ctrl-C reaches it once, through this process. Its stdin is
    a pipe that ends with this process, also if that is killed: then the server stops by itself.
    With `log` its stderr goes there, and its stdout is a pipe.
    """
    if find_spec("aiohttp") is None or find_spec("server") is None:
        hint = "install it with `pip install 'ticketing[server]'`"
        raise CommandError(ExitCode.USAGE, "the server is not installed", hint=hint)
    child = subprocess.Popen(
        # -P: do not import a folder called `server` from the current directory.
        [sys.executable, "-P", "-m", "server", "run", "--stop-with-stdin", *args],
        env=dict(env),
        stdin=subprocess.PIPE,
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
    """Terminate the server, and kill it if it does not stop in time."""
    if child.poll() is None:
        child.terminate()
        try:
            child.wait(GRACE)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
    for stream in (child.stdin, child.stdout):
        if stream is not None:
            stream.close()


@contextmanager
def signals_to(child: subprocess.Popen[str]) -> Iterator[None]:
    """Forward signals to the server while the block runs."""

    def forward(number: int, _frame: FrameType | None) -> None:
        child.send_signal(number)

    # What `nohup` has asked to ignore stays ignored.
    forwarded = [number for number in FORWARDED if signal.getsignal(number) is not signal.SIG_IGN]
    before = {number: signal.signal(number, forward) for number in forwarded}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
