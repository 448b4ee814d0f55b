"""Fixtures: a marketplace with a gate for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.client.gate.marketplace import GateMarketplace, open_marketplace
from tests.conftest import Server


@pytest.fixture
def market(server: Server, tmp_path: Path) -> Iterator[GateMarketplace]:
    """Run a marketplace with one sold ticket whose code is ADA-1."""
    opened = open_marketplace(server, tmp_path)
    opened.sell_ticket("ADA-1")
    yield opened
    for transport in opened.transports:
        transport.close()
