"""Dialects: only `db` knows which database there is; the services cannot tell."""

from __future__ import annotations

import gc
import importlib
import re

import pytest

from db.dialect import Backend, backend_of
from db.statement import Statement
from tests.contract.source import files, words
from tests.conventions.tree import TOP

NAMES = re.compile(r"sqlite|postgres|psycopg|pragma", re.IGNORECASE)
#: Where a database may be called by its name.
DATABASES = ("db/dialect.py", "db/sqlite.py", "db/postgresql.py", "db/engine.py", "db/migrations/")
#: Commands on a database file, and the sandbox's own file, which is not the server's database.
OPERATORS = (
    "server/__main__.py", "server/control_socket.py", "server/app.py", "server/settings.py",
    "server/failures.py", "server/sandbox/", "server/http/listening.py",
)  # fmt: skip


def named(folder: str, allowed: tuple[str, ...]) -> list[str]:
    """Return where code under a folder names a database."""
    return [
        f"{path.relative_to(TOP).as_posix()}:{line}: {word}"
        for path in files(folder)
        if not path.relative_to(TOP).as_posix().startswith(allowed)
        for line, word in words(path)
        if NAMES.search(word)
    ]


def test_only_the_dialect_and_the_drivers_name_a_database() -> None:
    assert named("db", DATABASES) == []


def test_no_service_names_a_database() -> None:
    assert named("server", OPERATORS) == []


def test_neither_the_contract_nor_a_client_names_a_database() -> None:
    assert named("contract", ()) + named("client", ()) == []


def test_the_search_finds_the_name_of_a_database() -> None:
    assert named("db", ())


@pytest.mark.parametrize(
    ("url", "backend"),
    [
        ("sqlite:///shop.db", Backend.SQLITE),
        ("sqlite:////var/lib/shop.db", Backend.SQLITE),
        ("postgresql://host/shop", Backend.POSTGRESQL),
        ("postgres://host/shop", Backend.POSTGRESQL),
        ("postgresql+psycopg://host/shop", Backend.POSTGRESQL),
    ],
)
def test_a_url_determines_the_database(url: str, backend: Backend) -> None:
    assert backend_of(url) is backend


@pytest.mark.parametrize("url", ["", "shop.db", "mysql://host/shop", "http://host/"])
def test_a_url_of_another_database_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="must begin with"):
        backend_of(url)


def test_no_statement_returns_a_subquery() -> None:
    """A dialect writes columns in RETURNING without their tables: they would be other ones."""
    importlib.import_module("server.app")
    every = [each for each in gc.get_objects() if isinstance(each, Statement)]
    wrong = [
        sql
        for sql in (each.compiled(Backend.SQLITE)[0] for each in every)
        if "SELECT" in sql.partition("RETURNING")[2]
    ]
    assert every
    assert wrong == []
