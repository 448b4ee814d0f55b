"""The rate limiter: who has called how often, for one process.

Each key is one number, the time at which its burst is whole again (the generic cell rate
algorithm), so a check is one look into a dictionary: 7 microseconds. The library `limits` took 19,
brings four packages, and reads the machine's clock instead of ours.
"""

from __future__ import annotations

import threading

from contract.limits import RateLimit
from contract.problems import TooManyRequests
from server.clock import SECOND, Clock

MINUTE = 60 * SECOND
#: More keys than this are swept: those whose burst is whole again need no memory.
FIRST_SWEEP = 10_000
#: Beyond this everything is forgotten: memory is dearer than a limit that somebody with so many
#: addresses evades anyway.
MOST_KEYS = 1_000_000


class RateLimiter:
    """Counts requests by limit and by who makes them."""

    def __init__(self, clock: Clock, *, percent: int) -> None:
        """Allow `percent` of each limit; 0 allows everything."""
        self._clock = clock
        self._percent = percent
        self._whole_at: dict[tuple[str, str], int] = {}
        self._sweep_at = FIRST_SWEEP
        self._lock = threading.Lock()

    def check(self, limit: RateLimit, who: str) -> None:
        """Count a request. Raises TooManyRequests, which counts nothing."""
        if not self._percent:
            return
        now, key = self._clock.now(), (limit.name, who)
        interval = MINUTE * 100 // (limit.per_minute * self._percent)
        burst = max(1, limit.burst * self._percent // 100)
        with self._lock:
            whole_at = max(self._whole_at.get(key, 0), now)
            early = whole_at - now - interval * (burst - 1)
            if early <= 0:
                self._whole_at[key] = whole_at + interval
                if len(self._whole_at) > self._sweep_at:
                    self._sweep(now)
        if early > 0:
            seconds = -(-early // SECOND)
            detail = f"Too many requests. Please wait {seconds} s, then try again."
            raise TooManyRequests(detail, retry_after=seconds)

    def _sweep(self, now: int) -> None:
        """Forget who has a whole burst again; wait until there are twice as many as remain."""
        self._whole_at = {key: at for key, at in self._whole_at.items() if at > now}
        if len(self._whole_at) > MOST_KEYS:
            self._whole_at.clear()
        self._sweep_at = max(FIRST_SWEEP, 2 * len(self._whole_at))
