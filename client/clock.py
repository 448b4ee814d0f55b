"""Clock: the client's source of time and randomness, which tests replace."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime


class Clock:
    """The real clock. Tests pass a subclass that stands still."""

    def now(self) -> datetime:
        """Return the current time, in UTC."""
        return datetime.now(UTC)  # noqa: TID251  the client's one clock

    def monotonic(self) -> float:
        """Return monotonic seconds, for deadlines."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Block for this many seconds."""
        time.sleep(seconds)

    def new_key(self) -> str:
        """Return a new idempotency key."""
        return os.urandom(16).hex()  # the module `secrets` would cost 5 ms of start-up


SYSTEM = Clock()
