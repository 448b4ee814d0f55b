"""Calls: what waits for the network does so on threads of our own, so that leaving never waits."""

from __future__ import annotations

import asyncio
import contextlib
import queue
import threading
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")
Task = Callable[[], None]

#: The server is asked by one person; four answers at once are more than a screen waits for.
THREADS = 4


class Calls:
    """A few daemon threads. A call that hangs neither stops the screen nor keeps the app alive."""

    def __init__(self, *, threads: int = THREADS) -> None:
        """Start nothing before the first call. With one thread calls are done one by one."""
        self._most = threads
        self._tasks: queue.SimpleQueue[Task] = queue.SimpleQueue()
        self._threads: list[threading.Thread] = []

    async def run(self, do: Callable[[], T]) -> T:
        """Do something that may wait, and return or raise what came of it.

        Whoever is cancelled while waiting is not told; what was begun is still finished.
        """
        loop = asyncio.get_running_loop()
        told: asyncio.Future[T] = loop.create_future()

        def tell(result: T | None, error: BaseException | None) -> None:
            if told.done():
                return
            if error is not None:
                told.set_exception(error)
            else:
                told.set_result(result)  # type: ignore[arg-type]  # None is then what T is

        def task() -> None:
            result, failure = None, None
            try:
                result = do()
            except BaseException as error:  # noqa: BLE001  raised again, where it is waited for
                failure = error
            with contextlib.suppress(RuntimeError):  # the app has ended meanwhile
                loop.call_soon_threadsafe(tell, result, failure)

        self._tasks.put(task)
        if len(self._threads) < self._most:
            thread = threading.Thread(target=self._work, daemon=True, name="call")
            self._threads.append(thread)
            thread.start()
        return await told

    def _work(self) -> None:
        while True:
            self._tasks.get()()
