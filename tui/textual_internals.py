"""Textual internals: every place that uses private names of Textual 8.2.8.

`tests/tui/test_textual_internals.py` checks each of them against the installed version.
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

    A killed Textual app leaves the alternate screen and the mouse on.
    """
    if sys.platform == "win32":
        return
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, end, 128 + number)


def stop_at_once(app: App[Any]) -> None:
    """Stop the app after a crash without Textual's traceback, which prints local variables."""
    app._close_messages_no_wait()  # noqa: SLF001  the same `_fatal_error` does


def turn_mouse(app: App[Any], *, on: bool) -> bool:
    """Turn the mouse on or off; return whether this terminal supports that."""
    driver: Driver | None = app._driver  # noqa: SLF001  there is no public way to it
    name = "_enable_mouse_support" if on else "_disable_mouse_support"
    turn = getattr(driver, name, None)
    if driver is None or turn is None:
        return False
    # A driver that was started without the mouse would not turn it on later.
    driver._mouse = True  # noqa: SLF001  the same
    turn()
    return True


def write(app: App[Any], data: str) -> None:
    """Write to the terminal directly, such as OSC 52."""
    if app._driver is not None:  # noqa: SLF001  there is no public way to it
        app._driver.write(data)  # noqa: SLF001  the same
