"""The operator screen in tests: olga is the operator."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path

from textual.pilot import Pilot

from db.engine import sqlite_path
from tests.tui.marketplace import Marketplace, wait_until
from tui.admin.screen import OperatorScreen
from tui.app import TicketingApp

#: No service handles this kind of job, so a retry fails.
GIVEN_UP = """INSERT INTO jobs (id, kind, subject, order_id, state, attempts, wanted, run_at,
    leased_until, last_error, created_at, finished_at) VALUES
    ('job_1a', 'test.nothing', 'pay_1', ?, 'failed', 20, 1, 0, 0, ?, 0, 0)"""


def add_failed_job(
    marketplace: Marketplace, *, order_id: str | None = None, error: str = "Refused: no"
) -> str:
    """Insert a failed job; return its id."""
    path = sqlite_path(marketplace.server.settings.database)
    assert path is not None
    with contextlib.closing(sqlite3.connect(Path(path))) as books, books:
        books.execute(GIVEN_UP, (order_id, error))
    return "job_1a"


async def open_operator(app: TicketingApp, pilot: Pilot[None], tab: str = "Flow") -> OperatorScreen:
    """Go to the operator screen, and select a tab."""
    await wait_until(pilot, lambda: app.session.is_admin)
    app.action_go("operator")
    await wait_until(
        pilot, lambda: isinstance(app.screen, OperatorScreen) and app.screen.is_mounted
    )
    screen = app.screen
    assert isinstance(screen, OperatorScreen)
    await wait_until(pilot, lambda: screen.stats is not None)
    screen.tab = tab
    await pilot.pause()
    return screen
