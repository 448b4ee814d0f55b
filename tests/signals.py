"""Signals as a child process of the tests gets them."""

from __future__ import annotations

import signal
from types import FrameType

#: Signals that a shell or `nohup` may ignore in what it starts.
INHERITED = (signal.SIGINT, signal.SIGQUIT, signal.SIGHUP, signal.SIGTERM)


def let_children_start_with_default_handlers() -> None:
    """Replace what is ignored in this process by a handler that does nothing.

    A shell ignores SIGINT in a background job, and `nohup` ignores SIGHUP. A child inherits that,
    so a test that interrupts its child would wait for ever. A handler is not inherited, and this
    process still does not react to the signal.
    """
    for number in INHERITED:
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, _do_nothing)


def _do_nothing(_number: int, _frame: FrameType | None) -> None:
    pass
