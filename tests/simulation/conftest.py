"""The database every history begins with is made once for each worker."""

from __future__ import annotations

import pytest

from tests.simulation.shop import Stage, set_stage


@pytest.fixture(scope="session")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Stage:
    """Give a database with a ticket on sale and people to buy it."""
    return set_stage(tmp_path_factory.mktemp("stage"))
