"""Marketplaces shared by the tests of a file, since refused requests leave no trace."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import databases
from tests.conftest import KINDS
from tests.server.http.marketplace import Marketplace, open_marketplace


@pytest.fixture(scope="module")
def market(
    tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path
) -> Iterator[Marketplace]:
    """Open a market on SQLite."""
    folder = tmp_path_factory.mktemp("market")
    with open_marketplace(databases.sqlite_url(folder, sqlite_template), folder) as opened:
        yield opened


@pytest.fixture(scope="module", params=KINDS)
def any_market(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Marketplace]:
    """Open a market on each kind of database."""
    folder = tmp_path_factory.mktemp("market")
    if request.param == "sqlite":
        url = databases.sqlite_url(folder, request.getfixturevalue("sqlite_template"))
        with open_marketplace(url, folder) as opened:
            yield opened
        return
    admin = request.getfixturevalue("postgresql_admin")
    template = request.getfixturevalue("postgresql_template")
    with databases.postgresql_url(admin, template) as url, open_marketplace(url, folder) as opened:
        yield opened
