"""A marketplace on a frozen clock, the same on each run; screenshots are taken of it."""

from __future__ import annotations

import contextlib
import os
import random
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import msgspec
from textual.app import App
from textual.pilot import Pilot
from textual.widgets import Input

from client.clock import Clock
from client.hosted_page import PageView
from contract.base import PageQuery
from contract.orders import LIST_WALLET
from contract.shows import Category
from contract.tickets import LIST_TICKETS, Ticket, TicketsQuery
from server.settings import Settings
from tests import databases
from tests.clock import DOORS_OPEN, MINUTE, ManualClock
from tests.conftest import Server, Serving
from tests.tui.marketplace import Marketplace, screen_text, wait_for_idle
from tests.world import CARD
from tui.checkout import panel

#: 2027-05-20 14:02:11 UTC: the time in every screenshot.
MOMENT = int(datetime(2027, 5, 20, 14, 2, 11, tzinfo=UTC).timestamp()) * 1_000_000
START = datetime(2027, 6, 1, 19, 0, tzinfo=UTC)
#: The address in the links.
SHOP = "https://tickets.example.org"
FOOTBALL = ("Estadio Azteca", "Mexico City", "MX", -6.0)


class ShowData(NamedTuple):
    """A show, how many days after `START` it takes place, and what is on sale for it."""

    name: str
    place: tuple[str, str, str, float]
    days: int
    kind: Category
    currency: str
    lowest: int
    seats: int


SHOWS = (
    ShowData("Mexico v South Africa", FOOTBALL, 8, Category.SPORTS, "MXN", 124_000, 14),
    ShowData(
        "L'Arlésienne", ("Auditorium", "Lyon", "FR", 2.0), 11, Category.CONCERT, "EUR", 4_500, 6
    ),
    ShowData(
        "Curaçao v Haïti",
        ("Stadion Ergilio Hato", "Willemstad", "CW", -4.0),
        14,
        Category.SPORTS,
        "USD",
        14_500,
        5,
    ),
    ShowData(
        "Orfeo ed Euridice",
        ("La Fenice", "Venezia", "IT", 2.0),
        17,
        Category.THEATRE,
        "EUR",
        5_500,
        7,
    ),
    ShowData(
        "Ravi Shankar Tribute",
        ("Siri Fort", "New Delhi", "IN", 5.5),
        19,
        Category.CONCERT,
        "INR",
        90_000,
        4,
    ),
    ShowData(
        "Kabuki by Night", ("Kabuki-za", "Tokyo", "JP", 9.0), 22, Category.THEATRE, "JPY", 12_000, 5
    ),
    ShowData(
        "Hannah Gadsby", ("Komedia", "Brighton", "GB", 1.0), 26, Category.COMEDY, "GBP", 2_800, 3
    ),
    ShowData(
        "Primavera Sound",
        ("Parc del Fòrum", "Barcelona", "ES", 2.0),
        30,
        Category.FESTIVAL,
        "EUR",
        21_000,
        8,
    ),
)
#: The sale prices of the first show's tickets, in order.
SOLD = (1180, 1210, 1250, 1230, 1340, 1290, 1260, 1310, 1275, 1240)


class SeededRng:
    """Random numbers that are the same on each run: each place in the code has its own seed."""

    def __init__(self) -> None:
        self._drawn: Counter[str] = Counter()

    def getrandbits(self, k: int, /) -> int:
        """Return random bits for the calling place."""
        return self._lot().getrandbits(k)

    def randbytes(self, n: int, /) -> bytes:
        """Return random bytes for the calling place."""
        return self._lot().randbytes(n)

    def _lot(self) -> random.Random:
        frame = sys._getframe(2)  # noqa: SLF001  who asks is what counts
        while frame.f_back and frame.f_code.co_filename.endswith(("clock.py", "tx.py")):
            frame = frame.f_back
        place = f"{Path(frame.f_code.co_filename).name}:{frame.f_code.co_name}"
        self._drawn[place] += 1
        return random.Random(f"{place} {self._drawn[place]}")


class FrozenClock(Clock):
    """The app's clock: the server's, which is frozen."""

    def __init__(self, clock: ManualClock) -> None:
        self._clock = clock

    def now(self) -> datetime:
        """Return the time of the marketplace."""
        return datetime.fromtimestamp(self._clock.now() / 1_000_000, UTC)

    def monotonic(self) -> float:
        """Return the same in seconds: lit arrows stay lit, however slow the machine is.

        Other threads get the real clock, because their timeouts must pass.
        """
        if threading.current_thread() is not threading.main_thread():
            return super().monotonic()
        return self._clock.now() / 1_000_000


