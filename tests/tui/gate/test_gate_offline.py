"""The gate screen while offline: the admission list answers, and scans are synced afterwards."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from server.clock import SystemClock
from server.settings import Settings
from tests import databases
from tests.client.gate.marketplace import Network
from tests.clock import DOORS_OPEN
from tests.conftest import Serving
from tests.tui.gate.harness import GateHarness, open_gate, scan
from tests.tui.marketplace import Marketplace, screen_text, wait_for_idle, wait_for_text, wait_until
from tui.feed_listener import ConnectionState
from tui.gate.screen import GateScreen
from tui.gate.verdict import VerdictKind
from tui.widgets.confirm_dialog import ConfirmDialog


class RestartableServer:
    """A server that can be stopped and started again at the same address."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.serving: Serving | None = None
        self.start()

    def start(self) -> None:
        """Start the server."""
        self.serving = Serving(self.settings, SystemClock())
        self.server = self.serving.__enter__()
        port = int(self.server.url.rsplit(":", maxsplit=1)[1])
        self.settings = msgspec.structs.replace(self.settings, port=port)

    def stop(self) -> None:
        """Stop the server."""
        if self.serving is not None:
            self.serving.__exit__()
            self.serving = None


@pytest.fixture
def restartable(tmp_path: Path, sqlite_template: Path) -> Iterator[RestartableServer]:
    """Run a server."""
    restartable = RestartableServer(
        Settings(
            database=databases.sqlite_url(tmp_path, sqlite_template),
            port=0,
            doors_before=DOORS_OPEN,
        )
    )
    yield restartable
    restartable.stop()


@pytest.fixture
def gate(restartable: RestartableServer, tmp_path: Path) -> Iterator[GateHarness]:
    """Provide a gate for a show with two sold tickets."""
    gate = GateHarness(Marketplace(restartable.server, tmp_path / "people"))
    gate.hire()
    gate.sell("ADA-1")
    gate.sell("BEN-2")
    yield gate
    gate.transport.close()


def results(screen: GateScreen) -> list[str]:
    """Return the results so far, the newest last."""
    return [line.word.text for line in reversed(screen.scan_log.entries)]


def reconnect(gate: GateHarness) -> None:
    """Restore the connection, and skip the time in which the gate does not try it."""
    gate.transport.state = Network.UP
    gate.clock.skipped += 10


def test_scans_are_synced_automatically_when_the_server_is_back(
    gate: GateHarness, restartable: RestartableServer
) -> None:
    async def journey() -> None:
        async with gate.app() as (app, pilot):
            screen = await open_gate(app, pilot)
            await asyncio.to_thread(restartable.stop)
            await scan(pilot, "ADA-1", "NOBODY")
            await wait_until(pilot, lambda: results(screen) == ["ADMIT", "REFUSE"])
            await wait_for_text(pilot, "OFFLINE: using the list", "2 to sync", "from the list")
            gate.clock.skipped += 2
            await scan(pilot, "ADA-1")
            await wait_until(
                pilot, lambda: results(screen)[-1] == "REFUSE" and len(results(screen)) == 3
            )
            await wait_for_text(pilot, "already inside since")
            await asyncio.to_thread(restartable.start)
            gate.clock.skipped += 10
            await wait_until(
                pilot,
                lambda: "OFFLINE" not in screen_text(app) and "to sync" not in screen_text(app),
            )
            counts = await asyncio.to_thread(gate.counts)
            assert (counts.inside, counts.refused) == (1, 2)

    asyncio.run(journey())


@pytest.mark.parametrize("size", [(120, 40), (80, 24)])
def test_conflicts_are_listed(gate: GateHarness, size: tuple[int, int]) -> None:
    async def journey() -> None:
        async with gate.app(size=size) as (app, pilot):
            screen = await open_gate(app, pilot)
            await asyncio.to_thread(gate.scan_elsewhere, "ADA-1")
            gate.transport.state = Network.DOWN
            await scan(pilot, "ADA-1")
            await wait_until(pilot, lambda: results(screen) == ["ADMIT"])
            reconnect(gate)
            await pilot.press("ctrl+s")
            shown = await wait_for_text(pilot, "1 admission conflict", "1 conflict")
            line = next(line for line in shown.splitlines() if "already inside" in line)
            assert "B118 C 7" in line
            assert " South; " in line
            assert " North 2" in line
            await pilot.press("ctrl+t")
            await wait_until(pilot, lambda: "admission conflict" not in screen_text(app))
            await pilot.press("ctrl+t")
            await wait_for_text(pilot, "1 admission conflict")

    asyncio.run(journey())


