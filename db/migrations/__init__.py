"""Migrations: every step the tables have taken, so that any released database can follow.

`runner` applies them with Alembic. This module only compares revisions, so that a server whose
database is current starts without Alembic (9 MB and 100 ms).
"""

from __future__ import annotations

import sqlite3
from pathlib import Path

FOLDER = Path(__file__).parent


def newest() -> str:
    """Return the newest revision this program knows: the last file in `versions`."""
    return max(path.stem for path in (FOLDER / "versions").glob("[0-9]*.py"))


def revision_of(connection: sqlite3.Connection) -> str:
    """Return the revision of a SQLite database, empty for one that was never migrated."""
    table = connection.execute(
        "SELECT 1 FROM sqlite_schema WHERE name = 'alembic_version'"
    ).fetchone()
    if table is None:
        return ""
    row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    return "" if row is None else str(row[0])
