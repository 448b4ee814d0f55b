"""Where commands run in tests: nowhere, or at a marketplace with people."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from server.clock import SystemClock
from server.settings import Settings
from tests import databases
from tests.cli.desk import Desk
from tests.cli.person import Marketplace, Person
from tests.conftest import Server, Serving

Meet = Callable[[str], Person]


@pytest.fixture
def server(tmp_path: Path, sqlite_template: Path) -> Iterator[Server]:
    """Run a real server that keeps 5 % of each price."""
    url = databases.sqlite_url(tmp_path, sqlite_template)
    settings = Settings(database=url, port=0, fee_basis_points=500)
    with Serving(settings, SystemClock()) as serving:
        yield serving


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """Where a command runs: an empty folder, no server, no terminal."""
    return Desk(tmp_path)


@pytest.fixture
def meet(server: Marketplace, tmp_path: Path) -> Meet:
    """Sign somebody up at a fresh marketplace."""
    return lambda name: Person(name, server.url, tmp_path / name).signs_up()


@pytest.fixture
def stranger(server: Marketplace, tmp_path: Path) -> Person:
    """Let somebody look around without signing in."""
    return Person("stranger", server.url, tmp_path / "stranger")


@pytest.fixture
def sofia(meet: Meet) -> Person:
    """Sign a seller up."""
    return meet("sofia")


@pytest.fixture
def ana(meet: Meet) -> Person:
    """Sign a buyer up."""
    return meet("ana")


@pytest.fixture
def ben(meet: Meet) -> Person:
    """Sign another buyer up."""
    return meet("ben")
