"""SQLite on one machine: a single writer that makes every commit durable, and readers beside it."""

from __future__ import annotations

import fcntl
import os
import queue
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

from db.dialect import Kind
from db.statement import Connection
from db.writer import Pending, Release, Writer

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
#: The write-ahead log is cut back to this size once it has been folded in.
JOURNAL_LIMIT = 64 * 1024 * 1024
READERS = 4


class InUse(Exception):
    """Another process has this database open."""


class WrongSetting(Exception):
    """SQLite did not take a setting that durability rests on."""


def connect(path: Path, *, read_only: bool = False) -> sqlite3.Connection:
    """Open the file with the production settings, and check that they hold."""
    mode = "ro" if read_only else "rwc"
    raw = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode={mode}",
        uri=True,
        isolation_level=None,  # we say BEGIN ourselves; the driver's own begins come too late
        check_same_thread=False,
        cached_statements=256,
    )
    for name, wanted in PRAGMAS.items():
        if name == "journal_mode" and read_only:
            continue  # a property of the file, which the writer has set
        raw.execute(f"PRAGMA {name} = {wanted}").fetchall()
        got = raw.execute(f"PRAGMA {name}").fetchone()
        if got is not None and got[0] != wanted:
            msg = f"{name} is {got[0]}, not {wanted}"
            raise WrongSetting(msg)
    raw.execute(f"PRAGMA journal_size_limit = {JOURNAL_LIMIT}").fetchall()
    return raw


class _Store:
    """The writer's connection: nobody else writes or checkpoints.

    Two connections that write or checkpoint at the same instant can corrupt a write-ahead log
    before SQLite 3.51.3; with one there is no such instant.
    """

    def __init__(self, path: Path) -> None:
        self._raw = connect(path)
        self._connection = Connection(Kind.SQLITE, self._raw.cursor())

    def begin(self) -> Connection:
        self._raw.execute("BEGIN IMMEDIATE")
        return self._connection

    def commit(self) -> None:
        self._raw.execute("COMMIT")

    def rollback(self) -> None:
        if self._raw.in_transaction:
            with suppress(sqlite3.Error):  # the first error is the one to tell
                self._raw.execute("ROLLBACK")

    def is_open(self) -> bool:
        return self._raw.in_transaction

    def tidy(self) -> None:
        with suppress(sqlite3.Error):  # a reader in the way: the next quiet moment will do
            self._raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    def close(self) -> None:
        self._raw.close()


class SqliteDatabase:
    """One file, locked for this process; writes go through the writer, reads beside it."""

    kind = Kind.SQLITE

    def __init__(self, path: Path, *, fatal: Callable[[BaseException], None]) -> None:
        """Open `path`; raise InUse when another process has it."""
        self.path = path
        self._lock = hold(path)
        self.writer = Writer(_Store(path), fatal=fatal)
        self._readers: queue.SimpleQueue[sqlite3.Connection] = queue.SimpleQueue()
        for _ in range(READERS):
            self._readers.put(connect(path, read_only=True))
        self.writer.start()

    def submit(self, pending: Pending) -> None:
        """Queue a write."""
        self.writer.submit(pending)

    def on_release(self, release: Release) -> None:
        """Let `release` tell callers that their work is durable, a whole batch at a time."""
        self.writer.release = release

    def read(self, work: Callable[[Connection], T]) -> T:
        """Run `work` on a snapshot, on this thread; it cannot write."""
        raw = self._readers.get()
        try:
            raw.execute("BEGIN")
            try:
                return work(Connection(Kind.SQLITE, raw.cursor()))
            finally:
                raw.execute("ROLLBACK")
        finally:
            self._readers.put(raw)

    def backup(self, target: Path) -> None:
        """Copy the database to a new file as it stands, check the copy, and make it durable."""
        copy_to(self.path, target)

    def close(self) -> None:
        """Finish queued writes and let the file go."""
        for _ in range(READERS):  # first, so that the writer is the last: it folds the log in
            self._readers.get().close()
        self.writer.stop()
        os.close(self._lock)


def hold(path: Path) -> int:
    """Take the lock of a database file for this process; raise InUse when it is taken."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(f"{path}.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        msg = f"{path} is in use by another process"
        raise InUse(msg) from None
    return descriptor


@contextmanager
def held(path: Path) -> Iterator[None]:
    """Hold the lock of a database file for a while."""
    descriptor = hold(path)
    try:
        yield
    finally:
        os.close(descriptor)


def copy_to(source: Path, target: Path) -> None:
    """Copy a database to `target`, which must not exist; it appears whole or not at all."""
    if target.exists():
        msg = f"{target} exists already"
        raise FileExistsError(msg)
    part = target.with_name(target.name + ".part")
    part.unlink(missing_ok=True)
    reader, writer = connect(source, read_only=True), sqlite3.connect(part)
    try:
        reader.backup(writer)
        writer.execute("PRAGMA journal_mode = DELETE").fetchall()
        verdict: Any = writer.execute("PRAGMA integrity_check").fetchone()[0]
    except BaseException:
        part.unlink()
        raise
    finally:
        writer.close()
        reader.close()
    if verdict != "ok":
        part.unlink()
        msg = f"the copy is damaged: {verdict}"
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
