"""The step to gates: accounts that are there stay as they are, and may have one more role."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import Connection, text

from db import migrations
from tests import databases
from tests.conftest import KINDS

ACCOUNT = "INSERT INTO accounts VALUES ('usr_1', 'a@example.org', 'hash', 'admin', 'active', 3, 7)"
SESSION = "INSERT INTO sessions VALUES ('ses_1', 'usr_1', 'token', 'test', 1, 2, 3)"


@pytest.fixture(params=KINDS)
def before(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Give a database that has not taken the step, with an account that is signed in."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'old.db'}"
        _step(url, "0013_ledger", ACCOUNT, SESSION)
        yield url
        return
    admin = request.getfixturevalue("postgresql_admin")
    with databases.postgresql_url(admin, "template1") as url:
        _step(url, "0013_ledger", ACCOUNT, SESSION)
        yield url


def _step(url: str, to: str, *more: str) -> list[tuple[object, ...]]:
    """Take the steps up to one, run statements, and return what the last one found."""
    engine = migrations._engine(url)  # noqa: SLF001  the very connection that steps are taken on
    config = migrations._config()  # noqa: SLF001  the same
    try:
        with engine.begin() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, to)
            return _run(connection, more)
    finally:
        engine.dispose()


def _run(connection: Connection, statements: tuple[str, ...]) -> list[tuple[object, ...]]:
    found: list[tuple[object, ...]] = []
    for statement in statements:
        result = connection.execute(text(statement))
        found = [tuple(row) for row in result] if result.returns_rows else []
    return found


def test_an_account_and_its_session_are_as_they_were(before: str) -> None:
    joined = "SELECT a.*, s.id FROM accounts a JOIN sessions s ON s.user_id = a.id"
    assert _step(before, "head", joined) == [
        ("usr_1", "a@example.org", "hash", "admin", "active", 3, 7, "ses_1")
    ]


def test_an_account_may_work_at_the_gate_from_then_on(before: str) -> None:
    gate = "UPDATE accounts SET role = 'gate'"
    with pytest.raises(Exception, match="role"):
        _step(before, "0013_ledger", gate)
    assert _step(before, "head", gate, "SELECT role FROM accounts") == [("gate",)]
    with pytest.raises(Exception, match="role"):
        _step(before, "head", "UPDATE accounts SET role = 'king'")


def test_a_session_still_needs_an_account(before: str) -> None:
    _step(before, "head")
    stray = SESSION.replace("usr_1", "usr_2").replace("ses_1", "ses_2").replace("token", "x")
    engine = migrations._engine(before)  # noqa: SLF001  as above
    with engine.connect() as connection:
        if before.startswith("sqlite"):
            connection.rollback()  # it is only listened to between transactions
            raw = connection.connection.dbapi_connection
            assert raw is not None
            raw.execute("PRAGMA foreign_keys = ON")
        with pytest.raises(Exception, match=r"(?i)foreign key"):
            connection.execute(text(stray))
    engine.dispose()
