"""Races: many threads that start at the same moment."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TypeVar

T = TypeVar("T")


class StartLine:
    """Start a fixed number of runners together, as often as needed."""

    def __init__(self, runners: int) -> None:
        self.runners = runners
        self._together = Barrier(runners)
        self._threads = ThreadPoolExecutor(runners)

    def race(self, runs: Sequence[Callable[[], T]]) -> list[T]:
        """Run all at once; return their results in the given order."""
        assert len(runs) == self.runners

        def go(run: Callable[[], T]) -> T:
            self._together.wait(60)
            return run()

        return list(self._threads.map(go, runs))

    def close(self) -> None:
        self._threads.shutdown()


def outcome(run: Callable[[], T], *refusals: type[Exception]) -> Callable[[], T | Exception]:
    """Make a run return its refusals instead of raising them; any other exception is a bug."""

    def attempt() -> T | Exception:
        try:
            return run()
        except refusals as refusal:
            return refusal

    return attempt
