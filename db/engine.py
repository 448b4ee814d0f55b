"""The engine: one URL opens SQLite or PostgreSQL, and nobody above can tell which."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Protocol, TypeVar

from db.dialect import Kind, kind_of
from db.postgresql import PostgresqlDatabase
from db.sqlite import SqliteDatabase
from db.statement import Connection
from db.writer import Pending, Release

T = TypeVar("T")


class Database(Protocol):
    """Where the state is kept."""

    @property
    def kind(self) -> Kind:
        """Return which database it is."""

    def submit(self, pending: Pending) -> None:
        """Queue a write; `pending.done` hears of it once it is durable, or has failed."""

    def read(self, work: Callable[[Connection], T]) -> T:
        """Run `work` on a consistent view, on this thread."""

    def on_release(self, release: Release) -> None:
        """Let `release` tell callers that their work is durable, a whole batch at a time."""

    def close(self) -> None:
        """Finish queued writes and let go."""


def sqlite_path(url: str) -> Path | None:
    """Return the file of a SQLite URL (`sqlite:///relative` or `sqlite:////absolute`)."""
    if kind_of(url) is not Kind.SQLITE:
        return None
    return Path(url.partition(":///")[2])


def open_database(url: str, *, fatal: Callable[[BaseException], None]) -> Database:
    """Open the database at `url`; `fatal` is called when the disk fails under it."""
    path = sqlite_path(url)
    if path is not None:
        return SqliteDatabase(path, fatal=fatal)
    return PostgresqlDatabase(url)
