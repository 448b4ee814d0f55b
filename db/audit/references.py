"""Lost rows: others refer to them, or their place in a numbered log is empty."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from sqlalchemy import text

from db.dialect import BROKEN_REFERENCES, LAST_NUMBER
from db.statement import Connection, Statement
from db.types import METADATA

LOST: Final = "a row that others refer to is missing"
#: The numbered tables: the column that names a row, and what is wrong after a gap.
_NUMBERED = {
    "events": ("id", "an event is missing from the log"),
    "ledger": ("order_id", "a line is missing from the ledger"),
}
_LOST = """
    SELECT a.{0} FROM {1} a LEFT JOIN {3} b ON b.{4} = a.{2}
    WHERE a.{2} IS NOT NULL AND b.{4} IS NULL"""
_GAPS = """
    SELECT a.{0} FROM {1} a LEFT JOIN {1} b ON b.seq = a.seq - 1
    WHERE a.seq > 1 AND b.seq IS NULL"""
_NEWEST = "SELECT {0}, seq FROM {1} ORDER BY seq DESC LIMIT 1"


def lost_rows(connection: Connection) -> Iterator[tuple[str, str]]:
    """Yield what refers to a row that does not exist, and what comes after a row that is gone."""
    broken, last = BROKEN_REFERENCES[connection.backend], LAST_NUMBER[connection.backend]
    if broken is not None:
        pairs = {(row[0], row[2]) for row in connection.all(Statement(text(broken)))}
        for table, parent in sorted(pairs):
            yield from ((LOST, subject) for subject in _referring(connection, table, parent))
    if last is not None:
        for table, (column, rule) in _NUMBERED.items():
            for row in connection.all(_statement(_GAPS, column, table)):
                yield rule, row[0]
            given = connection.first(_statement(last, table)) or (0,)
            newest = connection.first(_statement(_NEWEST, column, table)) or (table, 0)
            if given[0] > newest[1]:
                yield rule, newest[0]


def _referring(connection: Connection, table: str, parent: str) -> Iterator[str]:
    """Yield the rows of a table that refer to rows of another one which do not exist."""
    numbered = _NUMBERED.get(table)
    key = numbered[0] if numbered else next(iter(METADATA.tables[table].primary_key)).name
    for column in METADATA.tables[table].c:
        for target in (reference.column for reference in column.foreign_keys):
            if target.table.name == parent:
                names = (key, table, column.name, parent, target.name)
                yield from (row[0] for row in connection.all(_statement(_LOST, *names)))


def _statement(sql: str, *names: object) -> Statement:
    """Return a statement with names of the schema."""
    return Statement(text(sql.format(*names)))
