"""The marketplace that the pages describe: one server on the sandbox, and what it answers."""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path

from contract.flow import Flow
from db.engine import open_database
from server.app import Application
from server.clock import SystemClock, system_rng
from server.jobs import Job
from server.routing import AnyRoute
from server.settings import Settings


def routes() -> tuple[AnyRoute, ...]:
    """Return every route of the server."""
    return _server()[0]


def flow() -> Flow:
    """Return how calls and events pass between the services."""
    return _server()[1]


def jobs() -> dict[str, Job]:
    """Return every kind of job, by its name."""
    return {job.kind: job for job in _server()[2]}


@cache
def _server() -> tuple[tuple[AnyRoute, ...], Flow, tuple[Job, ...]]:
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(
            database=f"sqlite:///{Path(folder) / 'docs.db'}",
            public_url="http://127.0.0.1:8765",
            sandbox_database=str(Path(folder) / "sandbox.db"),
        )
        database = open_database(settings.database, on_fatal_error=lambda _: None)
        app = Application(settings, database=database, clock=SystemClock(), rng=system_rng())
        try:
            return app.routes(), app.flow, app.jobs
        finally:
            app.close()
