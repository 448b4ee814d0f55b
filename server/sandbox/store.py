"""Store: the sandbox's own SQLite file, one row per object, kept across restarts.

The file is separate because a gateway does not forget what happened when the shop crashes: a test
that crashes the shop must not roll the gateway back with it.
"""

from __future__ import annotations

import errno
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from threading import RLock
from typing import Any, TypeVar

import msgspec

from server.sandbox.errors import resource_missing
from server.sandbox.models import Resource

T = TypeVar("T", bound=Resource)
Value = str | int | bytes | None
#: SQLite gives types to values, not to columns; see the schema.
Row = tuple[Any, ...]

SCHEMA = """
CREATE TABLE IF NOT EXISTS things (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    object TEXT NOT NULL,
    owner TEXT,                         -- the object it belongs to, such as an intent's session
    created INTEGER NOT NULL,           -- seconds, as all times in this file
    body TEXT NOT NULL CHECK (json_valid(body))
) STRICT;
CREATE INDEX IF NOT EXISTS things_by_kind ON things (object, seq);
CREATE INDEX IF NOT EXISTS things_by_age ON things (object, created);
CREATE INDEX IF NOT EXISTS things_by_owner ON things (owner) WHERE owner IS NOT NULL;
CREATE TABLE IF NOT EXISTS timers (
    due INTEGER NOT NULL, act TEXT NOT NULL, id TEXT NOT NULL,
    PRIMARY KEY (due, act, id)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS replies (
    key TEXT PRIMARY KEY, request TEXT NOT NULL, request_id TEXT NOT NULL,
    status INTEGER NOT NULL, body BLOB NOT NULL, created INTEGER NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS replies_by_age ON replies (created);
CREATE TABLE IF NOT EXISTS deliveries (
    event TEXT PRIMARY KEY, attempts INTEGER NOT NULL DEFAULT 0, due INTEGER NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS deliveries_by_due ON deliveries (due);
CREATE TABLE IF NOT EXISTS settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
"""

INSERT = "INSERT INTO things (id, object, owner, created, body) VALUES (?, ?, ?, ?, ?)"
UPDATE = "UPDATE things SET body = ? WHERE id = ?"
#: A deleted object leaves a stub that only its own call returns.
GET = """
SELECT body FROM things WHERE id = ? AND object = ? AND json_extract(body, '$.deleted') IS NULL
"""
GET_RAW = "SELECT body FROM things WHERE id = ?"
LIST_OWNED = "SELECT body FROM things WHERE owner = ? AND object = ? ORDER BY seq"
OWNER = "SELECT owner FROM things WHERE id = ?"
SEQUENCE = "SELECT seq FROM things WHERE id = ? AND object = ?"


class ObjectStore:
    """One connection, used by one thread at a time: a transaction holds the lock."""

    def __init__(self, path: Path | str) -> None:
        """Open the file, or a database in memory for `:memory:`, and create its tables."""
        self._lock = RLock()
        try:
            self._open(path)
        except sqlite3.Error as error:  # SQLite's own message does not name the file
            msg = f"the sandbox's file {path}: {error}"
            raise OSError(errno.EIO, msg) from error

    def _open(self, path: Path | str) -> None:
        self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._db.execute("PRAGMA journal_mode = WAL")
        # A killed process loses nothing; a power cut may lose the last test payments.
        self._db.execute("PRAGMA synchronous = NORMAL")
        self._db.execute("PRAGMA busy_timeout = 5000")
        self._db.executescript(SCHEMA)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Commit everything written inside, or roll it back when an exception leaves."""
        with self._lock:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")

    def execute(self, sql: str, *values: Value) -> list[Row]:
        """Run one statement and return its rows."""
        return self._db.execute(sql, values).fetchall()

    def insert(self, resource: Resource, *, created: int, owner: str | None = None) -> None:
        """Store a new object."""
        self.execute(INSERT, resource.id, resource.kind(), owner, created, _encode(resource))

    def update(self, resource: Resource) -> None:
        """Replace the stored object of the same id."""
        self.execute(UPDATE, _encode(resource), resource.id)

    def get(self, model: type[T], resource_id: str) -> T | None:
        """Return an object, or None when no object of this type has the id."""
        for (body,) in self.execute(GET, resource_id, model.kind()):
            return msgspec.json.decode(body, type=model)
        return None

    def require(self, model: type[T], resource_id: str, *, param: str = "id") -> T:
        """Return an object; raise `resource_missing` when there is none."""
        resource = self.get(model, resource_id)
        if resource is None:
            raise resource_missing(model.kind(), resource_id, param=param)
        return resource

    def get_raw(self, resource_id: str) -> dict[str, object] | None:
        """Return any object, even a deleted one, as plain data; None when the id is unknown."""
        for (body,) in self.execute(GET_RAW, resource_id):
            return msgspec.json.decode(body, type=dict[str, object])
        return None

    def list_owned(self, model: type[T], owner: str) -> list[T]:
        """Return the objects that belong to `owner`, oldest first."""
        rows = self.execute(LIST_OWNED, owner, model.kind())
        return [msgspec.json.decode(body, type=model) for (body,) in rows]

    def owner_of(self, resource_id: str) -> str | None:
        """Return the id of the object to which an object belongs."""
        for (owner,) in self.execute(OWNER, resource_id):
            return None if owner is None else str(owner)
        return None

    def sequence_of(self, model: type[Resource], resource_id: str) -> int:
        """Return an object's position in the order of creation."""
        for (sequence,) in self.execute(SEQUENCE, resource_id, model.kind()):
            return int(sequence)
        raise resource_missing(model.kind(), resource_id)

    def select(
        self, model: type[T], where: Mapping[str, Value], *, oldest_first: bool, limit: int = -1
    ) -> list[T]:
        """Return the objects that meet every condition of `where`, each with one `?`; -1 is all."""
        terms = " AND ".join(["object = ?", *where])
        order = "ASC" if oldest_first else "DESC"
        # Conditions are constants of this package; what a client sends is only ever bound.
        sql = f"SELECT body FROM things WHERE {terms} ORDER BY seq {order} LIMIT ?"  # noqa: S608
        rows = self.execute(sql, model.kind(), *where.values(), limit)
        return [msgspec.json.decode(body, type=model) for (body,) in rows]

    def setting(self, name: str, default: str) -> str:
        """Return a setting; the first call stores `default`."""
        self.execute("INSERT INTO settings VALUES (?, ?) ON CONFLICT DO NOTHING", name, default)
        return str(self.execute("SELECT value FROM settings WHERE name = ?", name)[0][0])

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._db.close()


def _encode(resource: Resource) -> str:
    return msgspec.json.encode(resource).decode()
