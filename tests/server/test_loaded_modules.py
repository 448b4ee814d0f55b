"""Loaded modules: the server does not load what only clients or other databases need."""

from __future__ import annotations

import subprocess
import sys

import pytest

#: What costs memory and is loaded when somebody needs it, if ever.
UNUSED = ("alembic", "httpx", "psycopg", "pygments", "reportlab", "rich", "segno")


@pytest.mark.sqlite_only
def test_a_server_on_sqlite_loads_nothing_that_it_does_not_need() -> None:
    program = "import server.__main__, server.app, sys; print(*sys.modules)"
    ran = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert set(ran.stdout.split()).isdisjoint(UNUSED)
