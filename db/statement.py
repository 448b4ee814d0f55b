"""Statements: SQLAlchemy Core, compiled once per database and run on the driver's own cursor.

Going through `Connection.execute` for every call cost two thirds of the locks per second of a
prototype (1,550 against 5,600); the SQL is the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Protocol

from sqlalchemy import BindParameter, ClauseElement
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.visitors import cloned_traverse

from db.dialect import ADVISORY_LOCK, START_AGAIN, Backend, dialect_of
from db.errors import ErrorKind

BACK_TO_SAVEPOINT = ("ROLLBACK TO SAVEPOINT step", "RELEASE SAVEPOINT step")
Row = tuple[Any, ...]
Binds = Mapping[str, Any]


class Cursor(Protocol):
    """The methods that both drivers' cursors share."""

    @property
    def rowcount(self) -> int:
        """Return how many rows the last statement changed."""

    def execute(self, sql: str, binds: Any = ..., /) -> object:
        """Run one statement."""

    def executemany(self, sql: str, rows: Any, /) -> object:
        """Run one statement for each row."""

    def fetchone(self) -> Any:
        """Return the next row, or None."""

    def fetchall(self) -> Any:
        """Return the remaining rows."""


class Statement:
    """One Core statement, compiled when it first runs on a backend.

    `core` may be a function of the backend, for the few statements that differ. `columns` names the
    columns that an INSERT fills; without it, all of them.
    """

    def __init__(
        self,
        core: ClauseElement | Callable[[Backend], ClauseElement],
        *,
        columns: Sequence[str] | None = None,
    ) -> None:
        """Keep the statement; nothing is compiled yet."""
        self._core = core
        self._columns = columns
        self._compiled: dict[Backend, tuple[str, dict[str, Any]]] = {}

    def compiled(self, backend: Backend) -> tuple[str, dict[str, Any]]:
        """Return the SQL, and the values of parameters that the statement itself defines."""
        found = self._compiled.get(backend)
        if found is None:
            core = self._core if isinstance(self._core, ClauseElement) else self._core(backend)
            inlined = cloned_traverse(core, {}, {"bindparam": _inline_constant})
            compiled = inlined.compile(dialect=dialect_of(backend), column_keys=self._columns)
            assert isinstance(compiled, SQLCompiler)  # noqa: S101  the only compiler of SQL
            expanded = compiled.construct_expanded_state(compiled.params)
            required = {name for name, bind in compiled.binds.items() if bind.required}
            own = {n: v for n, v in expanded.parameters.items() if n not in required}
            found = self._compiled[backend] = (expanded.statement, own)
        return found


class Connection:
    """A connection inside a transaction: runs statements with named binds."""

    __slots__ = ("_cursor", "at_start", "backend", "error_kind")

    def __init__(
        self,
        backend: Backend,
        cursor: Cursor,
        error_kind: Callable[[BaseException], ErrorKind | None],
    ) -> None:
        """Run statements on `cursor`; `error_kind` recognises the driver's errors."""
        self.backend = backend
        self.error_kind = error_kind
        #: Until the first savepoint, which every write begins with (see `Bus`).
        self.at_start = True
        self._cursor = cursor

    def all(self, statement: Statement, **binds: Any) -> list[Row]:
        """Run a statement and return every row."""
        sql, own = statement.compiled(self.backend)
        self._cursor.execute(sql, {**own, **binds} if own else binds)
        rows: list[Row] = self._cursor.fetchall()
        return rows

    def first(self, statement: Statement, **binds: Any) -> Row | None:
        """Run a statement and return its first row, or None when there is none."""
        sql, own = statement.compiled(self.backend)
        self._cursor.execute(sql, {**own, **binds} if own else binds)
        row: Row | None = self._cursor.fetchone()
        return row

    def execute(self, statement: Statement, **binds: Any) -> int:
        """Run a statement and return how many rows it changed."""
        sql, own = statement.compiled(self.backend)
        self._cursor.execute(sql, {**own, **binds} if own else binds)
        return self._cursor.rowcount

    def executemany(self, statement: Statement, rows: Sequence[Binds]) -> None:
        """Run a statement once for each of `rows`."""
        sql, own = statement.compiled(self.backend)
        self._cursor.executemany(sql, [{**own, **row} for row in rows] if own else rows)

    def advisory_lock(self, key: str) -> None:
        """Wait until no other transaction holds `key`, and hold it until this one ends."""
        sql = ADVISORY_LOCK[self.backend]
        if sql is not None:
            self._cursor.execute(sql, {"key": key})

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """Undo what happens inside when it raises; keep the rest of the transaction.

        At the start of the transaction there is nothing to keep: it begins again, which saves two
        statements (two round trips to PostgreSQL) in nearly every write.
        """
        at_start, self.at_start = self.at_start, False
        if not at_start:
            self._cursor.execute("SAVEPOINT step")
        try:
            yield
        except BaseException as error:
            try:
                for sql in START_AGAIN[self.backend] if at_start else BACK_TO_SAVEPOINT:
                    self._cursor.execute(sql)
            except Exception as gone:
                raise error from gone  # a full disk ends the whole transaction; report that
            raise
        if not at_start:
            self._cursor.execute("RELEASE SAVEPOINT step")


def _inline_constant(bind: BindParameter[Any]) -> None:
    """Write a constant of the statement into the SQL; values given at run time are always bound.

    A bound status would make SQLite plan the statement again at each run, because its partial
    indexes depend on it: 247 against 175 microseconds of writing for a lock.
    """
    if not bind.required:
        bind.literal_execute = True
