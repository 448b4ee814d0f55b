"""An entrance for each test, on each kind of database; failures are meant, and not logged."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from structlog.testing import capture_logs

from tests.server.gate.entrance import Entrance, an_entrance
from tests.world import World


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    with capture_logs():
        yield


@pytest.fixture
def entrance(world: World) -> Entrance:
    """Open the gate of a show."""
    return an_entrance(world)
