"""Streams: a server outlives a closed or full stdout and stderr."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from typing import TextIO


def open_closed_streams() -> None:
    """Give each closed standard stream a place, or a database would get its number."""
    for number, (name, mode) in enumerate((("stdin", "r"), ("stdout", "w"), ("stderr", "w"))):
        if getattr(sys, name) is None:
            try:
                os.fstat(number)
            except OSError:
                os.open(os.devnull, os.O_RDWR)  # which takes the lowest free number: this one
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115, PTH123  for good


def printed() -> str:
    """Flush stdout; return why that failed, if it did, and write no more to it."""
    try:
        sys.stdout.flush()
    except OSError as error:
        _discard(sys.stdout)
        return f"cannot write to stdout: {error.strerror}"
    return ""


def drop_log() -> None:
    """Let the interpreter exit although lines of the log could not be written."""
    try:
        sys.stderr.flush()
    except OSError:
        _discard(sys.stderr)


def _discard(stream: TextIO) -> None:
    with suppress(OSError, ValueError):  # a test's stream has no number
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)


class Log:
    """Stderr for log lines. A request must not fail because the disk of the log is full."""

    def write(self, text: str) -> int:
        """Write a line, or lose it."""
        with suppress(OSError):
            sys.stderr.write(text)
        return len(text)

    def flush(self) -> None:
        """Flush, or lose what was not written."""
        with suppress(OSError):
            sys.stderr.flush()
