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

    def __init__(self, name: str, *, threads: int, queue: int) -> None:
        """Run `threads` calls at once and let `queue` more wait; the rest are refused."""
        self.name = name
        self._executor = ThreadPoolExecutor(threads, thread_name_prefix=name)
        self._slots = threading.BoundedSemaphore(threads + queue)

    async def run_blocking(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run `work` on a thread of this pool and return its result.

        Raises Busy when the queue is full. When the waiting coroutine is cancelled, work that has
        begun goes on and keeps its slot until it ends.
        """
        if not self._slots.acquire(blocking=False):
            raise Busy(f"Too many requests wait for {self.name}. Try again.", retry_after=1)
        try:
            future = self._executor.submit(work, *args, **kwargs)
        except BaseException:
            self._slots.release()
            raise
        future.add_done_callback(lambda _: self._slots.release())
        return await asyncio.wrap_future(future)

    def close(self) -> None:
        """Wait for calls that have begun; drop those that have not."""
        self._executor.shutdown(wait=True, cancel_futures=True)
