"""Entry codes that a test can type, in place of those that the server made at the sale."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import psycopg

from contract.codes import code_key
from db.engine import sqlite_path
from db.sqlite import connect


def set_entry_code(url: str, ticket_id: str, code: str) -> None:
    """Give a sold ticket another entry code, also while a server uses the database."""
    path = sqlite_path(url)
    values = (code, code_key(code), ticket_id)
    raw: sqlite3.Connection | psycopg.Connection
    if path is None:
        raw, mark = psycopg.connect(url, autocommit=True), "%s"
    else:
        raw, mark = connect(path), "?"
        # Only the server may checkpoint: two connections that do it at once can corrupt the file.
        raw.execute("PRAGMA wal_autocheckpoint = 0")
    with closing(raw):
        query = f"UPDATE entry_codes SET code = {mark}, code_key = {mark} WHERE ticket_id = {mark}"  # noqa: S608
        assert raw.cursor().execute(query, values).rowcount == 1
