"""A clock that moves only when someone sleeps."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from client.clock import Clock


class Still(Clock):
    """Stand still; sleeping moves the clock and takes no real time."""

    def __init__(self) -> None:
        self.start = datetime(2028, 6, 1, 12, 0, tzinfo=UTC)
        self.passed = 0.0
        self.slept: list[float] = []
        self.keys = 0

    def now(self) -> datetime:
        return self.start + timedelta(seconds=self.passed)

    def monotonic(self) -> float:
        return self.passed

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.passed += seconds

    def new_key(self) -> str:
        self.keys += 1
        return f"key-{self.keys}"