class FrozenMarketplace(Marketplace):
    """The marketplace with past sales."""

    def __init__(self, server: Server, folder: Path, clock: ManualClock) -> None:
        """Use an empty server; `clock` is the server's."""
        super().__init__(server, folder, clock=FrozenClock(clock), start=START)
        self.server_clock = clock

    def stock(self) -> None:
        """List every show, and sell some tickets of the first."""
        for count, price in enumerate(SOLD):
            ticket = self.offer(SHOWS[0], section="A301", seat=str(count + 1), amount=price * 100)
            self.pay_and_wait("ben", self.lock("ben", ticket))
            self.server_clock.advance(4 * MINUTE)
        for show in SHOWS:
            for n in range(show.seats):
                section, row = f"{'BEA'[n % 3]}{118 + 47 * (n % 4)}", "CKS"[n % 3]
                amount = show.lowest + (show.lowest // 50) * n
                self.offer(show, section=section, row=row, seat=str(7 + 3 * n), amount=amount)

    def offer(self, show: ShowData, **seat: object) -> Ticket:
        """List a ticket for a show of the table."""
        said = {"day": show.days, "category": show.kind, "currency": show.currency}
        return self.list_ticket((show.name, *show.place), **said, **seat)

    def cheapest(self, name: str) -> list[Ticket]:
        """Return a show's tickets on sale, the cheapest first."""
        with contextlib.closing(self.api()) as api:
            tickets = list(api.pages(LIST_TICKETS, TicketsQuery(show=name), limit=0))
        return sorted(tickets, key=lambda ticket: ticket.price.amount)

    def codes(self, name: str, show: str) -> list[str]:
        """Return the entry codes of what a user bought for a show."""
        with contextlib.closing(self.api(name)) as api:
            bought = list(api.pages(LIST_WALLET, PageQuery(), limit=0))
        return [each.code for each in bought if each.code and show in each.ticket.show.name]

    def type_card(self, url: str, number: str = CARD) -> PageView:
        """Enter a card on a page whose links name the public address, not the real one."""
        with httpx.Client(headers={"Accept": "application/json"}) as browser:
            page = self.here(browser.get(self.here(url)).headers["Location"])
            browser.post(page, data={"card_number": number, "exp": "12/34", "cvc": "123"})
            return msgspec.json.decode(browser.get(page).content, type=PageView)

    def here(self, url: str) -> str:
        """Return the real address of a page: its port differs on each run."""
        return url.replace(SHOP, self.server.url)


@contextlib.contextmanager
def utc() -> Iterator[None]:
    """Use UTC: screenshots show local times."""
    before = os.environ.get("TZ")
    os.environ["TZ"] = "UTC"
    time.tzset()
    try:
        yield
    finally:
        if before is None:
            del os.environ["TZ"]
        else:
            os.environ["TZ"] = before
        time.tzset()


@contextlib.contextmanager
def endless_celebration() -> Iterator[None]:
    """Keep the confetti until the screenshot is taken."""
    before, panel.CELEBRATION_SECONDS = panel.CELEBRATION_SECONDS, 3600.0
    try:
        yield
    finally:
        panel.CELEBRATION_SECONDS = before


async def wait_until_still(app: App[None], pilot: Pilot[Any]) -> None:
    """Stop every cursor from blinking, and wait until nothing on the screen changes."""
    for each in app.screen.query(Input):
        each.cursor_blink = False
    before = ""
    for _ in range(20):
        await wait_for_idle(pilot)
        if (now := screen_text(app)) == before:
            app.screen.refresh()  # what `screen_text` drew has nothing behind a dialog
            return
        before = now
        await pilot.pause(0.3)


@contextlib.contextmanager
def frozen_marketplace(folder: Path, template: Path) -> Iterator[FrozenMarketplace]:
    """Run the marketplace on a copy of a migrated database."""
    clock = ManualClock(MOMENT - 45 * MINUTE)
    settings = Settings(
        database=databases.sqlite_url(folder, template), port=0, public_url=SHOP,
        fee_basis_points=500, payout_after=0, report_for=0, doors_before=DOORS_OPEN,
    )  # fmt: skip
    with utc(), endless_celebration(), Serving(settings, clock, rng=SeededRng()) as server:
        made = FrozenMarketplace(server, folder / "people", clock)
        for name in ("sofia", "ana", "ben", "carl", "olga"):
            made.account(name)
        made.make_admin("olga")
        made.stock()
        yield made
