"""Migrations: every step the tables have taken, so that any released database can follow.

`runner` applies them with Alembic. This module only compares revisions, so that a server whose
database is current starts without Alembic (9 MB and 100 ms).
"""

from __future__ import annotations

import sqlite3
from pathlib import Path

from db.errors import WrongRevision

FOLDER = Path(__file__).parent


def known() -> list[str]:
    """Return the revisions this program knows, oldest first: the files in `versions`."""
    return sorted(path.stem for path in (FOLDER / "versions").glob("[0-9]*.py"))


def newest() -> str:
    """Return the newest revision this program knows."""
    return known()[-1]


def refuse_newer(revision: str, *, place: str) -> None:
    """Raise WrongRevision when a newer version of this program has migrated the database."""
    if revision and revision not in known():
        msg = (
            f"{place} is at revision {revision}, and this version of the program knows none after "
            f"{newest()}; install the newer version again, or restore a backup from before"
        )
        raise WrongRevision(msg)


def require_newest(revision: str, *, place: str) -> None:
    """Raise WrongRevision unless the database has exactly the tables of this program."""
    refuse_newer(revision, place=place)
    if revision != newest():
        have = f"is at revision {revision}" if revision else "has no tables of this program"
        msg = f"{place} {have}, not at {newest()}; run `ticketing-server migrate` first"
        raise WrongRevision(msg)


def revision_of(connection: sqlite3.Connection) -> str:
    """Return the revision of a SQLite database, empty for one that was never migrated."""
    try:
        row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    except sqlite3.OperationalError as error:
        if "no such table" in str(error):
            return ""
        raise
    return "" if row is None else str(row[0])
