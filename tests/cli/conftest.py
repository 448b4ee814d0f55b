"""Where commands run in tests: nowhere, or at a marketplace with people."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from server import control_socket
from server.clock import SystemClock
from server.settings import Settings
from tests import databases
from tests.cli.desk import Desk
from tests.cli.person import Marketplace, Person
from tests.conftest import Server, Serving

Meet = Callable[[str], Person]


class Ahead(SystemClock):
    """The machine's clock, which a test may put forward: a show that is to come has been."""

    by = 0

    def now(self) -> int:
        """Return the time in microseconds."""
        return super().now() + self.by


@pytest.fixture
def clock() -> Ahead:
    """Give the marketplace's clock."""
    return Ahead()


@pytest.fixture
def server(tmp_path: Path, sqlite_template: Path, clock: Ahead) -> Iterator[Server]:
    """Run a real server that keeps 5 % of each price and pays out once a show has begun."""
    url = databases.sqlite_url(tmp_path, sqlite_template)
    settings = Settings(database=url, port=0, fee_basis_points=500, payout_after=0)
    with Serving(settings, clock) as serving:
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
def olga(server: Server, meet: Meet) -> Person:
    """Sign an admin up."""
    person = meet("olga")
    control_socket.run_command(server.settings, "grant-admin", "olga@example.org")
    return person


@pytest.fixture
def ben(meet: Meet) -> Person:
    """Sign another buyer up."""
    return meet("ben")
