"""PostgreSQL when one machine is too small: a pool of connections, a transaction for each write."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import psycopg

from db.dialect import Backend
from db.errors import CommitUnknown, ErrorKind, QueueFull
from db.statement import Connection
from db.writer import MAX_WAITING, CompletionHandler, Pending, complete_each

T = TypeVar("T")

CONNECTIONS = 8
#: How often a write runs that conflicts with another before it is refused.
TRIES = 5
#: A transaction that hangs would hold back the event log for every reader.
OPTIONS = (
    "-c statement_timeout=5s -c lock_timeout=3s -c idle_in_transaction_session_timeout=10s "
    "-c synchronous_commit=on -c timezone=UTC"
)


def error_kind(error: BaseException) -> ErrorKind | None:
    """Return what an error of psycopg means; None for any other."""
    match error:
        case psycopg.IntegrityError():
            return ErrorKind.INTEGRITY
        case psycopg.errors.DiskFull():
            return ErrorKind.FULL
        case psycopg.errors.SerializationFailure() | psycopg.errors.DeadlockDetected():
            return ErrorKind.CONFLICT
        case psycopg.OperationalError():
            return ErrorKind.UNAVAILABLE
        case _:
            return None


def connect(url: str, *, options: str | None = None) -> psycopg.Connection:
    """Connect to the database at `url`, which may name a driver as SQLAlchemy's URLs do."""
    return psycopg.connect(f"postgresql{url[url.index('://') :]}", options=options)


class PostgresqlDatabase:
    """A pool of connections; every write is one READ COMMITTED transaction."""

    backend = Backend.POSTGRESQL

    def __init__(self, url: str) -> None:
        """Connect to `url` when needed; connections are reused, and replaced when they break."""
        self._url = url
        self._complete: CompletionHandler = complete_each
        self._idle: queue.LifoQueue[psycopg.Connection] = queue.LifoQueue()
        self._threads = ThreadPoolExecutor(CONNECTIONS, thread_name_prefix="postgresql")
        self._slots = threading.BoundedSemaphore(MAX_WAITING)

    def submit(self, pending: Pending) -> None:
        """Queue a write. Raises QueueFull."""
        if not self._slots.acquire(blocking=False):
            raise QueueFull
        self._threads.submit(self._write, pending)

    def on_completion(self, handler: CompletionHandler) -> None:
        """Call `handler` with each write that is durable or has failed."""
        self._complete = handler

    def error_kind(self, error: BaseException) -> ErrorKind | None:
        """Return what an error of psycopg means; None for any other."""
        return error_kind(error)

    def read(self, work: Callable[[Connection], T]) -> T:
        """Run `work` in a read-only transaction, on this thread."""
        raw = self._acquire()
        try:
            raw.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            value = work(Connection(Backend.POSTGRESQL, raw.cursor(), error_kind))
            raw.rollback()
        except BaseException:
            self._recover(raw)
            raise
        self._idle.put(raw)
        return value

    def verify(self) -> None:
        """Do nothing: PostgreSQL itself keeps its files from being replaced."""

    def close(self) -> None:
        """Finish queued writes and disconnect."""
        self._threads.shutdown(wait=True)
        while not self._idle.empty():
            self._idle.get().close()

    def _write(self, pending: Pending) -> None:
        try:
            for attempt in range(TRIES):
                pending.error = None
                try:
                    pending.value = self._transact(pending)
                except Exception as error:  # noqa: BLE001  the waiting request gets it, whatever it is
                    pending.error = error
                    if error_kind(error) is ErrorKind.CONFLICT and attempt < TRIES - 1:
                        continue
                break
        finally:
            self._slots.release()
            self._complete([pending])

    def _transact(self, pending: Pending) -> object:
        raw = self._acquire()
        try:
            value = pending.work(Connection(Backend.POSTGRESQL, raw.cursor(), error_kind))
        except BaseException:
            self._recover(raw)
            raise
        try:
            raw.commit()
        except psycopg.Error as error:
            self._recover(raw)
            raise CommitUnknown from error
        self._idle.put(raw)
        return value

    def _acquire(self) -> psycopg.Connection:
        while not self._idle.empty():
            try:
                raw = self._idle.get_nowait()
            except queue.Empty:
                break
            if not raw.closed:
                return raw
        return connect(self._url, options=OPTIONS)

    def _recover(self, raw: psycopg.Connection) -> None:
        """Roll a failed transaction back; close the connection if that fails too."""
        try:
            raw.rollback()
        except psycopg.Error:
            raw.close()
        else:
            self._idle.put(raw)
