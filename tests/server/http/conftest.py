"""Marketplaces shared by the tests of a file, since refused requests leave no trace."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import databases
from tests.conftest import KINDS
from tests.server.http.marketplace import Shop, open_shop


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[Shop]:
    """Open a shop on SQLite."""
    folder = tmp_path_factory.mktemp("shop")
    with open_shop(databases.sqlite_url(folder, sqlite_template), folder) as opened:
        yield opened


@pytest.fixture(scope="module", params=KINDS)
def any_shop(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Shop]:
    """Open a shop on each kind of database."""
    folder = tmp_path_factory.mktemp("shop")
    if request.param == "sqlite":
        url = databases.sqlite_url(folder, request.getfixturevalue("sqlite_template"))
        with open_shop(url, folder) as opened:
            yield opened
        return
    admin = request.getfixturevalue("postgresql_admin")
    template = request.getfixturevalue("postgresql_template")
    with databases.postgresql_url(admin, template) as url, open_shop(url, folder) as opened:
        yield opened
