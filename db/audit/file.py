"""The audit of the file: the database's own check, for damage that no query would meet."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import text

from db.dialect import FILE_DAMAGE
from db.statement import Connection, Statement

#: Messages about rows without their ids; the other rules name those.
_ABOUT_ROWS = ("CHECK constraint failed", "NULL value in")


def damage(connection: Connection) -> Iterator[tuple[str, str]]:
    """Yield what is damaged in the file, which takes as long as reading all of it."""
    sql = FILE_DAMAGE[connection.backend]
    for (message,) in connection.all(Statement(text(sql))) if sql else ():
        if message != "ok" and not message.startswith(_ABOUT_ROWS):
            yield f"the file is damaged: {' '.join(message.split())}", "db_file"
