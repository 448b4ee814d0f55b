"""Background tasks: a server whose own work breaks off does not end as if all were well."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from server.app import Application, serve
from server.clock import SystemClock, system_rng
from server.settings import Settings
from tests import databases


def test_a_background_task_that_breaks_stops_the_server_with_its_error(
    tmp_path: Path, sqlite_template: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken() -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(Application, "background", lambda _: (broken,))
    url = databases.sqlite_url(tmp_path, sqlite_template)
    settings = Settings(database=url, port=0, sandbox_database=":memory:")

    async def run() -> None:
        await serve(
            settings, clock=SystemClock(), rng=system_rng(), ready=lambda _: None,
            stop=asyncio.Event(),
        )  # fmt: skip

    with pytest.raises(ZeroDivisionError):
        asyncio.run(run())
