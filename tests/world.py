"""World: a whole application without sockets, with a manual clock and seeded randomness."""

from __future__ import annotations

import asyncio
import random
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from contract.auth import Role
from contract.base import Request
from contract.endpoint import Endpoint
from contract.feed import AnyEvent
from contract.orders import PLACE_ORDER, VIEW_ORDER, Order, PlacedOrder, PlaceOrder
from contract.shows import Category, ShowDetails
from contract.tickets import CREATE_TICKET, VIEW_TICKET, CreateTicket, Price, Ticket
from db.audit import audit
from db.engine import open_database
from db.types import from_us
from server.app import Application
from server.auth import service as auth
from server.auth import tokens
from server.expiration import expire_due
from server.feed import after, entry
from server.jobs import claim
from server.principal import Principal
from server.routing import HttpRequest, MultiStepRoute, RawRoute, Route
from server.settings import Settings
from server.tx import Tx
from tests.clock import DOORS_OPEN, START, ManualClock
from tests.places import local

T = TypeVar("T")
Body = TypeVar("Body", bound=Request)
Reply = TypeVar("Reply")

CARD = "4242424242424242"
DECLINED = "4000000000000002"
DAY = 24 * 3600 * 1_000_000


class World:
    """An application, its users, its payment sandbox and its clock."""

    def __init__(self, url: str, *, seed: int = 1, sandbox: Path | str = ":memory:") -> None:
        self.clock = ManualClock()
        self.settings = Settings(
            database=url,
            public_url="http://shop.test",
            sandbox_database=str(sandbox),
            doors_before=DOORS_OPEN,
        )
        database = open_database(url, on_fatal_error=lambda _: None)
        self.app = Application(
            self.settings, database=database, clock=self.clock, rng=random.Random(seed)
        )
        self.bus = self.app.bus
        self.payments = self.app.payments
        sandbox_now = self.payments.sandbox
        assert sandbox_now is not None
        self.sandbox = sandbox_now
        self.sandbox.deliver = self.payments.receive
        routes = self.app.routes()
        self._routes = {
            route.endpoint.path + route.endpoint.method: route
            for route in routes
            if isinstance(route, Route | MultiStepRoute)
        }
        self._pages = [route for route in routes if isinstance(route, RawRoute)]

    def close(self) -> None:
        self.app.close()

    def user(self, name: str, *, admin: bool = False) -> Principal:
        """Create an account without the slow password hash."""
        token = tokens.new(self.bus.rng)
        signed = self.bus.write_now(
            lambda tx: auth.sign_up(
                tx, email=f"{name}@example.org", password_hash="x", client="test", token=token
            )
        )
        if admin:
            self.bus.write_now(lambda tx: auth.grant_admin(tx, email=f"{name}@example.org"))
        role = Role.ADMIN if admin else Role.MEMBER
        return Principal(user_id=signed.account.id, role=role, session_id="ses_test")

    def call(
        self,
        endpoint: Endpoint[Body, Reply],
        principal: Principal,
        body: Body | None = None,
        **path: Any,
    ) -> Reply:
        """Call an endpoint as the HTTP handler does, in its own transaction."""
        route = self._routes[endpoint.path + endpoint.method]
        request = endpoint.request() if body is None else body
        if endpoint.if_match:
            path.setdefault("if_match", None)
        if isinstance(route, MultiStepRoute):
            reply = asyncio.run(self._multi_step(route, principal, request, path))
        elif endpoint.writes:
            reply = self.bus.write_now(
                lambda tx: route.handler(tx, principal, request, **path), actor=principal.user_id
            )
        else:
            reply = self.bus.read_now(lambda tx: route.handler(tx, principal, request, **path))
        value: Reply = reply
        return value

    async def _multi_step(
        self, route: MultiStepRoute, principal: Principal, body: Any, path: dict[str, Any]
    ) -> Any:
        self.bus.attach(asyncio.get_running_loop())
        try:
            return await route.handler(self.app.context, principal, body, **path)
        finally:
            self.bus.detach()

    def list_ticket(self, seller: Principal, **changes: Any) -> Ticket:
        """List a ticket for a show in thirty days."""
        starts_at = changes.pop("starts_at", from_us(START) + timedelta(days=30))
        body = CreateTicket(
            show=ShowDetails(
                name=changes.pop("show", "Curaçao v Haïti"), category=Category.SPORTS,
                venue="Estadio", city="Willemstad", country="CW", starts_at=local(starts_at, "CW"),
            ),
            section="A", row="1", seat=changes.pop("seat", str(self.bus.rng.getrandbits(60))),
            price=Price(amount=changes.pop("amount", 4500), currency="EUR"), **changes,
        )  # fmt: skip
        return self.call(CREATE_TICKET, seller, body)

    def lock(self, buyer: Principal, ticket: Ticket) -> PlacedOrder:
        """Place an order."""
        return self.call(PLACE_ORDER, buyer, PlaceOrder(ticket_id=ticket.id))

    def order(self, buyer: Principal, order: Order) -> Order:
        """Read an order again."""
        return self.call(VIEW_ORDER, buyer, order_id=order.id)

    def ticket(self, ticket: Ticket) -> Ticket:
        """Read a ticket again."""
        return self.call(VIEW_TICKET, Principal(), ticket_id=ticket.id)

    def pass_time(self, us: int) -> None:
        """Let time pass, expire what is due, and do the work that follows."""
        self.clock.advance(us)
        while self.bus.write_now(expire_due, actor="expiration"):
            pass
        self.work()

    def work(self) -> None:
        """Deliver the sandbox's webhooks and run due jobs until nothing is left to do now."""
        while self.sandbox.pump() + self._run_jobs():
            pass

    def _run_jobs(self) -> int:
        claimed = self.bus.write_now(claim, actor="jobs")
        for job in claimed:
            self.app.runner.perform(job)
        return len(claimed)

    def visit(self, method: str, url: str, body: str = "", accept: str = "text/html") -> Any:
        """Request a page as a browser does, and return its HttpResponse."""
        path = url.removeprefix(self.settings.public_url)
        for route in self._pages:
            if route.method == method:
                names = _matches(route.path, path)
                if names is not None:
                    request = HttpRequest(names, {"Accept": accept}, body.encode())
                    return asyncio.run(self._visit(route, request))
        msg = f"no page at {method} {path}"
        raise LookupError(msg)

    async def _visit(self, route: RawRoute, request: HttpRequest) -> Any:
        self.bus.attach(asyncio.get_running_loop())
        try:
            return await route.handler(request)
        finally:
            self.bus.detach()

    def pay(self, order: Order, card: str = CARD) -> str:
        """Pay in a browser, do the work that follows, and return the state of the page."""
        page = self.visit("GET", order.payment_url).headers["Location"]
        form = f"card_number={card}&exp=12%2F34&cvc=123"
        response = self.visit("POST", page, form, "application/json")
        self.work()
        state: str = msgspec.json.decode(response.body)["state"]
        return state

    def events(self, entity_id: str | None = None) -> list[AnyEvent]:
        """Return the events in the log, all or those about one entity."""

        def read(tx: Tx) -> list[AnyEvent]:
            found, position = [], (0, 0)
            while rows := after(tx, position=position):
                found += [entry(row).event for row in rows]
                position = (rows[-1][0], rows[-1][1])
            return found

        return [each for each in self.bus.read_now(read) if entity_id in (None, each.id)]

    def names(self, entity_id: str | None = None) -> list[str]:
        """Return the names of the events in the log, in order."""
        return [event.name for event in self.events(entity_id)]

    def sound(self) -> bool:
        """Return True if the audit finds nothing; fail with its findings otherwise."""
        found = self.bus.database.read(audit)
        assert not found, found
        return True

    def with_settings(self, **changes: Any) -> None:
        """Change settings of the running application."""
        self.settings = msgspec.structs.replace(self.settings, **changes)
        self.bus.settings = self.settings


def _matches(pattern: str, path: str) -> dict[str, str] | None:
    parts, given = pattern.split("/"), path.split("/")
    if len(parts) != len(given):
        return None
    names: dict[str, str] = {}
    for part, value in zip(parts, given, strict=True):
        if part.startswith("{"):
            names[part[1:-1]] = value
        elif part != value:
            return None
    return names
