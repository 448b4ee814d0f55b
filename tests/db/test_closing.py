"""Closing a SQLite database: everything is in its one file, whenever garbage is collected."""

from __future__ import annotations

import gc
from pathlib import Path

from tests import databases
from tests.world import World


def test_a_closed_database_has_no_log_beside_it(tmp_path: Path, sqlite_template: Path) -> None:
    gc.disable()
    try:
        world = World(databases.sqlite_url(tmp_path, sqlite_template))
        world.list_ticket(world.user("seller"))
        world.close()
        assert [path.name for path in tmp_path.iterdir()] == ["shop.db"]
    finally:
        gc.enable()
