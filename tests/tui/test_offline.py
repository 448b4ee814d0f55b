"""A server that is down, slow or refusing: the app reports it, stays, and misses nothing."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import msgspec
import pytest
from textual.pilot import Pilot

from contract.feed import FeedEntry
from contract.tickets import LIST_TICKETS, TicketsQuery, TicketUnavailable
from server.clock import SystemClock
from server.settings import Settings
from tests import databases
from tests.conftest import Server, Serving
from tests.tui.marketplace import Marketplace, OffsetClock, screen_text, wait_for_text, wait_until
from tests.tui.pty_terminal import Terminal
from tui.app import TicketingApp
from tui.app_base import ERROR_SECONDS
from tui.market.screen import MarketScreen
from tui.session import LaunchOptions, UserSession


@contextlib.asynccontextmanager
async def run_app(
    env: dict[str, str], *, transport: httpx.BaseTransport | None = None
) -> AsyncIterator[tuple[TicketingApp, Pilot[None]]]:
    """Open the app with these settings, without waiting for anything."""
    session = UserSession(env, LaunchOptions(), clock=OffsetClock(), transport=transport)
    app = TicketingApp(session)
    app.animation_level = "none"
    try:
        async with app.run_test(size=(120, 40), notifications=True) as pilot:
            yield app, pilot
    finally:
        await asyncio.to_thread(session.close)


@pytest.fixture
def unused_address() -> Iterator[str]:
    """Provide an address where no server runs."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{taken.getsockname()[1]}"


class RestartableMarketplace:
    """One database whose server stops, and starts again on the same port or another one."""

    def __init__(self, folder: Path, template: Path) -> None:
        self.settings = Settings(database=databases.sqlite_url(folder, template), port=0)
        self.serving: Serving | None = None
        self.marketplace = Marketplace(self.start(), folder / "people")

    def start(self, *, port: int = 0) -> Server:
        """Start the server, by default on a free port."""
        self.serving = Serving(msgspec.structs.replace(self.settings, port=port), SystemClock())
        return self.serving.__enter__()

    def stop(self) -> None:
        """Stop the server."""
        if self.serving is not None:
            self.serving.__exit__()
        self.serving = None


