"""Fixtures: commands without a server, and accounts on a running marketplace."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from server import control_socket
from server.clock import SystemClock
from server.settings import Settings
from tests import databases
from tests.cli.person import Marketplace, Person
from tests.cli.runner import CommandRunner
from tests.clock import DOORS_OPEN
from tests.conftest import Server, Serving

SignUp = Callable[[str], Person]


class AdjustableClock(SystemClock):
    """The system clock with an offset, so that a test can let a future show be over."""

    by = 0

    def now(self) -> int:
        """Return the time in microseconds."""
        return super().now() + self.by


@pytest.fixture
def clock() -> AdjustableClock:
    """Return the marketplace's clock."""
    return AdjustableClock()


@pytest.fixture
def server(tmp_path: Path, sqlite_template: Path, clock: AdjustableClock) -> Iterator[Server]:
    """Run a real server with a fee of 5 % that pays out once a show has started."""
    url = databases.sqlite_url(tmp_path, sqlite_template)
    settings = Settings(
        database=url, port=0, fee_basis_points=500, payout_after=0, report_for=0,
        doors_before=DOORS_OPEN,
    )  # fmt: skip
    with Serving(settings, clock) as serving:
        yield serving


@pytest.fixture
def cli(tmp_path: Path) -> CommandRunner:
    """Return a runner with an empty folder, no server and no terminal."""
    return CommandRunner(tmp_path)


@pytest.fixture
def sign_up(server: Marketplace, tmp_path: Path) -> SignUp:
    """Return a function that signs somebody up at a new marketplace."""
    return lambda name: Person(name, server.url, tmp_path / name).sign_up()


@pytest.fixture
def stranger(server: Marketplace, tmp_path: Path) -> Person:
    """Return somebody who is not signed in."""
    return Person("stranger", server.url, tmp_path / "stranger")


@pytest.fixture
def sofia(sign_up: SignUp) -> Person:
    """Sign a seller up."""
    return sign_up("sofia")


@pytest.fixture
def ana(sign_up: SignUp) -> Person:
    """Sign a buyer up."""
    return sign_up("ana")


@pytest.fixture
def olga(server: Server, sign_up: SignUp) -> Person:
    """Sign an admin up."""
    person = sign_up("olga")
    control_socket.run_command(server.settings, "grant-admin", "olga@example.org")
    return person


@pytest.fixture
def ben(sign_up: SignUp) -> Person:
    """Sign another buyer up."""
    return sign_up("ben")
