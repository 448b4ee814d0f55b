"""Migrations: all steps together make exactly the tables of the schema."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, inspect

import db.migrations
from db import schema
from db.migrations import newest
from db.migrations.runner import engine_of, upgrade
from db.types import METADATA
from tests import databases
from tests.conftest import KINDS

TABLES = sorted(METADATA.tables)
assert schema.__all__  # importing it is what gathers the tables


def opened(url: str) -> Engine:
    """Connect to a database."""
    return engine_of(url)


@pytest.fixture
def migrated(database_url: str) -> Iterator[Engine]:
    """Give a database made by all migrations."""
    engine = opened(database_url)
    yield engine
    engine.dispose()


@pytest.fixture(params=KINDS)
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Give a database without a table."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.db'}"
        return
    admin = request.getfixturevalue("postgresql_admin")
    with databases.postgresql_url(admin, "template1") as url:
        yield url


def described(engine: Engine) -> dict[str, Any]:
    """Return what a database reports about its tables and constraints."""
    look = inspect(engine)
    return {
        table: {
            "columns": {
                c["name"]: (str(c["type"]), c["nullable"]) for c in look.get_columns(table)
            },
            "key": look.get_pk_constraint(table)["constrained_columns"],
            "checks": sorted((c["name"], c["sqltext"]) for c in look.get_check_constraints(table)),
            "unique": sorted((u["name"] or "", u["column_names"])
                             for u in look.get_unique_constraints(table)),
            "indexes": sorted((i["name"] or "", i["column_names"], i["unique"], str(
                sorted((k, str(v)) for k, v in i.get("dialect_options", {}).items())))
                for i in look.get_indexes(table)),
            "refers": sorted((f["name"] or "", f["constrained_columns"], f["referred_table"])
                             for f in look.get_foreign_keys(table)),
        }
        for table in TABLES
    }  # fmt: skip


def test_alembic_finds_nothing_left_to_migrate(migrated: Engine) -> None:
    with migrated.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, METADATA) == []


def test_migrated_tables_have_the_constraints_of_the_schema(
    migrated: Engine, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    if migrated.dialect.name == "sqlite":
        made = opened(f"sqlite:///{tmp_path / 'made.db'}")
        METADATA.create_all(made)
        assert described(migrated) == described(made)
        made.dispose()
        return
    admin = request.getfixturevalue("postgresql_admin")
    with databases.postgresql_url(admin, "template1") as url:
        made = opened(url)
        METADATA.create_all(made)
        assert described(migrated) == described(made)
        made.dispose()


def test_migrating_an_empty_database_leads_to_the_newest_revision(empty_url: str) -> None:
    assert upgrade(empty_url) == newest()
    engine = opened(empty_url)
    assert set(inspect(engine).get_table_names()) == {*TABLES, "alembic_version"}
    engine.dispose()


def test_migrating_again_changes_nothing(migrated: Engine, database_url: str) -> None:
    before = described(migrated)
    assert upgrade(database_url) == newest()
    assert described(migrated) == before


def test_a_migration_that_fails_halfway_leaves_nothing_behind(
    empty_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("alembic.op.execute", fails)  # the triggers of the event log come last
    with pytest.raises(ZeroDivisionError):
        upgrade(empty_url)
    engine = opened(empty_url)
    assert "events" not in inspect(engine).get_table_names()
    monkeypatch.undo()
    assert upgrade(empty_url) == newest()
    engine.dispose()


def test_the_newest_revision_is_found_without_alembic() -> None:
    folder = ScriptDirectory(str(Path(db.migrations.__file__).parent))
    assert newest() == folder.get_current_head()


def test_revisions_are_in_one_sequence() -> None:
    folder = ScriptDirectory(str(Path(db.migrations.__file__).parent))
    steps = [step.revision for step in folder.walk_revisions()]
    assert len(folder.get_heads()) == 1
    assert steps == sorted(steps, reverse=True)
    assert all(step[:4].isdigit() for step in steps)
