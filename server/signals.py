"""Signals: stop on SIGTERM, SIGINT and the end of stdin; read the certificate again on SIGHUP."""

from __future__ import annotations

import asyncio
import os
import signal


def listen(*, stop: asyncio.Event, reload: asyncio.Event) -> None:
    """Set the events when this process receives a signal.

    SIGHUP also comes when the terminal that started us is closed, which is a reason to stop, unless
    `nohup` asked for the opposite.
    """
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    in_terminal = _has_terminal() and signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN

    def hang_up() -> None:
        (stop if in_terminal and not _has_terminal() else reload).set()

    loop.add_signal_handler(signal.SIGHUP, hang_up)


def stop_at_end_of(stream: int, stop: asyncio.Event) -> None:
    """Set the event when a pipe ends: the process at its other end is gone, however it ended."""
    loop = asyncio.get_running_loop()

    def read() -> None:
        if not os.read(stream, 4096):
            loop.remove_reader(stream)
            stop.set()

    loop.add_reader(stream, read)


def _has_terminal() -> bool:
    try:
        os.close(os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY))
    except OSError:
        return False
    return True
