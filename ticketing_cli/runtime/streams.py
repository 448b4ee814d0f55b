"""Streams: standard streams that are closed or full when a command starts."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from typing import TextIO

STREAMS = (("stdin", "r"), ("stdout", "w"), ("stderr", "w"))


def open_closed_streams() -> bool:
    """Give each closed standard stream a place; return whether stdout was closed.

    Otherwise the next file to be opened would get its number, and be written to by mistake.
    """
    stdout_closed = sys.stdout is None
    for number, (name, mode) in enumerate(STREAMS):
        if getattr(sys, name) is not None:
            continue
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # which takes the lowest free number: this one
        setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115, PTH123  for good
    return stdout_closed


def discard(stream: TextIO) -> None:
    """Lead a stream to nowhere, so that the interpreter can flush it when it exits."""
    with suppress(OSError, ValueError):  # a test's stream has no number
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)


class Messages:
    """A stream for messages: a full disk or a closed pipe there must not end the command."""

    def __init__(self, stream: TextIO) -> None:
        """Write to `stream` as long as that works."""
        self._stream = stream

    def __getattr__(self, name: str) -> object:
        """Be the stream in everything else."""
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        """Write, or lose the message."""
        try:
            self._stream.write(text)
        except OSError:
            discard(self._stream)
        return len(text)

    def flush(self) -> None:
        """Flush, or lose the messages."""
        try:
            self._stream.flush()
        except OSError:
            discard(self._stream)
