"""Time and randomness: the only module that takes either from the machine.

Everything else receives a `Clock` and an `Rng`, so that tests can run a whole server on a clock
that they move and on random numbers that a seed determines.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import threading
import time
from functools import lru_cache
from typing import Protocol

#: Crockford's alphabet in lower case: without i, l, o, u, which are easy to misread.
ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_PAIRS = [a + b for a in ALPHABET for b in ALPHABET]
#: How fast a wrong clock is corrected: by half a percent, so that a jump shortens no lock.
SLEW = 0.005
SECOND = 1_000_000
#: Random bytes fetched at once; each fetch is a system call.
PAGE = 1024


class Clock(Protocol):
    """The time in microseconds since 1970-01-01 UTC, and waiting."""

    def now(self) -> int:
        """Return the time; it never goes backwards."""

    async def wait(self, event: asyncio.Event, *, until: int | None) -> None:
        """Return when `event` is set or the time reaches `until`, whichever is first."""


class Rng(Protocol):
    """Random bits. `random.Random` has these methods, so tests can use a seeded one."""

    def getrandbits(self, k: int, /) -> int:
        """Return `k` random bits."""

    def randbytes(self, n: int, /) -> bytes:
        """Return `n` random bytes."""


class SystemClock:
    """The machine's clock, protected from jumps.

    The wall clock is read once; from then on elapsed time is added. A later difference between the
    two is corrected slowly, so that a jump of an hour neither shortens nor extends a lock.
    """

    def __init__(self) -> None:
        """Start from the wall clock."""
        self._wall = time.time_ns() // 1000
        self._ticks = time.monotonic_ns() // 1000

    def now(self) -> int:
        """Return the time in microseconds."""
        ticks = time.monotonic_ns() // 1000
        elapsed = ticks - self._ticks
        if elapsed > SECOND:
            behind = time.time_ns() // 1000 - (self._wall + elapsed)
            step = int(elapsed * SLEW)
            self._wall += elapsed + max(-step, min(step, behind))
            self._ticks = ticks
            return self._wall
        return self._wall + elapsed

    async def wait(self, event: asyncio.Event, *, until: int | None) -> None:
        """Return when `event` is set or the time reaches `until`."""
        seconds = None if until is None else max(0, until - self.now()) / SECOND
        try:
            async with asyncio.timeout(seconds):
                await event.wait()
        except TimeoutError:
            return


def system_rng() -> Rng:
    """Return the random generator of the operating system, fit for secrets."""
    return _SystemRng()


class _SystemRng:
    """The system's random bytes, fetched a page at a time: a lock needs some six times."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._ahead = b""

    def getrandbits(self, k: int, /) -> int:
        return int.from_bytes(self.randbytes((k + 7) // 8)) >> (-k % 8)

    def randbytes(self, n: int, /) -> bytes:
        with self._lock:
            if len(self._ahead) < n:
                self._ahead = os.urandom(max(PAGE, n))
            taken, self._ahead = self._ahead[:n], self._ahead[n:]
        return taken


def new_id(prefix: str, *, now: int, rng: Rng) -> str:
    """Make an id such as `tkt_…`: milliseconds, so that ids sort by age, and 50 random bits."""
    return f"{prefix}_{_time_text(now // 1000)}{_text(rng.getrandbits(50))}"


@lru_cache(maxsize=1)
def _time_text(milliseconds: int) -> str:
    """Write the time of an id; all ids of a transaction have the same."""
    return _text(milliseconds)


def _text(value: int) -> str:
    """Write 50 bits in ten characters."""
    return (
        _PAIRS[value >> 40 & 1023] + _PAIRS[value >> 30 & 1023] + _PAIRS[value >> 20 & 1023]
        + _PAIRS[value >> 10 & 1023] + _PAIRS[value & 1023]
    )  # fmt: skip


def new_code(length: int, *, rng: Rng) -> str:
    """Make a code of `length` characters that people can read out and type."""
    bits = rng.getrandbits(5 * length)
    return "".join([ALPHABET[bits >> shift & 31] for shift in range(0, 5 * length, 5)])


def same_secret(one: bytes, other: bytes) -> bool:
    """Compare two secrets in a time that does not reveal where they differ."""
    return secrets.compare_digest(one, other)
