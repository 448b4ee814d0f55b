"""A clock that moves only when a test moves it."""

from __future__ import annotations

import asyncio
import threading

SECOND = 1_000_000
MINUTE = 60 * SECOND
#: For `doors_before`: the gates of shows that are years ahead admit people now.
DOORS_OPEN = 9999 * 24 * 60 * MINUTE
#: 2027-01-01T00:00:00Z: before every show in the tests.
START = 1_798_761_600 * SECOND


class ManualClock:
    """Stand still until `advance`, which wakes everyone whose time has come."""

    def __init__(self, now: int = START) -> None:
        self._now = now
        self._lock = threading.Lock()
        self._waiters: set[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = set()

    def now(self) -> int:
        return self._now

    def advance(self, us: int) -> None:
        """Move the clock by `us` microseconds."""
        with self._lock:
            self._now += us
            for loop, tick in self._waiters:
                loop.call_soon_threadsafe(tick.set)

    async def wait(self, event: asyncio.Event, *, until: int | None) -> None:
        tick = asyncio.Event()
        waiter = (asyncio.get_running_loop(), tick)
        with self._lock:
            self._waiters.add(waiter)
        try:
            while not event.is_set() and (until is None or self._now < until):
                first = {asyncio.ensure_future(event.wait()), asyncio.ensure_future(tick.wait())}
                try:
                    await asyncio.wait(first, return_when=asyncio.FIRST_COMPLETED)
                finally:
                    for each in first:
                        each.cancel()
                tick.clear()
        finally:
            with self._lock:
                self._waiters.discard(waiter)
