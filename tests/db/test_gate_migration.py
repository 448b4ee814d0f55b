"""The migration that adds the gate: existing accounts stay as they are and gain a new role."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from db.migrations.runner import engine_of, upgrade_to
from tests import databases
from tests.conftest import KINDS

BEFORE = "0013_ledger"
ACCOUNT = "INSERT INTO accounts VALUES ('usr_1', 'a@example.org', 'hash', 'admin', 'active', 3, 7)"
SESSION = "INSERT INTO sessions VALUES ('ses_1', 'usr_1', 'token', 'test', 1, 2, 3)"


@pytest.fixture(params=KINDS)
def old_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Give a database from before the migration, with an account that is signed in."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'old.db'}"
        upgrade_to(url, BEFORE)
        run(url, ACCOUNT, SESSION)
        yield url
        return
    admin = request.getfixturevalue("postgresql_admin")
    with databases.postgresql_url(admin, "template1") as url:
        upgrade_to(url, BEFORE)
        run(url, ACCOUNT, SESSION)
        yield url


def run(url: str, *statements: str) -> list[tuple[object, ...]]:
    """Run statements in one transaction and return the rows of the last one."""
    engine = engine_of(url)
    rows: list[tuple[object, ...]] = []
    try:
        with engine.connect() as connection:
            if url.startswith("sqlite"):
                connection.exec_driver_sql("PRAGMA foreign_keys = ON")
            for statement in statements:
                result = connection.execute(text(statement))
                rows = [tuple(row) for row in result] if result.returns_rows else []
            connection.commit()
    finally:
        engine.dispose()
    return rows


def test_an_account_and_its_session_are_unchanged(old_database: str) -> None:
    upgrade_to(old_database, "head")
    joined = "SELECT a.*, s.id FROM accounts a JOIN sessions s ON s.user_id = a.id"
    assert run(old_database, joined) == [
        ("usr_1", "a@example.org", "hash", "admin", "active", 3, 7, "a@example.org", "ses_1")
    ]


def test_an_account_may_become_gate_staff_only_after_the_migration(old_database: str) -> None:
    grant = "UPDATE accounts SET role = 'gate'"
    with pytest.raises(Exception, match="role"):
        run(old_database, grant)
    upgrade_to(old_database, "head")
    assert run(old_database, grant, "SELECT role FROM accounts") == [("gate",)]
    with pytest.raises(Exception, match="role"):
        run(old_database, "UPDATE accounts SET role = 'king'")


def test_a_session_still_needs_an_account(old_database: str) -> None:
    upgrade_to(old_database, "head")
    stray = SESSION.replace("usr_1", "usr_2").replace("ses_1", "ses_2").replace("token", "x")
    with pytest.raises(Exception, match=r"(?i)foreign key"):
        run(old_database, stray)
