"""An unreachable database is a reason to retry, not a bug."""

from __future__ import annotations

import pytest

from contract.problems import Busy
from db.postgresql import PostgresqlDatabase
from server import feed
from server.bus import Bus
from server.clock import system_rng
from server.settings import Settings
from tests.clock import ManualClock


def test_a_database_that_is_unreachable_is_reported_as_busy() -> None:
    # Nobody listens on port 1 of this machine, so the connection is refused at once.
    database = PostgresqlDatabase("postgresql://nobody@127.0.0.1:1/none")
    bus = Bus(database, ManualClock(), system_rng(), Settings())
    try:
        with pytest.raises(Busy) as reading:
            bus.read_now(feed.newest_position)
        with pytest.raises(Busy) as writing:
            bus.write_now(feed.newest_position)
    finally:
        database.close()
    assert (reading.value.retry_after, writing.value.retry_after) == (1, 1)
