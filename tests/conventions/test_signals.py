"""The tests also pass in the background, where the shell ignores SIGINT."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.signals import INHERITED, let_children_start_with_default_handlers

PRINT_HANDLER = "import signal, sys; print(signal.getsignal(int(sys.argv[1])) is signal.SIG_IGN)"


@pytest.fixture(params=INHERITED)
def ignored(request: pytest.FixtureRequest) -> Iterator[signal.Signals]:
    """Ignore a signal in this process."""
    number: signal.Signals = request.param
    before = signal.signal(number, signal.SIG_IGN)
    yield number
    signal.signal(number, before)


def child_ignores(number: signal.Signals) -> bool:
    command = [sys.executable, "-c", PRINT_HANDLER, str(int(number))]
    return subprocess.run(command, capture_output=True, check=True).stdout == b"True\n"


def test_a_child_does_not_inherit_an_ignored_signal(ignored: signal.Signals) -> None:
    assert child_ignores(ignored)
    let_children_start_with_default_handlers()
    assert not child_ignores(ignored)
    signal.raise_signal(ignored)  # this process still does not react to it
