"""Store: the sandbox's own SQLite file, one row per object, kept across restarts.

Its own file, because a gateway does not forget when the shop crashes, and a test that crashes the
shop must not roll the gateway back with it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from threading import RLock
from typing import Any, TypeVar

import msgspec

from server.sandbox.refusals import missing
from server.sandbox.shapes import Thing

T = TypeVar("T", bound=Thing)
Value = str | int | bytes | None
#: SQLite types values, not columns; the schema says what each is.
Row = tuple[Any, ...]

SCHEMA = """
CREATE TABLE IF NOT EXISTS things (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    object TEXT NOT NULL,
    owner TEXT,                         -- what it belongs to: an item's or an intent's session
    created INTEGER NOT NULL,           -- seconds, as everything in this file
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

PUT = "INSERT INTO things (id, object, owner, created, body) VALUES (?, ?, ?, ?, ?)"
REPLACE = "UPDATE things SET body = ? WHERE id = ?"
FIND = "SELECT body FROM things WHERE id = ? AND object = ?"
ANY = "SELECT body FROM things WHERE id = ?"
OWNED = "SELECT body FROM things WHERE owner = ? AND object = ? ORDER BY seq"
OWNER = "SELECT owner FROM things WHERE id = ?"
SEQ = "SELECT seq FROM things WHERE id = ? AND object = ?"


class Store:
    """One connection, used by one thread at a time; whoever holds a transaction holds the lock."""

    def __init__(self, path: Path | str) -> None:
        """Open the file, or a database in memory for `:memory:`, and make its tables."""
        self._lock = RLock()
        self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._db.execute("PRAGMA journal_mode = WAL")
        # A killed process loses nothing; a power cut may lose the last test payments, no more.
        self._db.execute("PRAGMA synchronous = NORMAL")
        self._db.execute("PRAGMA busy_timeout = 5000")
        self._db.executescript(SCHEMA)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Keep everything written inside, or nothing of it when an exception leaves."""
        with self._lock:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")

    def run(self, sql: str, *values: Value) -> list[Row]:
        """Run one statement and return its rows."""
        return self._db.execute(sql, values).fetchall()

    def put(self, thing: Thing, *, created: int, owner: str | None = None) -> None:
        """Keep a new thing."""
        self.run(PUT, thing.id, thing.kind(), owner, created, _body(thing))

    def replace(self, thing: Thing) -> None:
        """Keep a thing as it is now."""
        self.run(REPLACE, _body(thing), thing.id)

    def look(self, shape: type[T], thing_id: str) -> T | None:
        """Return a thing, or None when the id names none of this shape."""
        for (body,) in self.run(FIND, thing_id, shape.kind()):
            return msgspec.json.decode(body, type=shape)
        return None

    def find(self, shape: type[T], thing_id: str, *, param: str = "id") -> T:
        """Return a thing; refuse with `resource_missing` when there is none."""
        thing = self.look(shape, thing_id)
        if thing is None:
            raise missing(shape.kind(), thing_id, param=param)
        return thing

    def plain(self, thing_id: str) -> dict[str, object] | None:
        """Return any thing as plain data, or None when the id names nothing."""
        for (body,) in self.run(ANY, thing_id):
            return msgspec.json.decode(body, type=dict[str, object])
        return None

    def owned(self, shape: type[T], owner: str) -> list[T]:
        """Return what belongs to `owner`, oldest first."""
        rows = self.run(OWNED, owner, shape.kind())
        return [msgspec.json.decode(body, type=shape) for (body,) in rows]

    def owner(self, thing_id: str) -> str | None:
        """Return the id of what a thing belongs to."""
        for (owner,) in self.run(OWNER, thing_id):
            return None if owner is None else str(owner)
        return None

    def seq(self, shape: type[Thing], thing_id: str) -> int:
        """Return a thing's place in the order of creation."""
        for (seq,) in self.run(SEQ, thing_id, shape.kind()):
            return int(seq)
        raise missing(shape.kind(), thing_id)

    def select(
        self, shape: type[T], where: Mapping[str, Value], *, oldest_first: bool, limit: int = -1
    ) -> list[T]:
        """Return things that pass every condition of `where`, each with one `?`; -1 is all."""
        terms = " AND ".join(["object = ?", *where])
        order = "ASC" if oldest_first else "DESC"
        # Conditions are constants of this package; what a principal sent is only ever bound.
        sql = f"SELECT body FROM things WHERE {terms} ORDER BY seq {order} LIMIT ?"  # noqa: S608
        rows = self.run(sql, shape.kind(), *where.values(), limit)
        return [msgspec.json.decode(body, type=shape) for (body,) in rows]

    def setting(self, name: str, default: str) -> str:
        """Return a setting, which is `default` from the first time on."""
        self.run("INSERT INTO settings VALUES (?, ?) ON CONFLICT DO NOTHING", name, default)
        return str(self.run("SELECT value FROM settings WHERE name = ?", name)[0][0])

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._db.close()


def _body(thing: Thing) -> str:
    return msgspec.json.encode(thing).decode()