def test_an_admission_undone_offline_is_synced_afterwards(
    gate: GateHarness,
) -> None:
    async def journey() -> None:
        async with gate.app() as (app, pilot):
            screen = await open_gate(app, pilot)
            await scan(pilot, "ADA-1")
            await wait_until(pilot, lambda: results(screen) == ["ADMIT"])
            gate.transport.state = Network.DOWN
            await pilot.press("ctrl+z")
            await wait_for_text(pilot, "It will be synced when the gate is online.", "1 to sync")
            assert results(screen) == ["UNDONE"]
            assert (await asyncio.to_thread(gate.counts)).inside == 1
            reconnect(gate)
            await pilot.press("ctrl+s")
            await wait_until(pilot, lambda: "to sync" not in screen_text(app))
            assert (await asyncio.to_thread(gate.counts)).inside == 0

    asyncio.run(journey())


def test_offline_without_a_list_nobody_is_admitted_or_refused(
    gate: GateHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def journey() -> None:
        async with gate.app() as (app, pilot):
            screen = await open_gate(app, pilot)
            rung: list[str] = []
            monkeypatch.setattr(app, "bell", lambda: rung.append("bell"))
            assert screen.worker is not None
            screen.worker.gate.admission_list = None
            gate.transport.state = Network.DOWN
            await scan(pilot, "ADA-1")
            await wait_for_text(
                pilot, "The gate is offline and has no admission list", "OFFLINE: no admission list"
            )
            assert screen.verdict_panel.shown.kind is VerdictKind.UNCHECKED
            assert (results(screen), rung) == (["ERROR"], ["bell"])
            assert "to sync" not in screen.unsaved_work

    asyncio.run(journey())


def test_scanning_continues_during_a_download(gate: GateHarness) -> None:
    async def journey() -> None:
        async with gate.app() as (app, pilot):
            screen = await open_gate(app, pilot)
            gate.transport.blocked_path = "/changes"
            await pilot.press("ctrl+l")
            await wait_for_text(pilot, "downloading the list")
            await scan(pilot, "ADA-1")
            await wait_until(pilot, lambda: results(screen) == ["ADMIT"])
            await wait_for_text(pilot, "downloading the list")
            gate.transport.released.set()
            await wait_for_text(pilot, "2 tickets can be admitted.")

    asyncio.run(journey())


def test_an_old_list_is_downloaded_again_while_online(gate: GateHarness) -> None:
    async def journey() -> None:
        async with gate.app() as (app, pilot):
            screen = await open_gate(app, pilot)
            await wait_for_text(pilot, "2 tickets")
            await asyncio.to_thread(gate.sell, "DAN-4")
            screen.sync_and_refresh()
            await wait_for_idle(pilot)
            await wait_for_text(pilot, "2 tickets")
            await wait_until(pilot, lambda: app.session.feed.state is ConnectionState.ONLINE)
            gate.clock.offset = timedelta(minutes=11)
            screen.sync_and_refresh()
            await wait_for_text(pilot, "3 tickets")

    asyncio.run(journey())


def test_an_offline_start_offers_the_shows_with_a_list(gate: GateHarness) -> None:
    async def fetch() -> None:
        async with gate.app() as (app, pilot):
            await open_gate(app, pilot)
            await wait_for_idle(pilot)

    async def start_offline() -> None:
        gate.transport.state = Network.DOWN
        async with gate.app(learns=False) as (app, pilot):
            await pilot.press("5")
            await wait_for_text(pilot, "Mexico v South Africa", "Choose the show")
            await pilot.press("enter")
            await wait_for_text(pilot, "OFFLINE: using the list")
            screen = app.screen
            assert isinstance(screen, GateScreen)
            await scan(pilot, "BEN-2")
            await wait_until(pilot, lambda: results(screen) == ["ADMIT"])

    asyncio.run(fetch())
    asyncio.run(start_offline())


def test_quitting_reports_scans_that_are_not_synced(gate: GateHarness) -> None:
    async def journey() -> None:
        async with gate.app() as (app, pilot):
            screen = await open_gate(app, pilot)
            gate.transport.state = Network.DOWN
            await scan(pilot, "ADA-1")
            await wait_until(pilot, lambda: results(screen) == ["ADMIT"])
            await pilot.press("ctrl+q")
            await wait_until(pilot, lambda: isinstance(app.screen, ConfirmDialog))
            await wait_for_text(pilot, "1 scan is not synced yet")

    asyncio.run(journey())


@pytest.mark.parametrize("size", [(1, 1), (40, 10), (60, 20), (80, 24)])
def test_the_gate_is_usable_at_every_size(gate: GateHarness, size: tuple[int, int]) -> None:
    async def journey() -> None:
        async with gate.app() as (app, pilot):
            screen = await open_gate(app, pilot)
            await pilot.resize_terminal(*size)
            await scan(pilot, "ADA-1")
            await wait_until(pilot, lambda: results(screen) == ["ADMIT"])
            if size != (1, 1):
                shown = await wait_for_text(
                    pilot, "section B118, row C, seat 7", "1 inside of 2 sold", "^z"
                )
                assert all(len(line) <= size[0] for line in shown.splitlines())
            await pilot.resize_terminal(120, 40)
            await wait_for_text(pilot, "section B118, row C, seat 7")

    asyncio.run(journey())
