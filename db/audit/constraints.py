"""The audit of constraints: every row keeps the rules of its table, however it came there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from sqlalchemy import CheckConstraint, Table, text

from db.statement import Connection, Statement
from db.types import METADATA

BROKEN: Final = "a row breaks a rule of its table"


def broken_constraints(connection: Connection) -> Iterator[tuple[str, str]]:
    """Yield the rows that a CHECK of their table would refuse."""
    for table in METADATA.sorted_tables:
        checks = [str(c.sqltext) for c in table.constraints if isinstance(c, CheckConstraint)]
        if checks:
            statement = Statement(text(_query(table, sorted(checks))))
            yield from ((BROKEN, str(row[0])) for row in connection.all(statement))


def _query(table: Table, checks: list[str]) -> str:
    key = next((c.name for c in table.c if c.name in ("id", "order_id")), table.c[0].name)
    rules = " AND ".join(f"({check})" for check in checks)
    return f"SELECT {key} FROM {table.name} WHERE NOT ({rules})"  # noqa: S608  our own names
