"""Races: many at the same gate, let go in the same instant."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TypeVar

T = TypeVar("T")


class Gate:
    """Lets a fixed number of runners go together, as often as wanted."""

    def __init__(self, runners: int) -> None:
        self.runners = runners
        self._together = Barrier(runners)
        self._threads = ThreadPoolExecutor(runners)

    def race(self, runs: Sequence[Callable[[], T]]) -> list[T]:
        """Run all at once; return what each came to, in the order given."""
        assert len(runs) == self.runners

        def go(run: Callable[[], T]) -> T:
            self._together.wait(60)
            return run()

        return list(self._threads.map(go, runs))

    def close(self) -> None:
        self._threads.shutdown()


def outcome(run: Callable[[], T], *refusals: type[Exception]) -> Callable[[], T | Exception]:
    """Make a run return its refusal instead of raising it; whatever else it raises is a bug."""

    def tried() -> T | Exception:
        try:
            return run()
        except refusals as refusal:
            return refusal

    return tried