@pytest.fixture
def restartable(
    tmp_path: Path, sqlite_template: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[RestartableMarketplace]:
    """Provide a marketplace with two tickets whose server can be stopped and started."""
    # Reconnect at once, not after seconds.
    monkeypatch.setattr("client.feed.PAUSES", (0.05,))
    restartable = RestartableMarketplace(tmp_path, sqlite_template)
    for seat in "12":
        restartable.marketplace.list_ticket(seat=seat, amount=100_000 + int(seat))
    restartable.marketplace.account("ben")
    yield restartable
    restartable.stop()


def test_while_offline_nothing_can_be_bought_and_the_reason_is_shown(
    restartable: RestartableMarketplace,
) -> None:
    async def journey() -> None:
        async with restartable.marketplace.app("ana") as (app, pilot):
            await asyncio.to_thread(restartable.stop)
            await wait_for_text(pilot, "OFFLINE")
            await wait_until(
                pilot,
                lambda: "nothing can be bought or changed" in " ".join(screen_text(app).split()),
            )
            await pilot.press("b")
            await pilot.press("n")
            await pilot.pause()
            assert isinstance(app.screen, MarketScreen)
            assert app.screen.check_action("buy", ()) is None
            assert "1,000.01" in screen_text(app), "what was known is still to be seen"

    asyncio.run(journey())


def test_the_banner_shows_the_age_of_the_data(restartable: RestartableMarketplace) -> None:
    async def journey() -> None:
        async with restartable.marketplace.app() as (app, pilot):
            await asyncio.to_thread(restartable.stop)
            await wait_for_text(pilot, "OFFLINE")
            assert isinstance(restartable.marketplace.clock, OffsetClock)
            restartable.marketplace.clock.offset = timedelta(minutes=2)
            await wait_for_text(pilot, "OFFLINE 02:")
            assert app.is_running

    asyncio.run(journey())


def test_the_app_reconnects_and_receives_missed_events(
    restartable: RestartableMarketplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    marketplace = restartable.marketplace
    port = urlsplit(marketplace.server.url).port or 0
    received: list[FeedEntry] = []

    def bought_elsewhere() -> str:
        """Sell through another server on the same database, while the known one is down."""
        restartable.stop()
        marketplace.server = restartable.start()
        with contextlib.closing(marketplace.api()) as api:
            ticket = api.call(LIST_TICKETS, TicketsQuery()).items[0]
        marketplace.lock("ben", ticket)
        restartable.stop()
        return ticket.id

    async def journey() -> None:
        async with marketplace.app("ana") as (app, pilot):
            feed = app.session.feed
            take = feed.take

            def take_and_note() -> list[FeedEntry]:
                taken = take()
                received.extend(taken)
                return taken

            monkeypatch.setattr(feed, "take", take_and_note)
            ticket_id = await asyncio.to_thread(bought_elsewhere)
            await wait_for_text(pilot, "OFFLINE")
            await asyncio.to_thread(lambda: restartable.start(port=port))
            await wait_until(
                pilot, lambda: "● online" in screen_text(app) and "OFFLINE" not in screen_text(app)
            )
            await wait_for_text(pilot, "LOCKED 14:", "The server is back")
            events = [entry.event for entry in received if entry.event.id == ticket_id]
            assert [event.version for event in events] == [2]
            assert app.write_block_reason() == ""

    asyncio.run(journey())


def test_the_app_opens_without_a_server_and_another_can_be_chosen(
    stocked: Marketplace, unused_address: str
) -> None:
    async def journey() -> None:
        env = {**stocked.env("ana"), "TICKETING_SERVER": unused_address}
        async with run_app(env) as (app, pilot):
            await wait_for_text(pilot, "OFFLINE", unused_address)
            await pilot.press("ctrl+p")
            await wait_for_text(pilot, "Search for commands")
            await pilot.press(*"another server")
            await wait_until(pilot, lambda: "Buy this ticket" not in screen_text(app))
            await pilot.press("enter")
            await wait_for_text(pilot, "Choose a server")
            await pilot.press("tab", *stocked.server.url, "enter")
            await wait_for_text(pilot, "L'Arlésienne", "● online")
            assert "OFFLINE" not in screen_text(app)

    asyncio.run(journey())


def test_the_first_frame_needs_no_server(tmp_path: Path, unused_address: str) -> None:
    env = {"TICKETING_SERVER": unused_address, "TICKETING_CREDENTIAL_STORE": "file"}
    with Terminal(tmp_path / "home", env) as terminal:
        terminal.until("OFFLINE")
        assert "/ filter" in terminal.text
        terminal.press("q")
        assert terminal.ends() == 0


class SlowTransport(httpx.BaseTransport):
    """Delays the tickets until it is released."""

    def __init__(self) -> None:
        self.asked, self.released = threading.Event(), threading.Event()
        self._honest = httpx.HTTPTransport()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if request.url.path == "/v1/tickets":
            self.asked.set()
            assert self.released.wait(20)
        return self._honest.handle_request(request)


def test_keys_work_while_the_server_does_not_answer(stocked: Marketplace) -> None:
    slow = SlowTransport()

    async def journey() -> None:
        async with run_app(stocked.env("ana"), transport=slow) as (_, pilot):
            await wait_until(pilot, slow.asked.is_set)
            await wait_for_text(pilot, "▌ Mexico", "reading…")
            await pilot.press("j")
            await pilot.pause()
            await wait_for_text(pilot, "▌ L'Arl")
            await pilot.press("2")
            await wait_for_text(pilot, "Listings")
            assert not slow.released.is_set()
            slow.released.set()
            await pilot.press("1")
            await wait_for_text(pilot, "EUR 45.00  available")

    asyncio.run(journey())


def test_quitting_does_not_wait_for_a_response(stocked: Marketplace) -> None:
    slow = SlowTransport()

    async def journey() -> None:
        async with run_app(stocked.env("ana"), transport=slow) as (app, pilot):
            await wait_until(pilot, slow.asked.is_set)
            await pilot.press("q")
            await wait_until(pilot, lambda: not app.is_running)
            assert not slow.released.is_set()

    asyncio.run(journey())
    slow.released.set()


MARKUP = "[/x] [@click=app.quit]leave[/] [bold"


def test_markup_in_a_refusal_stays_text(stocked: Marketplace) -> None:
    async def journey() -> None:
        async with stocked.app() as (app, pilot):
            app.show_problem(TicketUnavailable(MARKUP))
            app.notify(MARKUP, title=MARKUP, markup=True)
            await wait_until(pilot, lambda: screen_text(app).count("[@click=app.quit]") == 3)
            assert app.is_running

    asyncio.run(journey())


def test_an_error_toast_stays_longer_than_others(stocked: Marketplace) -> None:
    async def journey() -> None:
        async with stocked.app() as (app, pilot):
            app.show_problem(TicketUnavailable())
            app.notify("done")
            await wait_until(pilot, lambda: len(app._notifications) == 2)  # noqa: SLF001  what Textual keeps
            stays = {toast.severity: toast.timeout for toast in app._notifications}  # noqa: SLF001  what Textual keeps
            assert stays["error"] == ERROR_SECONDS > stays["information"]

    asyncio.run(journey())
