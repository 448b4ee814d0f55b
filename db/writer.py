"""The writer: one thread and one connection, and the work of many requests in each commit.

SQLite takes one writer at a time, and a durable commit waits for the disk. So all work that queues
while the previous commit is on its way to the disk shares the next one (group commit): at 64 pieces
per commit that is 30 times the rate of committing each alone, equally durable.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from db.errors import CommitUnknown, QueueFull
from db.statement import Connection

#: How many pieces of work share a commit at most: more would make the first wait too long.
MAX_BATCH = 64
#: How many pieces of work may wait; more are refused with QueueFull.
MAX_WAITING = 1000
#: After this many idle seconds the write-ahead log is checkpointed into the database file.
IDLE_SECONDS = 5.0

Work = Callable[[Connection], Any]


@dataclass(slots=True)
class Pending:
    """A queued piece of work, and what to call when it is durable or has failed."""

    work: Work
    done: Callable[[Pending], None]
    value: Any = None
    error: BaseException | None = None


class WriteConnection(Protocol):
    """What the writer needs of a connection."""

    def begin(self) -> Connection:
        """Start a write transaction."""

    def commit(self) -> None:
        """Make the transaction durable."""

    def rollback(self) -> None:
        """Undo the transaction, if one is open."""

    def in_transaction(self) -> bool:
        """Tell whether the transaction is still open; a full disk ends it."""

    def is_fatal(self, error: BaseException) -> bool:
        """Tell whether an error means that the storage itself failed."""

    def checkpoint(self) -> None:
        """Fold the write-ahead log into the database file."""

    def close(self) -> None:
        """Close the connection."""


CompletionHandler = Callable[[list[Pending]], None]


def complete_each(batch: list[Pending]) -> None:
    """Call `done` of every piece of work, on this thread."""
    for pending in batch:
        pending.done(pending)


class Writer:
    """Runs work in order, many pieces in a commit; reports each only after it is durable."""

    def __init__(
        self, connection: WriteConnection, *, on_fatal_error: Callable[[BaseException], None]
    ) -> None:
        """Take over `connection`; `on_fatal_error` is called when the disk under it fails."""
        self.complete: CompletionHandler = complete_each
        self._connection = connection
        self._on_fatal_error = on_fatal_error
        self._queue: queue.Queue[Pending | None] = queue.Queue()
        self._broken: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="writer", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def submit(self, pending: Pending) -> None:
        """Queue a piece of work. Raises QueueFull."""
        if self._queue.qsize() >= MAX_WAITING:
            raise QueueFull
        self._queue.put(pending)

    def stop(self) -> None:
        """Finish the queued work, then close the connection."""
        self._queue.put(None)
        self._thread.join()
        self._connection.close()

    def _run(self) -> None:
        while True:
            try:
                first = self._queue.get(timeout=IDLE_SECONDS)
            except queue.Empty:
                self._connection.checkpoint()
                first = self._queue.get()
            batch: list[Pending] = []
            following: Pending | None = first
            while following is not None:
                batch.append(following)
                if len(batch) == MAX_BATCH or self._queue.empty():
                    break
                following = self._queue.get()
            if batch:
                self.commit(batch)
            if following is None:
                return

    def commit(self, batch: list[Pending]) -> None:
        """Run a batch in one transaction, make it durable, then complete all of it."""
        if self._broken is not None:
            self._fail(batch, self._broken)
            self.complete(batch)
            return
        try:
            connection = self._connection.begin()
            for pending in batch:
                self._attempt(pending, connection)
            self._connection.commit()
        except Exception as error:  # noqa: BLE001  whatever it is, every waiting request must get an answer
            self._fail(batch, error)
        self.complete(batch)

    def _attempt(self, pending: Pending, connection: Connection) -> None:
        """Run one piece of work; its error is its own, unless it broke the transaction for all."""
        try:
            pending.value = pending.work(connection)
        except Exception as error:
            if self._connection.is_fatal(error) or not self._connection.in_transaction():
                raise
            pending.error = error

    def _fail(self, batch: list[Pending], error: BaseException) -> None:
        self._connection.rollback()
        for pending in batch:
            pending.value = None
            pending.error = CommitUnknown()
            pending.error.__cause__ = error
        if self._connection.is_fatal(error) and self._broken is None:
            self._broken = error
            self._on_fatal_error(error)
