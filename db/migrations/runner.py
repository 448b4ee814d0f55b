"""The runner: applies migrations with Alembic, each upgrade in one transaction."""

from __future__ import annotations

import sqlite3
from functools import partial

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Engine, NullPool, create_engine, event

from db.engine import sqlite_path
from db.migrations import FOLDER, newest, refuse_newer, require_newest


def upgrade(url: str) -> str:
    """Bring the database at `url` to the newest revision; return that revision."""
    upgrade_to(url, "head")
    return newest()


def upgrade_to(url: str, revision: str) -> None:
    """Apply every step up to `revision` in one transaction. Raises WrongRevision."""
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.set_main_option("path_separator", "os")
    engine = engine_of(url)
    _begin_explicitly(engine)
    try:
        with engine.begin() as connection:
            for current in MigrationContext.configure(connection).get_current_heads():
                refuse_newer(current, place="the database")
            config.attributes["connection"] = connection
            command.upgrade(config, revision)
    finally:
        engine.dispose()


def check_newest(url: str) -> None:
    """Raise WrongRevision unless the database has exactly the tables of this program."""
    engine = engine_of(url)
    try:
        with engine.connect() as connection:
            heads = MigrationContext.configure(connection).get_current_heads()
    finally:
        engine.dispose()
    place = sqlite_path(url) or "the database"
    require_newest(heads[0] if heads else "", place=str(place))


def engine_of(url: str) -> Engine:
    """Return an engine on the database that the server opens for the same URL.

    SQLAlchemy reads some URLs otherwise than we and PostgreSQL's own library do, so it gets none.
    """
    path = sqlite_path(url)
    if path is not None:
        return create_engine(
            "sqlite://", creator=partial(sqlite3.connect, path), poolclass=NullPool
        )
    from db.postgresql import connect  # noqa: PLC0415  psycopg takes 9 MB

    return create_engine("postgresql+psycopg://", creator=partial(connect, url))


def _begin_explicitly(engine: Engine) -> None:
    """Let only us begin transactions: SQLite's driver would run DDL outside of them."""

    @event.listens_for(engine, "connect")
    def _explicit(connection: object, _record: object) -> None:
        if hasattr(connection, "isolation_level"):
            connection.isolation_level = None  # for both drivers None means no implicit BEGIN

    @event.listens_for(engine, "begin")
    def _begin(connection: object) -> None:
        if engine.driver == "pysqlite":
            connection.exec_driver_sql("BEGIN IMMEDIATE")  # type: ignore[attr-defined]
