"""Marketplaces shared by the tests of a file, since refused requests leave no trace."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import databases
from tests.conftest import fresh_database
from tests.server.http.marketplace import Marketplace, open_marketplace


@pytest.fixture(scope="module")
def market(
    tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path
) -> Iterator[Marketplace]:
    """Open a marketplace on SQLite."""
    folder = tmp_path_factory.mktemp("market")
    with open_marketplace(databases.sqlite_url(folder, sqlite_template), folder) as opened:
        yield opened


@pytest.fixture(scope="module")
def any_market(
    request: pytest.FixtureRequest, database_kind: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Marketplace]:
    """Open a marketplace on each database."""
    folder = tmp_path_factory.mktemp("market")
    with (
        fresh_database(request, database_kind, folder) as url,
        open_marketplace(url, folder) as opened,
    ):
        yield opened
