"""The one file that may name a database. Everything above it is the same for both."""

from __future__ import annotations

import sqlite3
from enum import StrEnum
from typing import Any

import psycopg
from sqlalchemy import BigInteger, Index, Integer, Table
from sqlalchemy.dialects import postgresql as pg
from sqlalchemy.dialects import sqlite
from sqlalchemy.dialects.postgresql import psycopg as postgresql
from sqlalchemy.dialects.sqlite import pysqlite
from sqlalchemy.engine import Dialect
from sqlalchemy.sql.elements import ColumnElement

#: SQLite's STRICT tables know INTEGER but not BIGINT; both are 64 bits wide.
WHOLE_NUMBER = BigInteger().with_variant(Integer(), "sqlite")
#: STRICT makes SQLite refuse text in a number. Rows live in their primary key's own tree.
STRICT: dict[str, Any] = {"sqlite_strict": True, "sqlite_with_rowid": False}
#: The event log counts its rows itself, so its table keeps SQLite's row number, never reused.
COUNTED: dict[str, Any] = {"sqlite_strict": True, "sqlite_autoincrement": True}


class Kind(StrEnum):
    """Which database it is."""

    SQLITE = "sqlite"
    POSTGRESQL = "postgresql"


#: How statements are compiled: named binds in the form each driver takes.
COMPILERS: dict[Kind, Dialect] = {
    Kind.SQLITE: pysqlite.dialect(paramstyle="named"),
    Kind.POSTGRESQL: postgresql.dialect(paramstyle="pyformat"),  # type: ignore[no-untyped-call]
}


def kind_of(url: str) -> Kind:
    """Tell which database a URL means, or raise ValueError."""
    scheme = url.partition("://")[0].partition("+")[0]
    if scheme == "sqlite":
        return Kind.SQLITE
    if scheme in ("postgresql", "postgres"):
        return Kind.POSTGRESQL
    msg = f"the database URL must begin with sqlite:/// or postgresql://, not {scheme!a}"
    raise ValueError(msg)


def driver_url(url: str) -> str:
    """Return the URL with the driver that is installed, for the libraries that open it by URL."""
    return url if kind_of(url) is Kind.SQLITE else f"postgresql+psycopg{url[url.index('://') :]}"


def upsert(kind: Kind, table: Table) -> Any:
    """Make an INSERT that can say what happens when the row exists already."""
    return sqlite.insert(table) if kind is Kind.SQLITE else pg.insert(table)


def partial_index(
    name: str, *columns: str, where: ColumnElement[bool], unique: bool = False
) -> Index:
    """Make an index over only the rows `where` holds for."""
    return Index(name, *columns, unique=unique, sqlite_where=where, postgresql_where=where)


def is_integrity_error(error: BaseException) -> bool:
    """Tell whether the database refused a row: a broken UNIQUE, CHECK or foreign key."""
    return isinstance(error, sqlite3.IntegrityError | psycopg.IntegrityError)


def is_full(error: BaseException) -> bool:
    """Tell whether there is no room left; the database is whole and can still be read."""
    if isinstance(error, sqlite3.Error):
        return error.__dict__.get("sqlite_errorname") == "SQLITE_FULL"
    return isinstance(error, psycopg.errors.DiskFull)


def is_conflict(error: BaseException) -> bool:
    """Tell whether two transactions were in each other's way; run again, it may succeed."""
    return isinstance(error, psycopg.errors.SerializationFailure | psycopg.errors.DeadlockDetected)


def is_busy(error: BaseException) -> bool:
    """Tell whether it cannot be had now: locked for too long, or the database is away."""
    if isinstance(error, sqlite3.Error):
        name = str(error.__dict__.get("sqlite_errorname", ""))
        return name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED"))
    return isinstance(error, psycopg.OperationalError)


def is_fatal(error: BaseException) -> bool:
    """Tell whether the storage itself failed, so that nothing more may be acknowledged."""
    if not isinstance(error, sqlite3.Error):
        return False
    name = str(error.__dict__.get("sqlite_errorname", ""))
    return name.startswith(("SQLITE_IOERR", "SQLITE_CORRUPT", "SQLITE_NOTADB"))


#: Where the next page of the event log begins. On PostgreSQL numbers are handed out before
#: commit, so a reader that only asks for larger numbers misses events (1,070 of 2,164 in a trial);
#: it must stay below the oldest transaction that is still writing.
EVENTS_SETTLED: dict[Kind, str] = {
    Kind.SQLITE: "1 = 1",  # one writer, whose order is the number itself
    Kind.POSTGRESQL: "txid > 0 AND txid < pg_snapshot_xmin(pg_current_snapshot())::text::bigint",
}
EVENTS_AFTER: dict[Kind, str] = {
    Kind.SQLITE: "seq > :seq",
    Kind.POSTGRESQL: f"(txid, seq) > (:txid, :seq) AND {EVENTS_SETTLED[Kind.POSTGRESQL]}",
}
EVENTS_ORDER: dict[Kind, tuple[str, ...]] = {
    Kind.SQLITE: ("seq",),
    Kind.POSTGRESQL: ("txid", "seq"),
}
#: The transaction that wrote an event; SQLite has one writer, whose order is the number itself.
TXID_DEFAULT: dict[Kind, str] = {
    Kind.SQLITE: "0",
    Kind.POSTGRESQL: "(pg_current_xact_id()::text::bigint)",
}
#: Whether one process at a time has the database, so that what it finds claimed is nobody's.
SINGLE_PROCESS: dict[Kind, bool] = {Kind.SQLITE: True, Kind.POSTGRESQL: False}
#: Makes one transaction at a time go on past this point for the same key, until it ends.
ADVISORY_LOCK: dict[Kind, str | None] = {
    Kind.SQLITE: None,  # there is only one writer
    Kind.POSTGRESQL: "SELECT pg_advisory_xact_lock(hashtextextended(%(key)s, 0))",
}


def append_only(kind: Kind, table: str) -> list[str]:
    """Return the statements that forbid changing or deleting a table's rows."""
    if kind is Kind.SQLITE:
        return [
            f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            for verb in ("UPDATE", "DELETE")
        ]
    return [
        f"""CREATE FUNCTION {table}_append_only() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION '{table} is append-only' USING ERRCODE = '23514'; END $$""",
        f"""CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table}
        FOR EACH ROW EXECUTE FUNCTION {table}_append_only()""",
    ]
