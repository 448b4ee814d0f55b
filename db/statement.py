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

from db.dialect import ADVISORY_LOCK, COMPILERS, Kind

Row = tuple[Any, ...]
Binds = Mapping[str, Any]


class Cursor(Protocol):
    """What both drivers' cursors can do."""

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
        """Return the rows that are left."""


class Statement:
    """One Core statement, compiled when it is first run on each kind of database.

    `core` may be a function of the kind, for the few that differ. `columns` names what an INSERT
    fills; without it, every column.
    """

    def __init__(
        self,
        core: ClauseElement | Callable[[Kind], ClauseElement],
        *,
        columns: Sequence[str] | None = None,
    ) -> None:
        """Keep the statement; nothing is compiled yet."""
        self._core = core
        self._columns = columns
        self._compiled: dict[Kind, tuple[str, dict[str, Any]]] = {}

    def compiled(self, kind: Kind) -> tuple[str, dict[str, Any]]:
        """Return the SQL and the values the statement itself holds."""
        found = self._compiled.get(kind)
        if found is None:
            core = self._core if isinstance(self._core, ClauseElement) else self._core(kind)
            constant = cloned_traverse(core, {}, {"bindparam": _write_out})
            compiled = constant.compile(dialect=COMPILERS[kind], column_keys=self._columns)
            assert isinstance(compiled, SQLCompiler)  # noqa: S101  for SQL there is no other
            whole = compiled.construct_expanded_state(compiled.params)
            asked = {name for name, bind in compiled.binds.items() if bind.required}
            own = {n: v for n, v in whole.parameters.items() if n not in asked}
            found = self._compiled[kind] = (whole.statement, own)
        return found


class Connection:
    """A connection inside a transaction: runs statements with named binds."""

    __slots__ = ("_cursor", "kind")

    def __init__(self, kind: Kind, cursor: Cursor) -> None:
        """Speak through `cursor`."""
        self.kind = kind
        self._cursor = cursor

    def all(self, statement: Statement, **binds: Any) -> list[Row]:
        """Run it and return every row."""
        sql, own = statement.compiled(self.kind)
        self._cursor.execute(sql, {**own, **binds} if own else binds)
        rows: list[Row] = self._cursor.fetchall()
        return rows

    def first(self, statement: Statement, **binds: Any) -> Row | None:
        """Run it and return its first row, or None when there is none."""
        sql, own = statement.compiled(self.kind)
        self._cursor.execute(sql, {**own, **binds} if own else binds)
        row: Row | None = self._cursor.fetchone()
        return row

    def execute(self, statement: Statement, **binds: Any) -> int:
        """Run it and return how many rows it changed."""
        sql, own = statement.compiled(self.kind)
        self._cursor.execute(sql, {**own, **binds} if own else binds)
        return self._cursor.rowcount

    def executemany(self, statement: Statement, rows: Sequence[Binds]) -> None:
        """Run it once for each of `rows`."""
        sql, own = statement.compiled(self.kind)
        self._cursor.executemany(sql, [{**own, **row} for row in rows] if own else rows)

    def advisory_lock(self, key: str) -> None:
        """Let only one transaction at a time go on from here for `key`, until it ends."""
        sql = ADVISORY_LOCK[self.kind]
        if sql is not None:
            self._cursor.execute(sql, {"key": key})

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """Undo what happens inside when it raises; the rest of the transaction stands."""
        self._cursor.execute("SAVEPOINT step")
        try:
            yield
        except BaseException as error:
            try:
                self._cursor.execute("ROLLBACK TO SAVEPOINT step")
                self._cursor.execute("RELEASE SAVEPOINT step")
            except Exception as gone:
                raise error from gone  # a full disk ends all of it, and that is what to tell
            raise
        self._cursor.execute("RELEASE SAVEPOINT step")


def _write_out(bind: BindParameter[Any]) -> None:
    """Write a constant of ours into the SQL; what a caller gives is bound, always.

    A bound status would make SQLite plan a statement anew at each run, because its partial indexes
    depend on it: 247 against 175 microseconds of writing for a lock.
    """
    if not bind.required:
        bind.literal_execute = True
