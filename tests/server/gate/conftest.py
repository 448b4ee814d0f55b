"""A gate for each test, on each database; failures are expected and not logged."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from structlog.testing import capture_logs

from tests.server.gate.gate_fixture import GateFixture, open_gate
from tests.world import World


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    with capture_logs():
        yield


@pytest.fixture
def entrance(world: World) -> GateFixture:
    """Open the gate of a show."""
    return open_gate(world)
