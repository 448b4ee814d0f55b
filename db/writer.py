"""The writer: one thread, one connection, and many callers' work in each commit.

SQLite takes one writer at a time and a durable commit waits for the disk. So whoever queues while
the previous commit is on its way to the disk shares the next one: at 64 a commit that is 30 times
the rate of committing alone, with the same promise.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from db.dialect import is_fatal
from db.statement import Connection

#: How many callers share a commit at most: more would make the first of them wait too long.
BATCH = 64
#: How many callers may wait; the next one is told to come back later.
QUEUE = 1000
#: After this many idle seconds the write-ahead log is folded into the database file.
IDLE_SECONDS = 5.0

Work = Callable[[Connection], Any]


class QueueFull(Exception):
    """More work waits than the writer takes."""


class CommitUnknown(Exception):
    """The commit failed, so whether the work was kept is not known. Ask again with the same key."""


@dataclass(slots=True)
class Pending:
    """A piece of work on its way, and who waits for it."""

    work: Work
    done: Callable[[Pending], None]
    value: Any = None
    error: BaseException | None = None


class Store(Protocol):
    """What the writer needs of a connection."""

    def begin(self) -> Connection:
        """Start a write transaction."""

    def commit(self) -> None:
        """Make it durable."""

    def rollback(self) -> None:
        """Undo it, if one is open."""

    def is_open(self) -> bool:
        """Tell whether the transaction still stands; a full disk ends it."""

    def tidy(self) -> None:
        """Do what is best done when nobody waits."""

    def close(self) -> None:
        """Close the connection."""


Release = Callable[[list[Pending]], None]


def release_each(batch: list[Pending]) -> None:
    """Tell every waiting caller, on this very thread."""
    for pending in batch:
        pending.done(pending)


class Writer:
    """Runs work in order, many pieces to a commit; tells callers only after it is durable."""

    def __init__(self, store: Store, *, fatal: Callable[[BaseException], None]) -> None:
        """Take over `store`; `fatal` is called when the disk fails under it."""
        self.release: Release = release_each
        self._store = store
        self._fatal = fatal
        self._queue: queue.Queue[Pending | None] = queue.Queue()
        self._broken: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="writer", daemon=True)

    def start(self) -> None:
        """Begin to take work."""
        self._thread.start()

    def submit(self, pending: Pending) -> None:
        """Queue a piece of work; raise QueueFull when too much waits already."""
        if self._queue.qsize() >= QUEUE:
            raise QueueFull
        self._queue.put(pending)

    def stop(self) -> None:
        """Finish what is queued, then end."""
        self._queue.put(None)
        self._thread.join()
        self._store.close()

    def _run(self) -> None:
        while True:
            try:
                first = self._queue.get(timeout=IDLE_SECONDS)
            except queue.Empty:
                self._store.tidy()
                first = self._queue.get()
            batch: list[Pending] = []
            following: Pending | None = first
            while following is not None:
                batch.append(following)
                if len(batch) == BATCH or self._queue.empty():
                    break
                following = self._queue.get()
            if batch:
                self.commit(batch)
            if following is None:
                return

    def commit(self, batch: list[Pending]) -> None:
        """Run a batch in one transaction, make it durable, then tell everyone."""
        if self._broken is not None:
            self._give_up(batch, self._broken)
            self.release(batch)
            return
        try:
            connection = self._store.begin()
            for pending in batch:
                self._attempt(pending, connection)
            self._store.commit()
        except Exception as error:  # noqa: BLE001  whatever broke, everyone waiting must be told
            self._give_up(batch, error)
        self.release(batch)

    def _attempt(self, pending: Pending, connection: Connection) -> None:
        """Run one piece; what it raises is its own, unless it broke the transaction for all."""
        try:
            pending.value = pending.work(connection)
        except Exception as error:
            if is_fatal(error) or not self._store.is_open():
                raise
            pending.error = error

    def _give_up(self, batch: list[Pending], error: BaseException) -> None:
        self._store.rollback()
        for pending in batch:
            pending.value = None
            pending.error = CommitUnknown()
            pending.error.__cause__ = error
        if is_fatal(error) and self._broken is None:
            self._broken = error
            self._fatal(error)
