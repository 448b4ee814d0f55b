"""Where the two databases differ in SQL. Everything above `db` is the same for both."""

from __future__ import annotations

from enum import StrEnum
from functools import cache
from typing import Any

from sqlalchemy import BigInteger, Index, Integer, Table
from sqlalchemy.dialects import sqlite
from sqlalchemy.dialects.sqlite import pysqlite
from sqlalchemy.engine import Dialect
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.schema import CreateIndex
from sqlalchemy.sql.compiler import DDLCompiler
from sqlalchemy.sql.elements import ColumnElement

#: SQLite's STRICT tables know INTEGER but not BIGINT; both are 64 bits wide.
WHOLE_NUMBER = BigInteger().with_variant(Integer(), "sqlite")
#: STRICT makes SQLite refuse text in a number. Rows are stored in the tree of their primary key.
STRICT: dict[str, Any] = {"sqlite_strict": True, "sqlite_with_rowid": False}
#: For tables whose key is a sequence number: SQLite's row number, never reused.
COUNTED: dict[str, Any] = {"sqlite_strict": True, "sqlite_autoincrement": True}


class Backend(StrEnum):
    """Which database it is."""

    SQLITE = "sqlite"
    POSTGRESQL = "postgresql"


@cache
def dialect_of(backend: Backend) -> Dialect:
    """Return SQLAlchemy's dialect: named parameters in the form that our driver takes.

    PostgreSQL's takes 2 MB, which a server on SQLite need not spend.
    """
    if backend is Backend.SQLITE:
        return pysqlite.dialect(paramstyle="named")
    from sqlalchemy.dialects.postgresql import psycopg  # noqa: PLC0415

    return psycopg.dialect(paramstyle="pyformat")  # type: ignore[no-untyped-call]


def backend_of(url: str) -> Backend:
    """Return the database a URL is for. Raises ValueError."""
    scheme = url.partition("://")[0].partition("+")[0]
    if scheme == "sqlite":
        return Backend.SQLITE
    if scheme in ("postgresql", "postgres"):
        return Backend.POSTGRESQL
    msg = f"the database URL must begin with sqlite:/// or postgresql://, not {scheme!a}"
    raise ValueError(msg)


def upsert(backend: Backend, table: Table) -> Any:
    """Make an INSERT that takes `on_conflict_do_update` and `on_conflict_do_nothing`."""
    if backend is Backend.SQLITE:
        return sqlite.insert(table)
    from sqlalchemy.dialects import postgresql  # noqa: PLC0415  as in `dialect_of`

    return postgresql.insert(table)


def partial_index(
    name: str, *columns: str, where: ColumnElement[bool], unique: bool = False
) -> Index:
    """Make an index over only the rows that satisfy `where`.

    SQLAlchemy's `postgresql_where` would load that dialect for every server on SQLite.
    """
    return Index(name, *columns, unique=unique, info={"where": where})


@compiles(CreateIndex)
def _create_index(create: CreateIndex, compiler: DDLCompiler, **options: Any) -> str:
    """Write `CREATE INDEX` with its `WHERE`, which both databases spell alike."""
    sql: str = compiler.visit_create_index(create, **options)  # type: ignore[no-untyped-call]
    where = create.element.info.get("where")
    if where is None:
        return sql
    return f"{sql} WHERE {compiler.sql_compiler.process(where, literal_binds=True)}"


#: Which events a reader may see. On PostgreSQL numbers are assigned before commit, so a reader that
#: only asks for larger numbers misses events (1,070 of 2,164 in a trial); it must stay below the
#: oldest transaction that is still writing.
EVENTS_SETTLED: dict[Backend, str] = {
    Backend.SQLITE: "1 = 1",  # one writer, whose order is the number itself
    Backend.POSTGRESQL: "txid > 0 AND txid < pg_snapshot_xmin(pg_current_snapshot())::text::bigint",
}
EVENTS_AFTER: dict[Backend, str] = {
    Backend.SQLITE: "seq > :seq",
    Backend.POSTGRESQL: f"(txid, seq) > (:txid, :seq) AND {EVENTS_SETTLED[Backend.POSTGRESQL]}",
}
EVENTS_ORDER: dict[Backend, tuple[str, ...]] = {
    Backend.SQLITE: ("seq",),
    Backend.POSTGRESQL: ("txid", "seq"),
}
#: The transaction that wrote an event; SQLite has one writer, whose order is the number itself.
TXID_DEFAULT: dict[Backend, str] = {
    Backend.SQLITE: "0",
    Backend.POSTGRESQL: "(pg_current_xact_id()::text::bigint)",
}
#: Whether only one process at a time has the database: claims it finds at start are stale.
SINGLE_PROCESS: dict[Backend, bool] = {Backend.SQLITE: True, Backend.POSTGRESQL: False}
#: Lets one transaction at a time continue past this point for the same key, until it ends.
ADVISORY_LOCK: dict[Backend, str | None] = {
    Backend.SQLITE: None,  # there is only one writer
    Backend.POSTGRESQL: "SELECT pg_advisory_xact_lock(hashtextextended(%(key)s, 0))",
}
#: Undoes a whole transaction and begins another. psycopg itself begins before a statement.
START_AGAIN: dict[Backend, tuple[str, ...]] = {
    Backend.SQLITE: ("ROLLBACK", "BEGIN IMMEDIATE"),
    Backend.POSTGRESQL: ("ROLLBACK",),
}
#: Names the tables with rows that refer to nothing. PostgreSQL cannot have any.
BROKEN_REFERENCES: dict[Backend, str | None] = {
    Backend.SQLITE: "PRAGMA foreign_key_check", Backend.POSTGRESQL: None,
}  # fmt: skip
#: Reads the whole file and says what is damaged in it.
FILE_DAMAGE: dict[Backend, str | None] = {
    Backend.SQLITE: "PRAGMA integrity_check(100)", Backend.POSTGRESQL: None,
}  # fmt: skip
#: The last number that a table numbered without a gap has given. PostgreSQL leaves gaps, because
#: it skips the numbers of what was rolled back.
LAST_NUMBER: dict[Backend, str | None] = {
    Backend.SQLITE: "SELECT seq FROM sqlite_sequence WHERE name = '{}'", Backend.POSTGRESQL: None,
}  # fmt: skip


def append_only(backend: Backend, table: str) -> list[str]:
    """Return the statements that forbid changing or deleting a table's rows."""
    if backend is Backend.SQLITE:
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
