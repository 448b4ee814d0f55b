from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.world import World


@pytest.fixture
def world(tmp_path: Path) -> World:
    """Where a command runs: an empty folder, no server, no terminal."""
    return World(tmp_path)
