"""PostgreSQL when one machine is too small: a pool of connections, a transaction for each write."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import psycopg

from db.dialect import Kind, is_conflict
from db.statement import Connection
from db.writer import QUEUE, CommitUnknown, Pending, QueueFull, Release, release_each

T = TypeVar("T")

CONNECTIONS = 8
#: Two writers in each other's way: run again this often before saying so.
TRIES = 5
#: A transaction that hangs would hold the event log back for every reader.
OPTIONS = (
    "-c statement_timeout=5s -c lock_timeout=3s -c idle_in_transaction_session_timeout=10s "
    "-c synchronous_commit=on -c timezone=UTC"
)


class PostgresqlDatabase:
    """A pool of connections; every write is one READ COMMITTED transaction."""

    kind = Kind.POSTGRESQL

    def __init__(self, url: str) -> None:
        """Connect lazily to `url`; connections are reused and replaced when they break."""
        self._url = url.replace("postgresql+psycopg://", "postgresql://", 1)
        self._release: Release = release_each
        self._idle: queue.LifoQueue[psycopg.Connection] = queue.LifoQueue()
        self._threads = ThreadPoolExecutor(CONNECTIONS, thread_name_prefix="postgresql")
        self._room = threading.BoundedSemaphore(QUEUE)

    def submit(self, pending: Pending) -> None:
        """Queue a write; raise QueueFull when too much waits already."""
        if not self._room.acquire(blocking=False):
            raise QueueFull
        self._threads.submit(self._write, pending)

    def on_release(self, release: Release) -> None:
        """Let `release` tell callers that their work is durable."""
        self._release = release

    def read(self, work: Callable[[Connection], T]) -> T:
        """Run `work` in a read-only transaction, on this thread."""
        raw = self._take()
        try:
            raw.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            value = work(Connection(Kind.POSTGRESQL, raw.cursor()))
            raw.rollback()
        except BaseException:
            self._recover(raw)
            raise
        self._idle.put(raw)
        return value

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
                except Exception as error:  # noqa: BLE001  whoever waits must be told, whatever broke
                    pending.error = error
                if pending.error is None or not is_conflict(pending.error) or attempt == TRIES - 1:
                    break
        finally:
            self._room.release()
            self._release([pending])

    def _transact(self, pending: Pending) -> object:
        raw = self._take()
        try:
            value = pending.work(Connection(Kind.POSTGRESQL, raw.cursor()))
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

    def _take(self) -> psycopg.Connection:
        while not self._idle.empty():
            try:
                raw = self._idle.get_nowait()
            except queue.Empty:
                break
            if not raw.closed:
                return raw
        return psycopg.connect(self._url, options=OPTIONS)

    def _recover(self, raw: psycopg.Connection) -> None:
        """AdmissionList a failed transaction back; drop a connection that cannot."""
        try:
            raw.rollback()
        except psycopg.Error:
            raw.close()
        else:
            self._idle.put(raw)
