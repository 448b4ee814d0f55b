"""The runner: applies migrations with Alembic, each upgrade in one transaction."""

from __future__ import annotations

from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, create_engine, event

from db.dialect import driver_url
from db.migrations import FOLDER, newest


def upgrade(url: str) -> str:
    """Bring the database at `url` to the newest revision; return that revision."""
    upgrade_to(url, "head")
    return newest()


def upgrade_to(url: str, revision: str) -> None:
    """Apply every step up to `revision` in one transaction."""
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.set_main_option("path_separator", "os")
    engine = _engine(url)
    try:
        with engine.begin() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, revision)
    finally:
        engine.dispose()


def _engine(url: str) -> Engine:
    engine = create_engine(driver_url(url))

    @event.listens_for(engine, "connect")
    def _explicit(connection: object, _record: object) -> None:
        # SQLite's driver would run DDL outside the transaction; we send BEGIN ourselves.
        if hasattr(connection, "isolation_level"):
            connection.isolation_level = None  # for both drivers None means no implicit BEGIN

    @event.listens_for(engine, "begin")
    def _begin(connection: object) -> None:
        if engine.driver == "pysqlite":
            connection.exec_driver_sql("BEGIN IMMEDIATE")  # type: ignore[attr-defined]

    return engine
