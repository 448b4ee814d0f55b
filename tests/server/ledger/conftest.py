"""A till for each test, on each kind of database; failures are meant, and not logged."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from structlog.testing import capture_logs

from tests.server.ledger import till as tills
from tests.server.ledger.till import Till
from tests.world import World


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    with capture_logs():
        yield


@pytest.fixture
def till(world: World) -> Till:
    """Give a till in a house at a fee of five percent."""
    return tills.till(world)
