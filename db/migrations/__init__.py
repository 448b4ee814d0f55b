"""Migrations: every step the tables have taken, so that any released database can follow."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, create_engine, event

from db.dialect import driver_url


def upgrade(url: str) -> str:
    """Bring the database at `url` to the newest step; return that step's name."""
    engine = _engine(url)
    try:
        with engine.begin() as connection:
            config = _config()
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
            return MigrationContext.configure(connection).get_current_revision() or ""
    finally:
        engine.dispose()


def newest() -> str:
    """Return the name of the newest step this program knows."""
    return ScriptDirectory.from_config(_config()).get_current_head() or ""


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.set_main_option("path_separator", "os")
    return config


def _engine(url: str) -> Engine:
    engine = create_engine(driver_url(url))

    @event.listens_for(engine, "connect")
    def _explicit(connection: object, _record: object) -> None:
        # SQLite's driver would run DDL outside the transaction; we say BEGIN ourselves.
        if hasattr(connection, "isolation_level"):
            connection.isolation_level = None  # None is "say BEGIN yourself" for both drivers

    @event.listens_for(engine, "begin")
    def _begin(connection: object) -> None:
        if engine.driver == "pysqlite":
            connection.exec_driver_sql("BEGIN IMMEDIATE")  # type: ignore[attr-defined]

    return engine
