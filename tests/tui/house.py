"""A marketplace with people and shows, and the app opened on it without a terminal."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from textual.pilot import Pilot

from client.api import Api
from client.clock import Clock
from client.credentials import Credentials, Who
from contract.auth import SIGN_UP, SignedIn, SignUp
from contract.shows import Category, ShowDetails
from contract.tickets import CREATE_TICKET, CreateTicket, Price, Ticket
from tests.conftest import Server
from tui.app import TicketingApp
from tui.live import Link
from tui.session import Session, Wishes

PASSWORD = "correct horse battery staple"
AZTECA = ("Mexico v South Africa", "Estadio Azteca", "Mexico City", "MX", -6)
LYON = ("L'Arlésienne", "Auditorium", "Lyon", "FR", 2)
DELHI = ("Ravi Shankar Tribute", "Siri Fort", "New Delhi", "IN", 5.5)
#: Long after any test is run.
START = datetime(2031, 6, 8, 13, 0, tzinfo=UTC)


class Later(Clock):
    """The machine's clock, which a test may put forward for the app alone."""

    by = timedelta()

    def now(self) -> datetime:
        """Return the present moment, or a later one."""
        return super().now() + self.by


@dataclass
class Market:
    """People at one server, each with a settings folder of their own."""

    server: Server
    folder: Path
    people: dict[str, SignedIn] = field(default_factory=dict)
    clock: Clock = field(default_factory=Later)
    #: The day shows are counted from.
    start: datetime = START

    def api(self, name: str | None = None) -> Api:
        """Speak to the server as somebody, or as nobody."""
        return Api(self.server.url, self.meet(name).token if name else None)

    def meet(self, name: str) -> SignedIn:
        """Sign somebody up, once."""
        if name not in self.people:
            with contextlib.closing(Api(self.server.url)) as nobody:
                body = SignUp(email=f"{name}@example.org", password=PASSWORD)
                self.people[name] = nobody.call(SIGN_UP, body)
        return self.people[name]

    def list(self, show: tuple[str, str, str, str, float] = AZTECA, **changes: Any) -> Ticket:
        """List a ticket, sold by sofia unless said otherwise."""
        name, venue, city, country, offset = show
        at = self.start.replace(tzinfo=timezone(timedelta(hours=offset)))
        body = CreateTicket(
            show=ShowDetails(
                name=name, category=changes.pop("category", Category.SPORTS), venue=venue,
                city=city, country=country, starts_at=at + timedelta(days=changes.pop("day", 0)),
            ),
            section=changes.pop("section", "B118"), row=changes.pop("row", "C"),
            seat=changes.pop("seat", "7"),
            price=Price(amount=changes.pop("amount", 124000),
                        currency=changes.pop("currency", "MXN")),
            **{k: v for k, v in changes.items() if k != "seller"},
        )  # fmt: skip
        with contextlib.closing(self.api(changes.get("seller", "sofia"))) as seller:
            return seller.call(CREATE_TICKET, body)

    def env(self, name: str | None) -> dict[str, str]:
        """Return the settings of somebody who is signed in, or of a stranger."""
        folder = self.folder / (name or "stranger")
        env = {
            "TICKETING_SERVER": self.server.url, "TICKETING_CONFIG_DIR": str(folder),
            "TICKETING_CREDENTIAL_STORE": "file",
        }  # fmt: skip
        if name:
            signed = self.meet(name)
            who = Who(email=signed.account.email, account_id=signed.account.id)
            Credentials(folder, env, wish="file").keep(self.server.url, signed.token, who)
        return env

    @contextlib.asynccontextmanager
    async def app(
        self, name: str | None = None, *, size: tuple[int, int] = (120, 40), **wishes: Any
    ) -> AsyncIterator[tuple[TicketingApp, Pilot[None]]]:
        """Open the app as somebody, and wait until it has read what it shows."""
        session = Session(self.env(name), Wishes(**wishes), clock=self.clock)
        app = TicketingApp(session, theme=wishes.get("theme"))
        app.animation_level = "none"
        try:
            async with app.run_test(size=size, notifications=True) as pilot:
                await until(pilot, lambda: app.session.terms is not None)
                await until(pilot, lambda: app.session.live.link is Link.LIVE)
                await quiet(pilot)
                yield app, pilot
        finally:
            await asyncio.to_thread(session.close)


def later(market: Market, by: timedelta) -> None:
    """Let the app's clock be ahead."""
    assert isinstance(market.clock, Later)
    market.clock.by = by


async def until(pilot: Pilot[Any], said: Callable[[], object], *, seconds: float = 10.0) -> None:
    """Wait until something holds and the screen is drawn whole.

    The server answers in its own time; a failure says what was on the screen.
    """
    loop = asyncio.get_running_loop()
    end = loop.time() + seconds
    while not said():
        assert loop.time() < end, f"waited {seconds} s in vain\n{dump(pilot.app)}"
        await pilot.pause(0.01)
    await pilot.pause()


async def quiet(pilot: Pilot[Any]) -> None:
    """Wait until nothing is asked of the server any more."""
    await pilot.pause()
    await pilot.app.workers.wait_for_complete([w for w in pilot.app.workers if w.name != "tick"])
    await pilot.pause()


def dump(app: Any) -> str:
    """Return what is on the screen as plain text."""
    height = app.size.height
    lines = app.screen._compositor.render_strips()  # noqa: SLF001  what is drawn, without a terminal
    return "\n".join("".join(segment.text for segment in line).rstrip() for line in lines[:height])


def picture(app: TicketingApp, path: Path) -> Path:
    """Write the screen as an SVG."""
    path.write_text(app.export_screenshot(simplify=True), "utf-8")
    return path
