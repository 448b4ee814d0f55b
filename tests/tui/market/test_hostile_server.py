"""Whatever a server sends, the market shows it as text and executes nothing."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import msgspec
import pytest
from msgspec.structs import replace
from rich.cells import cell_len
from textual.pilot import Pilot

from contract.base import Page
from contract.shows import PastSale, PriceHistory, PriceRange, Show, ShowOnSale
from contract.terms import Terms
from contract.tickets import Ticket, TicketStatus
from tests.hostile import CORPUS, STEERING
from tests.samples import NOON, SHOW, TICKET
from tests.tui.marketplace import screen_text, wait_for_idle, wait_for_text, wait_until
from tui.app import TicketingApp
from tui.session import LaunchOptions, UserSession

TERMS = Terms(fee_basis_points=500, lock_seconds=900, payout_after_seconds=0, live=False)
PRICES = (PriceRange(lowest=TICKET.price, highest=TICKET.price),)
#: Textual would execute this on a click.
ACTION = "[@click=app.quit]cheap[/]"


class HostileServer:
    """A server with one show for each hostile text, which sends it in every field it can."""

    def __init__(self, texts: list[str]) -> None:
        self.texts = texts
        self.refuses: str | None = None

    def __call__(self, request: httpx.Request) -> httpx.Response:
        asked = request.url.path
        if asked == "/v1/tickets" and self.refuses is not None:
            return self.refusal(self.refuses)
        said: Any = None
        if asked == "/v1/terms":
            said = TERMS
        elif asked == "/v1/shows":
            shows = (self.show(place) for place in range(len(self.texts)))
            said = Page(items=tuple(ShowOnSale(show=s, on_sale=1, prices=PRICES) for s in shows))
        elif asked == "/v1/tickets":
            said = Page(items=(self.ticket(_place(request.url.params["show_id"])),))
        elif asked.endswith("/sales"):
            text = self.texts[_place(asked.split("/")[3])]
            sale = PastSale(at=NOON, section=text, price=TICKET.price)
            said = PriceHistory(sales=(sale,), live=False)
        elif asked.startswith("/v1/tickets/"):
            said = self.ticket(_place(asked.split("/")[3]))
        elif asked.startswith("/v1/shows/"):
            said = self.show(_place(asked.split("/")[3]))
        if said is None:
            return self.refusal(self.texts[0])
        # Plain JSON, which can carry half a surrogate pair; our own encoder cannot.
        return httpx.Response(200, text=json.dumps(msgspec.to_builtins(said)))

    def show(self, place: int) -> Show:
        text = self.texts[place]
        return replace(
            SHOW, id=f"shw_{place:04}", name=text, venue=text, city=text, country=text
        )  # fmt: skip

    def ticket(self, place: int) -> Ticket:
        text = self.texts[place]
        return replace(
            TICKET, id=f"tkt_{place:04}", show=self.show(place), section=text, row=text,
            seat=text, external_id=text, status=TicketStatus.AVAILABLE,
        )  # fmt: skip

    def refusal(self, text: str) -> httpx.Response:
        document = {
            "type": "about:blank", "title": text, "status": 409, "code": "unheard_of",
            "detail": text, "request_id": text,
            "errors": [{"field": text, "message": text, "code": "x"}],
        }  # fmt: skip
        kind = {"content-type": "application/problem+json"}
        return httpx.Response(409, text=json.dumps(document), headers=kind)


def _place(ident: str) -> int:
    return int(ident.partition("_")[2])


@contextlib.asynccontextmanager
async def open_at(liar: HostileServer) -> AsyncIterator[tuple[TicketingApp, Pilot[None]]]:
    """Open the app at a hostile server."""
    env = {"TICKETING_SERVER": "http://127.0.0.1:1", "TICKETING_CREDENTIAL_STORE": "file"}
    session = UserSession(env, LaunchOptions(), transport=httpx.MockTransport(liar))
    app = TicketingApp(session)
    app.animation_level = "none"
    try:
        async with app.run_test(size=(120, 50), notifications=True) as pilot:
            await wait_until(pilot, lambda: app.session.terms is not None)
            await wait_for_idle(pilot)
            yield app, pilot
    finally:
        await asyncio.to_thread(session.close)


def assert_harmless(app: TicketingApp) -> None:
    shown = screen_text(app)
    assert not STEERING.search(shown)
    assert all(cell_len(line) <= app.size.width for line in shown.splitlines())
    assert app.is_running


#: All but half a character, which has its own test.
TEXTS = [*(text for name, text in CORPUS.items() if name != "lone surrogate"), ACTION]


def test_every_text_of_a_server_stays_text_in_the_market() -> None:
    async def journey() -> None:
        async with open_at(HostileServer(TEXTS)) as (app, pilot):
            for _ in TEXTS:
                assert_harmless(app)
                await pilot.press("y")  # its id, in a toast
                await pilot.press("j")
                await wait_for_idle(pilot)
            await wait_for_text(pilot, "[@click=app.quit]", "[bold]loud[/bold]")

    asyncio.run(journey())


@pytest.mark.slow  # the same texts meet the same widgets in test_ticket
def test_every_text_of_a_server_stays_text_on_the_ticket_screen() -> None:
    async def journey() -> None:
        async with open_at(HostileServer(TEXTS)) as (app, pilot):
            for _ in TEXTS:
                await pilot.press("enter", "enter")
                await wait_for_idle(pilot)
                assert_harmless(app)
                await pilot.press("escape", "escape", "j")
                await wait_for_idle(pilot)

    asyncio.run(journey())


def test_the_text_of_a_refusal_stays_text() -> None:
    liar = HostileServer(["an honest show"])

    async def journey() -> None:
        async with open_at(liar) as (app, pilot):
            for text in TEXTS:
                liar.refuses = text
                app.clear_notifications()
                await pilot.press("r")
                await wait_until(pilot, lambda: app.screen.query("Toast"))
                await wait_for_idle(pilot)
                assert_harmless(app)

    asyncio.run(journey())


def test_a_click_on_markup_does_nothing() -> None:
    async def journey() -> None:
        async with open_at(HostileServer([ACTION])) as (app, pilot):
            lines = screen_text(app).splitlines()
            places = [(line.index("cheap"), y) for y, line in enumerate(lines) if "cheap" in line]
            assert len(places) > 1
            for place in places:
                await pilot.click(offset=place)
                await wait_for_idle(pilot)
            assert app.is_running
            assert not app._exit  # noqa: SLF001  what leaving would have set

    asyncio.run(journey())


def test_half_a_surrogate_pair_is_refused_and_survived() -> None:
    async def journey() -> None:
        async with open_at(HostileServer([CORPUS["lone surrogate"]])) as (app, pilot):
            await pilot.press("j", "y", "enter")
            await wait_for_idle(pilot)
            assert_harmless(app)

    asyncio.run(journey())
