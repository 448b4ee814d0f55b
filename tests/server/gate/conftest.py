"""A gate for each test, on each database; failures are expected and not logged."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from structlog.testing import capture_logs

from tests.server.gate.gate_fixture import Entrance, an_entrance
from tests.world import World


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    with capture_logs():
        yield


@pytest.fixture
def entrance(world: World) -> Entrance:
    """Open the gate of a show."""
    return an_entrance(world)
