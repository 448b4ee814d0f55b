"""A marketplace with users and shows, and the app opened on it without a terminal."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from textual.pilot import Pilot
from textual.worker import WorkerCancelled

from client.api import Api
from client.clock import Clock
from client.credentials import Credentials, TokenOwner
from client.hosted_page import HostedPageState, PageClient, PageView
from contract.auth import SIGN_UP, SignedIn, SignUp
from contract.cards import ADD_CARD, VIEW_CARD_SETUP, Card
from contract.endpoint import Body, Endpoint, Reply
from contract.orders import (
    ENDED_STATUSES,
    LIST_ORDERS,
    PLACE_ORDER,
    VIEW_ORDER,
    Order,
    OrdersQuery,
    PlaceOrder,
)
from contract.payments import START_PAYMENT
from contract.shows import Category, ShowDetails
from contract.tickets import (
    CREATE_TICKET,
    RELIST_TICKET,
    CreateTicket,
    Price,
    RelistTicket,
    Ticket,
)
from contract.transfers import OFFER_TRANSFER, OfferTransfer, TransferOffer
from server import control_socket
from tests.conftest import Server
from tests.world import CARD
from tui.app import TicketingApp
from tui.feed_listener import ConnectionState
from tui.session import LaunchOptions, UserSession

PASSWORD = "correct horse battery staple"
AZTECA = ("Mexico v South Africa", "Estadio Azteca", "Mexico City", "MX", -6)
LYON = ("L'Arlésienne", "Auditorium", "Lyon", "FR", 2)
DELHI = ("Ravi Shankar Tribute", "Siri Fort", "New Delhi", "IN", 5.5)
#: Long after any test run.
START = datetime(2031, 6, 8, 13, 0, tzinfo=UTC)


class OffsetClock(Clock):
    """The system clock, which a test can move forward for the app only."""

    offset = timedelta()

    def now(self) -> datetime:
        """Return the current time plus the offset."""
        return super().now() + self.offset


@dataclass
class Marketplace:
    """Users of one server, each with a settings folder of their own."""

    server: Server
    folder: Path
    people: dict[str, SignedIn] = field(default_factory=dict)
    clock: Clock = field(default_factory=OffsetClock)
    #: The day from which shows are counted.
    start: datetime = START

    def api(self, name: str | None = None) -> Api:
        """Connect to the server as a user, or anonymously."""
        return Api(self.server.url, self.account(name).token if name else None)

    def account(self, name: str) -> SignedIn:
        """Return a user's sign-in; sign the user up at the first call."""
        if name not in self.people:
            with contextlib.closing(Api(self.server.url)) as nobody:
                body = SignUp(email=f"{name}@example.org", password=PASSWORD)
                self.people[name] = nobody.call(SIGN_UP, body)
        return self.people[name]

    def call(
        self, name: str, endpoint: Endpoint[Body, Reply], body: Body | None = None, **path: Any
    ) -> Reply:
        """Call an endpoint as a user, outside the app."""
        with contextlib.closing(self.api(name)) as api:
            return api.call(endpoint, body, **path)

    def make_admin(self, name: str = "olga") -> None:
        """Make a user an operator."""
        self.account(name)
        control_socket.run_command(self.server.settings, "grant-admin", f"{name}@example.org")

    def list_ticket(
        self, show: tuple[str, str, str, str, float] = AZTECA, **changes: Any
    ) -> Ticket:
        """List a ticket, by default as sofia."""
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
        return self.call(changes.get("seller", "sofia"), CREATE_TICKET, body)

    def lock(self, name: str, ticket: Ticket) -> Order:
        """Lock a ticket for a user."""
        return self.call(name, PLACE_ORDER, PlaceOrder(ticket_id=ticket.id))

    def pay(self, name: str, order: Order, card: str = CARD) -> PageView:
        """Pay a user's order on the sandbox's page, and return what the page shows then."""
        return self.type_card(self.call(name, START_PAYMENT, order_id=order.id).url, card)

    def pay_and_wait(self, name: str, order: Order) -> Order:
        """Pay a user's order, wait until it is final, and return it."""
        self.pay(name, order)
        while order.status not in ENDED_STATUSES:
            order = self.call(name, VIEW_ORDER, order_id=order.id)
        return order

    def buy(self, name: str, ticket: Ticket) -> Order:
        """Lock a ticket for a user and pay it."""
        return self.pay_and_wait(name, self.lock(name, ticket))

    def relist(self, name: str, ticket: Ticket, amount: int = 150_000) -> Ticket:
        """Put a user's own ticket on sale."""
        body = RelistTicket(price=Price(amount=amount, currency=ticket.price.currency))
        return self.call(name, RELIST_TICKET, body, ticket_id=ticket.id)

    def give(self, name: str, ticket: Ticket, to: str) -> TransferOffer:
        """Offer a user's own ticket to an address."""
        return self.call(name, OFFER_TRANSFER, OfferTransfer(to=to), ticket_id=ticket.id)

    def orders(self, name: str) -> tuple[Order, ...]:
        """Return a user's orders, the newest first."""
        return self.call(name, LIST_ORDERS, OrdersQuery(limit=100)).items

    def save_card(self, name: str, number: str = CARD) -> Card:
        """Save a card for a user."""
        setup = self.call(name, ADD_CARD)
        self.type_card(setup.url, number)
        while (card := self.call(name, VIEW_CARD_SETUP, setup_id=setup.id).card) is None:
            pass
        return card

    def type_card(self, url: str, number: str = CARD) -> PageView:
        """Enter a card on a page, as a browser does, and confirm it at the bank."""
        with PageClient(self.server.url) as page:
            shown = page.open(url)
            form = {"card_number": number, "exp": "12/34", "cvc": "123"}
            shown = page.submit(form, to=shown.next)
            if shown.state is HostedPageState.CHALLENGE:
                shown = page.submit({"answer": "pass"}, to=shown.next)
            return shown

    def env(self, name: str | None) -> dict[str, str]:
        """Return the settings of a signed-in user, or of an anonymous one."""
        folder = self.folder / (name or "stranger")
        env = {
            "TICKETING_SERVER": self.server.url, "TICKETING_CONFIG_DIR": str(folder),
            "TICKETING_CREDENTIAL_STORE": "file",
        }  # fmt: skip
        if name:
            signed = self.account(name)
            who = TokenOwner(email=signed.account.email, account_id=signed.account.id)
            Credentials(folder, env, preference="file").store(self.server.url, signed.token, who)
        return env

    @contextlib.asynccontextmanager
    async def app(
        self, name: str | None = None, *, size: tuple[int, int] = (120, 40), **wishes: Any
    ) -> AsyncIterator[tuple[TicketingApp, Pilot[None]]]:
        """Open the app as a user, and wait until it has loaded what it shows."""
        session = UserSession(self.env(name), LaunchOptions(**wishes), clock=self.clock)
        app = TicketingApp(session, theme=wishes.get("theme"))
        app.animation_level = "none"
        try:
            async with app.run_test(size=size, notifications=True) as pilot:
                await wait_until(pilot, lambda: app.session.terms is not None)
                await wait_until(pilot, lambda: app.session.feed.state is ConnectionState.ONLINE)
                await wait_for_idle(pilot)
                yield app, pilot
        finally:
            await asyncio.to_thread(session.close)


