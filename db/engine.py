"""The engine: one URL opens SQLite or PostgreSQL, and nothing above can tell which."""

from __future__ import annotations

import os
import re
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Protocol, TypeVar
from urllib.parse import unquote_to_bytes

from db.dialect import Backend, backend_of
from db.errors import ErrorKind
from db.sqlite import SqliteDatabase
from db.statement import Connection
from db.writer import CompletionHandler, Pending

T = TypeVar("T")

_NO_ESCAPE = re.compile("%(?![0-9A-Fa-f]{2})")


class Database(Protocol):
    """Where the state is kept."""

    @property
    def backend(self) -> Backend:
        """Return which database it is."""

    def submit(self, pending: Pending) -> None:
        """Queue a write; `pending.done` is called once it is durable, or has failed."""

    def read(self, work: Callable[[Connection], T]) -> T:
        """Run `work` on a consistent snapshot, on this thread."""

    def on_completion(self, handler: CompletionHandler) -> None:
        """Call `handler` with each batch of writes that is durable or has failed."""

    def error_kind(self, error: BaseException) -> ErrorKind | None:
        """Return what a driver's error means; None for any other."""

    def verify(self) -> None:
        """Raise FileReplaced when what is written now could not be read after a restart."""

    def close(self) -> None:
        """Finish queued writes and disconnect."""


def sqlite_path(url: str) -> Path | None:
    """Return the file of a SQLite URL, with links resolved; None for another database.

    `sqlite:///relative` or `sqlite:////absolute`, percent-encoded. Raises ValueError.
    """
    if backend_of(url) is not Backend.SQLITE:
        return None
    encoded = url.partition(":///")[2]
    if not encoded:
        msg = "the database URL names no file; use sqlite:///FILE or sqlite:////FOLDER/FILE"
        raise ValueError(msg)
    if "?" in encoded:
        msg = "the database URL of SQLite takes no options; write a ? in a file name as %3F"
        raise ValueError(msg)
    if _NO_ESCAPE.search(encoded):
        msg = "the database URL has a % without two hexadecimal digits; write % as %25"
        raise ValueError(msg)
    name = os.fsdecode(unquote_to_bytes(os.fsencode(encoded)))
    if "\0" in name or name.startswith(":memory:"):
        msg = f"the database URL must name a file, not {name!a}: data must outlive the server"
        raise ValueError(msg)
    return Path(os.path.realpath(name))


def open_database(url: str, *, on_fatal_error: Callable[[BaseException], None]) -> Database:
    """Open the database at `url`; `on_fatal_error` is called when the disk under it fails."""
    path = sqlite_path(url)
    if path is not None:
        return SqliteDatabase(path, on_fatal_error=on_fatal_error)
    # psycopg takes 9 MB, which a server on SQLite need not spend.
    from db.postgresql import PostgresqlDatabase  # noqa: PLC0415

    return PostgresqlDatabase(url)


def driver_error(url: str) -> type[Exception]:
    """Return the class of every error that the driver for `url` raises."""
    if sqlite_path(url) is not None:
        return sqlite3.Error
    import psycopg  # noqa: PLC0415  as above

    return psycopg.Error
