"""Tables: change what SQLite cannot change in place, such as a CHECK.

SQLite's own recipe is to make the table anew and copy its rows. Here its stored definition is
edited, so that a step need not repeat the columns that other steps have added.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

from alembic import op
from sqlalchemy import text

from db.dialect import Backend


def change_check(table: str, constraint: str, condition: str) -> None:
    """Give a named CHECK of a table another condition."""
    if op.get_bind().dialect.name != Backend.SQLITE:
        op.execute(f"ALTER TABLE {table} DROP CONSTRAINT {constraint}")
        op.execute(f"ALTER TABLE {table} ADD CONSTRAINT {constraint} CHECK ({condition})")
        return
    nested = r"\((?:[^()]|\([^()]*\))*\)"
    remake(table, {rf"CONSTRAINT {constraint} CHECK {nested}":
                   f"CONSTRAINT {constraint} CHECK ({condition})"})  # fmt: skip


def remake(table: str, edits: Mapping[str, str], *, without: Collection[str] = ()) -> None:
    """Make a SQLite table anew, with its definition edited and `without` some columns.

    Each of `edits` is a regular expression and its replacement, and must match once. Indexes and
    triggers are kept, except those on a column that goes.
    """
    connection = op.get_bind()
    query = text("SELECT sql FROM sqlite_schema WHERE tbl_name = :table AND type = :type")
    (definition,) = connection.execute(query, {"table": table, "type": "table"}).scalars()
    others = [
        sql
        for kind in ("index", "trigger")
        for sql in connection.execute(query, {"table": table, "type": kind}).scalars()
        if sql is not None and not any(re.search(rf"\b{name}\b", sql) for name in without)
    ]
    for pattern, replacement in edits.items():
        definition, count = re.subn(pattern, replacement, definition)
        if count != 1:
            msg = f"{pattern} matches {count} times in the definition of {table}"
            raise RuntimeError(msg)
    names = connection.execute(text("SELECT name FROM pragma_table_info(:t)"), {"t": table})
    kept = ", ".join(f'"{name}"' for name in names.scalars() if name not in without)
    op.execute(f"CREATE TABLE {table}_before AS SELECT * FROM {table}")  # noqa: S608
    op.execute(f"DROP TABLE {table}")
    op.execute(definition)
    op.execute(f"INSERT INTO {table} ({kept}) SELECT {kept} FROM {table}_before")  # noqa: S608
    op.execute(f"DROP TABLE {table}_before")
    for sql in others:
        op.execute(sql)
