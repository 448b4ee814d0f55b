"""SQLite on one machine: one writer that makes every commit durable, and readers beside it."""

from __future__ import annotations

import os
import queue
import sqlite3
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

from db.dialect import Backend
from db.errors import ErrorKind, FileReplaced
from db.file import Identity, LockedFile, identity
from db.statement import Connection
from db.writer import CompletionHandler, Pending, Writer

T = TypeVar("T")

#: The settings of every connection, read back at start. FULL and not NORMAL: with NORMAL, 212 of
#: 400 simulated power cuts lost acknowledged commits, with FULL none did.
PRAGMAS: dict[str, str | int] = {
    "journal_mode": "wal",
    "synchronous": 2,
    "foreign_keys": 1,
    "busy_timeout": 3000,
    "trusted_schema": 0,
    "cell_size_check": 1,
    "mmap_size": 0,
    "temp_store": 2,
}
#: The write-ahead log is truncated to this size after a checkpoint.
JOURNAL_LIMIT = 64 * 1024 * 1024
#: Four for requests, and one for streams.
READERS = 5


class PragmaRefused(Exception):
    """SQLite did not accept a setting that durability depends on."""


def error_kind(error: BaseException) -> ErrorKind | None:
    """Return what an error of SQLite means; None for any other."""
    if not isinstance(error, sqlite3.Error):
        return None
    if isinstance(error, sqlite3.IntegrityError):
        return ErrorKind.INTEGRITY
    name = str(error.__dict__.get("sqlite_errorname", ""))
    if name == "SQLITE_FULL":
        return ErrorKind.FULL
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return ErrorKind.UNAVAILABLE
    if name.startswith(("SQLITE_IOERR", "SQLITE_CORRUPT", "SQLITE_NOTADB")):
        return ErrorKind.FATAL
    return None


def connect(path: Path, *, read_only: bool = False) -> sqlite3.Connection:
    """Open the file with the production settings. Raises PragmaRefused when one is not in force."""
    mode = "ro" if read_only else "rwc"
    raw = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode={mode}",
        uri=True,
        isolation_level=None,  # we send BEGIN ourselves; the driver would send it too late
        check_same_thread=False,
        cached_statements=256,
    )
    for name, wanted in PRAGMAS.items():
        if name == "journal_mode" and read_only:
            continue  # a property of the file, which the writer has set
        raw.execute(f"PRAGMA {name} = {wanted}").fetchall()
        got = raw.execute(f"PRAGMA {name}").fetchone()
        if got is not None and got[0] != wanted:
            msg = f"{path}: {name} is {got[0]}, not {wanted}"
            raise PragmaRefused(msg)
    raw.execute(f"PRAGMA journal_size_limit = {JOURNAL_LIMIT}").fetchall()
    return raw


class _WriteConnection:
    """The writer's connection: no other connection writes or checkpoints.

    Two connections that write or checkpoint at the same instant can corrupt a write-ahead log
    before SQLite 3.51.3; with one there is no such instant.
    """

    def __init__(self, path: Path, verify: Callable[[], None]) -> None:
        self._raw = connect(path)
        self._verify = verify
        self._cursor = self._raw.cursor()
        self._connection = Connection(Backend.SQLITE, self._cursor, error_kind)

    def begin(self) -> Connection:
        self._raw.execute("BEGIN IMMEDIATE")
        self._connection.at_start = True
        return self._connection

    def commit(self) -> None:
        self._raw.execute("COMMIT")
        self._verify()  # a commit to a file that nobody can open again must not be acknowledged

    def rollback(self) -> None:
        if self._raw.in_transaction:
            with suppress(sqlite3.Error):  # the first error is the one to report
                self._raw.execute("ROLLBACK")

    def in_transaction(self) -> bool:
        return self._raw.in_transaction

    def is_fatal(self, error: BaseException) -> bool:
        return isinstance(error, FileReplaced) or error_kind(error) is ErrorKind.FATAL

    def checkpoint(self) -> None:
        with suppress(sqlite3.Error):  # a reader is in the way: the next idle moment will do
            self._raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    def close(self) -> None:
        self._cursor.close()  # its statement would keep the file open, and the log with it
        self._raw.close()


class SqliteDatabase:
    """One file, locked for this process; writes go through the writer, reads beside it."""

    backend = Backend.SQLITE

    def __init__(self, path: Path, *, on_fatal_error: Callable[[BaseException], None]) -> None:
        """Open `path`. Raises DatabaseInUse when another process has it."""
        self.path = path
        self._file = LockedFile(path)
        self._log_path = os.fspath(path.with_name(f"{path.name}-wal"))
        self._log: Identity | None = None
        connection = _WriteConnection(path, self.verify)
        self.writer = Writer(connection, on_fatal_error=on_fatal_error)
        self._readers: queue.SimpleQueue[sqlite3.Connection] = queue.SimpleQueue()
        for _ in range(READERS):
            self._readers.put(connect(path, read_only=True))
        self.verify()
        self.writer.start()

    def submit(self, pending: Pending) -> None:
        """Queue a write. Raises QueueFull."""
        self.writer.submit(pending)

    def on_completion(self, handler: CompletionHandler) -> None:
        """Call `handler` with each batch of writes that is durable or has failed."""
        self.writer.complete = handler

    def error_kind(self, error: BaseException) -> ErrorKind | None:
        """Return what an error of SQLite means; None for any other."""
        return error_kind(error)

    def read(self, work: Callable[[Connection], T]) -> T:
        """Run `work` on a snapshot, on this thread; it cannot write."""
        raw = self._readers.get()
        try:
            raw.execute("BEGIN")
            try:
                return work(Connection(Backend.SQLITE, raw.cursor(), error_kind))
            finally:
                raw.execute("ROLLBACK")
        finally:
            self._readers.put(raw)

    def verify(self) -> None:
        """Raise FileReplaced when the file or its write-ahead log was deleted or replaced."""
        self._file.verify()
        found = identity(self._log_path)
        if self._log is None:  # SQLite creates it when the tables exist
            self._log = found
        elif found != self._log:
            raise FileReplaced(Path(self._log_path))

    def close(self) -> None:
        """Finish queued writes, close the file and release its lock."""
        for _ in range(READERS):  # first, so that the writer closes last: it checkpoints the log
            self._readers.get().close()
        self.writer.stop()
        self._file.close()


def copy_database(source: Path, target: Path) -> None:
    """Copy a database to `target`, which must not exist. The copy is complete, checked and durable.

    Raises FileExistsError, OSError when the disk is full, and sqlite3.DatabaseError for a damaged
    copy. Then nothing is left behind.
    """
    if os.path.lexists(target):  # a link to nowhere would be replaced
        msg = f"{target} already exists"
        raise FileExistsError(msg)
    part = target.with_name(target.name + ".part")
    part.unlink(missing_ok=True)
    reader, writer = connect(source, read_only=True), sqlite3.connect(part)
    try:
        reader.backup(writer)
        writer.execute("PRAGMA journal_mode = DELETE").fetchall()
        result: Any = writer.execute("PRAGMA integrity_check").fetchone()[0]
    except BaseException as error:
        part.unlink(missing_ok=True)
        if isinstance(error, sqlite3.OperationalError):  # which does not say which file
            msg = f"{target} cannot be written: {error}; check the space on its disk"
            raise OSError(msg) from error
        raise
    finally:
        writer.close()
        reader.close()
    if result != "ok":
        part.unlink()
        msg = f"the copy is damaged: {result}"
        raise sqlite3.DatabaseError(msg)
    _flush(part)
    part.rename(target)
    _flush(target.parent)


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
