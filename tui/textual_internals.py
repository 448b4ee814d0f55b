"""Seams: every place where we reach into what Textual 8.2.8 keeps to itself.

`tests/tui/test_textual_internals.py` holds each of them against the installed version.
"""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Callable
from typing import Any

from textual.app import App
from textual.driver import Driver


def end_on_signals(end: Callable[[int], None]) -> None:
    """Call `end` with 128 + the signal's number on TERM and HUP, so that the terminal is restored.

    Textual leaves the alternate screen and the mouse on when it is killed.
    """
    if sys.platform == "win32":
        return
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, end, 128 + number)


def stop_at_once(app: App[Any]) -> None:
    """End the app after a crash without Textual's traceback, which prints local variables."""
    app._close_messages_no_wait()  # noqa: SLF001  the same `_fatal_error` does


def turn_mouse(app: App[Any], *, on: bool) -> bool:
    """Let the app or the terminal have the mouse; say whether this terminal can be told."""
    driver: Driver | None = app._driver  # noqa: SLF001  there is no public way to it
    name = "_enable_mouse_support" if on else "_disable_mouse_support"
    turn = getattr(driver, name, None)
    if driver is None or turn is None:
        return False
    # Opened without the mouse, the driver would not take it later either.
    driver._mouse = True  # noqa: SLF001  the same
    turn()
    return True


def write(app: App[Any], data: str) -> None:
    """Send bytes to the terminal past the screen, such as OSC 52."""
    if app._driver is not None:  # noqa: SLF001  there is no public way to it
        app._driver.write(data)  # noqa: SLF001  the same
