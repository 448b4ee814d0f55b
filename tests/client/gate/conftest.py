"""A house with a gate for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.client.gate.house import House, a_house
from tests.conftest import Server


@pytest.fixture
def house(server: Server, tmp_path: Path) -> Iterator[House]:
    """Open a marketplace with a ticket that was sold, with the code ADA-1."""
    opened = a_house(server, tmp_path)
    opened.sells("ADA-1")
    yield opened
    for wire in opened.wires:
        wire.close()
