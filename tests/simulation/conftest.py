"""The database that every history begins with, made once per worker."""

from __future__ import annotations

import pytest

from tests.simulation.shop import Template, make_template


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Template:
    """Give a database with a ticket on sale and two buyers."""
    return make_template(tmp_path_factory.mktemp("template"))
