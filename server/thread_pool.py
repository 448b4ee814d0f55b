"""Thread pools: blocking work off the event loop, bounded so that one kind cannot starve another.

Database reads, password hashing and calls to Stripe each have a pool of their own. A full pool
refuses at once: for a client an immediate 503 is better than an endless queue.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from contract.problems import Busy

P = ParamSpec("P")
T = TypeVar("T")


class ThreadPool:
    """A bounded number of threads with a bounded queue in front of them."""

    def __init__(
        self, name: str, *, threads: int, queue: int, patience: float | None = None
    ) -> None:
        """Run `threads` calls at once and let `queue` more wait; the rest are refused.

        A call that has no result after `patience` seconds is refused too.
        """
        self.name = name
        self._patience = patience
        self._executor = ThreadPoolExecutor(threads, thread_name_prefix=name)
        self._slots = threading.BoundedSemaphore(threads + queue)

    async def run_blocking(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run `work` on a thread of this pool and return its result.

        Raises Busy when the queue is full, or after the pool's patience. When the waiting coroutine
        is cancelled or out of patience, work that has begun goes on and keeps its slot until it
        ends.
        """
        if not self._slots.acquire(blocking=False):
            raise Busy(f"Too many requests wait for {self.name}. Try again.", retry_after=1)
        try:
            future = self._executor.submit(work, *args, **kwargs)
        except BaseException:
            self._slots.release()
            raise
        future.add_done_callback(lambda _: self._slots.release())
        limit = asyncio.timeout(self._patience)
        try:
            async with limit:
                return await asyncio.wrap_future(future)
        except TimeoutError as late:
            if not limit.expired():
                raise  # by the work itself
            raise Busy(f"{self.name} take too long. Try again.", retry_after=5) from late

    def close(self) -> None:
        """Wait for calls that have begun; drop those that have not."""
        self._executor.shutdown(wait=True, cancel_futures=True)
