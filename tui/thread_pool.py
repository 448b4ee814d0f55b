"""Thread pool: blocking calls run on daemon threads, so that exiting never waits for them."""

from __future__ import annotations

import asyncio
import contextlib
import queue
import threading
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")
Task = Callable[[], None]

#: One user makes the requests; four at once are more than a screen waits for.
THREADS = 4


class DaemonThreads:
    """A few daemon threads. A call that hangs neither blocks the screen nor keeps the app alive."""

    def __init__(self, *, threads: int = THREADS) -> None:
        """Start no thread before the first call. With one thread, calls run one after another."""
        self._max_threads = threads
        self._tasks: queue.SimpleQueue[Task] = queue.SimpleQueue()
        self._threads: list[threading.Thread] = []

    async def run(self, function: Callable[[], T]) -> T:
        """Run a blocking function and return its result or raise its exception.

        If the waiting task is cancelled, the function still runs to its end.
        """
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()

        def deliver(result: T | None, error: BaseException | None) -> None:
            if future.done():
                return
            if error is not None:
                future.set_exception(error)
            else:
                future.set_result(result)  # type: ignore[arg-type]  # None is then what T is

        def task() -> None:
            result, failure = None, None
            try:
                result = function()
            except BaseException as error:  # noqa: BLE001  raised again in the waiting task
                failure = error
            with contextlib.suppress(RuntimeError):  # the app has exited meanwhile
                loop.call_soon_threadsafe(deliver, result, failure)

        self._tasks.put(task)
        if len(self._threads) < self._max_threads:
            thread = threading.Thread(target=self._work, daemon=True, name="call")
            self._threads.append(thread)
            thread.start()
        return await future

    def _work(self) -> None:
        while True:
            self._tasks.get()()
