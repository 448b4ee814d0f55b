"""A harness for each test; failures are intended, and their log lines captured."""

from __future__ import annotations

import pytest

from tests.server.ledger.harness import LedgerHarness, ledger_harness
from tests.server.quiet import quiet
from tests.world import World

__all__ = ["quiet"]


@pytest.fixture
def ledger(world: World) -> LedgerHarness:
    """Return a harness whose marketplace takes a fee of five percent."""
    return ledger_harness(world)
