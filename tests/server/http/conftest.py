"""Shops: opened once for a file of tests, since those that are refused leave no trace."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import databases
from tests.conftest import fresh_database
from tests.server.http.shop import Shop, open_shop


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[Shop]:
    """Open a shop on SQLite."""
    folder = tmp_path_factory.mktemp("shop")
    with open_shop(databases.sqlite_url(folder, sqlite_template), folder) as opened:
        yield opened


@pytest.fixture(scope="module")
def any_shop(
    request: pytest.FixtureRequest, database_kind: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Shop]:
    """Open a shop on each kind of database."""
    folder = tmp_path_factory.mktemp("shop")
    with fresh_database(request, database_kind, folder) as url, open_shop(url, folder) as opened:
        yield opened
