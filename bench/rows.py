"""Rows: what benchmarks insert, built from the tables' own columns.

A benchmark names the columns it cares about. Every other column is blank, so that a benchmark keeps
running when a table gets a new column.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from itertools import islice
from typing import Any

from sqlalchemy import Table, insert

from db.statement import Connection, Statement

Values = dict[str, Any]
#: Rows per INSERT: a million at once would fill the memory.
CHUNK = 20_000


@cache
def blanks(table: Table) -> Values:
    """Return NULL, 0 or an empty text for every column that the database does not fill itself."""
    return {
        column.name: None if column.nullable else column.type.python_type()
        for column in table.columns
        if column.server_default is None and column.autoincrement is not True
    }


def row(table: Table, **known: Any) -> Values:
    """Return a whole row. Raise KeyError for a column that the table does not have."""
    if unknown := known.keys() - blanks(table).keys():
        raise KeyError(f"{table.name} has no column {', '.join(sorted(unknown))}")
    return blanks(table) | known


def insert_all(connection: Connection, table: Table, rows: Iterable[Values]) -> None:
    """Insert rows that `row` made."""
    statement, left = Statement(insert(table), columns=tuple(blanks(table))), iter(rows)
    while chunk := list(islice(left, CHUNK)):
        connection.executemany(statement, chunk)


def insert_sql(table: Table, bound: Sequence[str], **constants: str | int) -> str:
    """Return an INSERT with a `?` for each of the `bound` columns, in that order."""
    rest = {n: v for n, v in row(table, **constants).items() if n not in bound}
    columns = ", ".join(f'"{name}"' for name in (*bound, *rest))
    values = ", ".join((*("?" for _ in bound), *map(_literal, rest.values())))
    return f"INSERT INTO {table.name} ({columns}) VALUES ({values})"  # noqa: S608  our own schema


def _literal(value: object) -> str:
    return "NULL" if value is None else f"'{value}'" if isinstance(value, str) else str(value)
