"""The gate's screen without a line: the list answers, and the house is told afterwards."""

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
from tests.client.gate.house import Line
from tests.conftest import Serving
from tests.tui.gate.harness import Door, enter, scan
from tests.tui.marketplace import Market, dump, quiet, says, until
from tui.feed_listener import ConnectionState
from tui.gate.screen import GateScreen
from tui.gate.verdict import VerdictKind
from tui.widgets.confirm_dialog import ConfirmDialog


class House:
    """A server that can be stopped, and started again at the same address."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.serving: Serving | None = None
        self.start()

    def start(self) -> None:
        """Open the doors."""
        self.serving = Serving(self.settings, SystemClock())
        self.server = self.serving.__enter__()
        port = int(self.server.url.rsplit(":", maxsplit=1)[1])
        self.settings = msgspec.structs.replace(self.settings, port=port)

    def stop(self) -> None:
        """Be gone."""
        if self.serving is not None:
            self.serving.__exit__()
            self.serving = None


@pytest.fixture
def house(tmp_path: Path, sqlite_template: Path) -> Iterator[House]:
    """Run a server."""
    house = House(Settings(database=databases.sqlite_url(tmp_path, sqlite_template), port=0))
    yield house
    house.stop()


@pytest.fixture
def door(house: House, tmp_path: Path) -> Iterator[Door]:
    """Open a gate for a show of which two tickets were sold."""
    door = Door(Market(house.server, tmp_path / "people"))
    door.hires()
    door.sells("ADA-1")
    door.sells("BEN-2")
    yield door
    door.wire.close()


def words(screen: GateScreen) -> list[str]:
    """Return what was said so far, the newest last."""
    return [line.word.text for line in reversed(screen.scan_log.entries)]


def come_back(door: Door) -> None:
    """Mend the line, and let pass the time in which a gate does not try it."""
    door.wire.state = Line.UP
    door.clock.leapt += 10


def test_t37_the_server_goes_and_comes_and_is_told_by_itself(door: Door, house: House) -> None:
    async def journey() -> None:
        async with door.app() as (app, pilot):
            screen = await enter(app, pilot)
            await asyncio.to_thread(house.stop)
            await scan(pilot, "ADA-1", "NOBODY")
            await until(pilot, lambda: words(screen) == ["ADMIT", "REFUSE"])
            await says(pilot, "OFFLINE: using the list", "2 to sync", "from the list")
            door.clock.leapt += 2
            await scan(pilot, "ADA-1")
            await until(pilot, lambda: words(screen)[-1] == "REFUSE" and len(words(screen)) == 3)
            await says(pilot, "already inside since")
            await asyncio.to_thread(house.start)
            door.clock.leapt += 10
            await until(pilot, lambda: "OFFLINE" not in dump(app) and "to sync" not in dump(app))
            counts = await asyncio.to_thread(door.counts)
            assert (counts.inside, counts.refused) == (1, 2)

    asyncio.run(journey())


@pytest.mark.parametrize("size", [(120, 40), (80, 24)])
def test_t37_what_does_not_add_up_is_listed_in_words(door: Door, size: tuple[int, int]) -> None:
    async def journey() -> None:
        async with door.app(size=size) as (app, pilot):
            screen = await enter(app, pilot)
            await asyncio.to_thread(door.scans_elsewhere, "ADA-1")
            door.wire.state = Line.DOWN
            await scan(pilot, "ADA-1")
            await until(pilot, lambda: words(screen) == ["ADMIT"])
            come_back(door)
            await pilot.press("ctrl+s")
            shown = await says(pilot, "1 admission conflict", "1 conflict")
            line = next(line for line in shown.splitlines() if "already inside" in line)
            assert "B118 C 7" in line
            assert " South; " in line
            assert " North 2" in line
            await pilot.press("ctrl+t")
            await until(pilot, lambda: "admission conflict" not in dump(app))
            await pilot.press("ctrl+t")
            await says(pilot, "1 admission conflict")

    asyncio.run(journey())


def test_t37_an_admission_is_taken_back_without_a_line_and_told_afterwards(door: Door) -> None:
    async def journey() -> None:
        async with door.app() as (app, pilot):
            screen = await enter(app, pilot)
            await scan(pilot, "ADA-1")
            await until(pilot, lambda: words(screen) == ["ADMIT"])
            door.wire.state = Line.DOWN
            await pilot.press("ctrl+z")
            await says(pilot, "It will be synced when the gate is online.", "1 to sync")
            assert words(screen) == ["UNDONE"]
            assert (await asyncio.to_thread(door.counts)).inside == 1
            come_back(door)
            await pilot.press("ctrl+s")
            await until(pilot, lambda: "to sync" not in dump(app))
            assert (await asyncio.to_thread(door.counts)).inside == 0

    asyncio.run(journey())


def test_without_a_line_and_without_a_list_nobody_is_let_in_or_refused(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def journey() -> None:
        async with door.app() as (app, pilot):
            screen = await enter(app, pilot)
            rung: list[str] = []
            monkeypatch.setattr(app, "bell", lambda: rung.append("bell"))
            assert screen.worker is not None
            screen.worker.gate.roll = None
            door.wire.state = Line.DOWN
            await scan(pilot, "ADA-1")
            await says(pilot, "The gate is offline and has no admission list", "OFFLINE: no admission list")
            assert screen.verdict_panel.shown.kind is VerdictKind.UNCHECKED
            assert (words(screen), rung) == (["NOT"], ["bell"])
            assert "to sync" not in screen.unsaved_work

    asyncio.run(journey())


def test_scanning_goes_on_while_the_list_is_fetched(door: Door) -> None:
    async def journey() -> None:
        async with door.app() as (app, pilot):
            screen = await enter(app, pilot)
            door.wire.held_up = "/list"
            await pilot.press("ctrl+l")
            await says(pilot, "downloading the list")
            await scan(pilot, "ADA-1")
            await until(pilot, lambda: words(screen) == ["ADMIT"])
            await says(pilot, "downloading the list")
            door.wire.let_go.set()
            await says(pilot, "2 tickets can be admitted.")

    asyncio.run(journey())


def test_an_old_list_is_fetched_anew_while_there_is_a_line(door: Door) -> None:
    async def journey() -> None:
        async with door.app() as (app, pilot):
            screen = await enter(app, pilot)
            await says(pilot, "2 tickets")
            await asyncio.to_thread(door.sells, "DAN-4")
            screen.sync_and_refresh()
            await quiet(pilot)
            await says(pilot, "2 tickets")
            await until(pilot, lambda: app.session.live.state is ConnectionState.ONLINE)
            door.clock.by = timedelta(minutes=11)
            screen.sync_and_refresh()
            await says(pilot, "3 tickets")

    asyncio.run(journey())


def test_who_starts_without_a_line_finds_the_shows_there_are_lists_of(door: Door) -> None:
    async def fetch() -> None:
        async with door.app() as (app, pilot):
            await enter(app, pilot)
            await quiet(pilot)

    async def start_offline() -> None:
        door.wire.state = Line.DOWN
        async with door.app(learns=False) as (app, pilot):
            await pilot.press("5")
            await says(pilot, "Mexico v South Africa", "Choose the show")
            await pilot.press("enter")
            await says(pilot, "OFFLINE: using the list")
            screen = app.screen
            assert isinstance(screen, GateScreen)
            await scan(pilot, "BEN-2")
            await until(pilot, lambda: words(screen) == ["ADMIT"])

    asyncio.run(fetch())
    asyncio.run(start_offline())


def test_who_leaves_is_told_what_the_house_does_not_know_yet(door: Door) -> None:
    async def journey() -> None:
        async with door.app() as (app, pilot):
            screen = await enter(app, pilot)
            door.wire.state = Line.DOWN
            await scan(pilot, "ADA-1")
            await until(pilot, lambda: words(screen) == ["ADMIT"])
            await pilot.press("ctrl+q")
            await until(pilot, lambda: isinstance(app.screen, ConfirmDialog))
            await says(pilot, "1 scan is not synced yet")

    asyncio.run(journey())


@pytest.mark.parametrize("size", [(1, 1), (40, 10), (60, 20), (80, 24)])
def test_t14_the_gate_is_usable_at_every_size(door: Door, size: tuple[int, int]) -> None:
    async def journey() -> None:
        async with door.app() as (app, pilot):
            screen = await enter(app, pilot)
            await pilot.resize_terminal(*size)
            await scan(pilot, "ADA-1")
            await until(pilot, lambda: words(screen) == ["ADMIT"])
            if size != (1, 1):
                shown = await says(pilot, "section B118, row C, seat 7", "1 inside of 2 sold", "^z")
                assert all(len(line) <= size[0] for line in shown.splitlines())
            await pilot.resize_terminal(120, 40)
            await says(pilot, "section B118, row C, seat 7")

    asyncio.run(journey())
