"""Time and rng: the only module that asks the machine for either.

Everything else is handed a `Clock` and a `Rng`, so that a whole server can run on a clock that
tests move by hand and on numbers that a seed decides.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import threading
import time
from typing import Protocol

#: Crockford's alphabet in lower case: no i, l, o, u to misread.
ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_PAIRS = [a + b for a in ALPHABET for b in ALPHABET]
#: How fast a wrong clock is put right: half a percent, so that no lock is shortened by a jump.
SLEW = 0.005
SECOND = 1_000_000
#: Bytes of rng fetched at once; each fetch asks the kernel.
PAGE = 1024


class Clock(Protocol):
    """Says what time it is, in microseconds since 1970-01-01 UTC, and waits."""

    def now(self) -> int:
        """Return the time; it never goes back."""

    async def wait(self, event: asyncio.Event, *, until: int | None) -> None:
        """Return when `event` is set or the time is `until`, whichever is first."""


class Rng(Protocol):
    """Gives random bits. What `random.Random` offers, so a seeded one will do in tests."""

    def getrandbits(self, k: int, /) -> int:
        """Return `k` random bits."""

    def randbytes(self, n: int, /) -> bytes:
        """Return `n` random bytes."""


class SystemClock:
    """The machine's clock, protected from jumps.

    The wall clock is read once; from then on elapsed time counts. A difference that shows up
    later is worked off slowly, so a jump of an hour shortens or extends no lock.
    """

    def __init__(self) -> None:
        """Start from the wall clock as it stands."""
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
        """Return when `event` is set or the time is `until`."""
        seconds = None if until is None else max(0, until - self.now()) / SECOND
        try:
            async with asyncio.timeout(seconds):
                await event.wait()
        except TimeoutError:
            return


def system_rng() -> Rng:
    """Return the machine's own randomness, fit for secrets."""
    return _SystemRng()


class _SystemRng:
    """The machine's random bytes, fetched by the page: a lock needs six times some of them."""

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
    value = ((now // 1000) << 50) | rng.getrandbits(50)
    pairs = [_PAIRS[(value >> shift) & 1023] for shift in range(90, -1, -10)]
    return f"{prefix}_{''.join(pairs)}"


def new_code(length: int, *, rng: Rng) -> str:
    """Make a code of `length` characters that people can read out and type."""
    bits = rng.getrandbits(5 * length)
    return "".join([ALPHABET[bits >> shift & 31] for shift in range(0, 5 * length, 5)])


def same_secret(one: bytes, other: bytes) -> bool:
    """Compare two secrets in a time that does not tell where they differ."""
    return secrets.compare_digest(one, other)