def advance_app_clock(marketplace: Marketplace, by: timedelta) -> None:
    """Move the app's clock forward."""
    assert isinstance(marketplace.clock, OffsetClock)
    marketplace.clock.offset = by


async def wait_until(
    pilot: Pilot[Any], condition: Callable[[], object], *, seconds: float = 30.0
) -> None:
    """Wait until a condition holds and the screen is drawn completely.

    A failure shows what was on the screen.
    """
    loop = asyncio.get_running_loop()
    end = loop.time() + seconds
    while not condition():
        assert loop.time() < end, f"waited {seconds} s in vain\n{screen_text(pilot.app)}"
        await pilot.pause(0.01)
    await pilot.pause()


async def wait_for_text(pilot: Pilot[Any], *words: str) -> str:
    """Wait until all of these texts are on the screen; return the screen as plain text."""
    await wait_until(pilot, lambda: all(word in screen_text(pilot.app) for word in words))
    return screen_text(pilot.app)


async def wait_for_idle(pilot: Pilot[Any]) -> None:
    """Wait until no request is running."""
    await pilot.pause()
    while running := [w for w in pilot.app.workers if w.name != "tick" and not w.is_finished]:
        with contextlib.suppress(WorkerCancelled):  # a newer request of its kind replaces it
            await pilot.app.workers.wait_for_complete(running)
    await pilot.pause()


def screen_text(app: Any) -> str:
    """Return the screen as plain text."""
    height = app.size.height
    lines = app.screen._compositor.render_strips()  # noqa: SLF001  what is drawn, without a terminal
    return "\n".join("".join(segment.text for segment in line).rstrip() for line in lines[:height])
