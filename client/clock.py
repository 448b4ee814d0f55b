"""Clock: where the client's time and randomness come from, so that tests can hold them still."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime


class Clock:
    """The real clock. Tests pass a subclass that stands still."""

    def now(self) -> datetime:
        """Return the present moment, in UTC."""
        return datetime.now(UTC)  # noqa: TID251  the client's one clock

    def monotonic(self) -> float:
        """Return seconds that only ever grow, for deadlines."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Wait."""
        time.sleep(seconds)

    def new_key(self) -> str:
        """Return a key nobody has used, for one intent."""
        return os.urandom(16).hex()  # the module `secrets` would cost 5 ms of start-up


SYSTEM = Clock()
