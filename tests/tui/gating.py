"""Gating: gus works at a gate, tickets were sold, and the line to the house may break."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import httpx
from textual.pilot import Pilot

from client.gate import Gate
from contract.auth import SET_ROLE, GrantedRole, SetRole
from contract.base import PageQuery
from contract.gate import VIEW_GATE, GateCounts, Verdict
from contract.orders import LIST_WALLET, Order
from contract.refunds import REFUND_ORDER, RefundOrder
from contract.tickets import Ticket
from tests.client.gate.house import Wire
from tests.tui.house import Later, Market, until
from tui.app import TicketingApp
from tui.screens.gate import Gate as GateScreen
from tui.session import Session, Wishes


class Skipping(Later):
    """The machine's clock, which may stand still, and may leap."""

    leapt = 0.0
    stands_at: float | None = None

    def monotonic(self) -> float:
        """Return the seconds, or those at which it stands."""
        return (super().monotonic() if self.stands_at is None else self.stands_at) + self.leapt


class Slow(Wire):
    """A line that can be cut, and on which some requests can be held up."""

    def __init__(self) -> None:
        super().__init__()
        self.held_up = ""
        self.let_go = threading.Event()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Carry a request, after waiting if it is one to be held up."""
        if self.held_up and self.held_up in request.url.path:
            self.let_go.wait(10)
        return super().handle_request(request)


@dataclass
class Door:
    """A gate with people before it."""

    market: Market
    tickets: dict[str, Ticket] = field(default_factory=dict)
    orders: dict[str, Order] = field(default_factory=dict)
    clock: Skipping = field(default_factory=Skipping)
    wire: Slow = field(default_factory=Slow)

    def sells(self, code: str, *, to: str = "ana", **details: Any) -> Ticket:
        """Sell a ticket that has this code."""
        details.setdefault("seat", str(len(self.tickets) + 7))
        ticket = self.market.list(code=code, **details)
        self.orders[code] = self.market.buy(to, ticket)
        self.tickets[code] = ticket
        return ticket

    def refunds(self, code: str) -> None:
        """Send the money for a ticket back, and wait until it went."""
        with contextlib.closing(self.market.api("olga")) as olga:
            olga.call(REFUND_ORDER, RefundOrder(), order_id=self.orders[code].id)
        with contextlib.closing(self.market.api("ana")) as ana:
            while not any(one.refunded for one in ana.call(LIST_WALLET, PageQuery()).items):
                pass

    def hires(self, name: str = "gus") -> None:
        """Let somebody work at the gate."""
        account = self.market.meet(name).account
        self.market.hire()
        with contextlib.closing(self.market.api("olga")) as olga:
            olga.call(SET_ROLE, SetRole(role=GrantedRole.GATE), user_id=account.id)

    @property
    def show_id(self) -> str:
        """The show of the first ticket that was sold."""
        return next(iter(self.tickets.values())).show.id

    def scans_elsewhere(self, code: str) -> None:
        """Let somebody in at another entrance, on another machine."""
        with contextlib.closing(self.market.api("gus")) as api:
            folder = self.market.folder / "elsewhere"
            answer = Gate(api, folder, self.show_id, gate="South").scan(code)
        assert answer is not None
        assert answer.verdict is Verdict.ADMITTED

    def counts(self) -> GateCounts:
        """Return what the house counts."""
        with contextlib.closing(self.market.api("gus")) as api:
            return api.call(VIEW_GATE, show_id=self.show_id)

    @contextlib.asynccontextmanager
    async def app(
        self,
        name: str = "gus",
        *,
        size: tuple[int, int] = (120, 40),
        learns: bool = True,
        **wishes: Any,
    ) -> AsyncIterator[tuple[TicketingApp, Pilot[None]]]:
        """Open the app with a line that can be cut."""
        session = Session(
            self.market.env(name), Wishes(**wishes), clock=self.clock, transport=self.wire
        )
        app = TicketingApp(session, theme=wishes.get("theme"))
        app.animation_level = "none"
        try:
            async with app.run_test(size=size, notifications=True) as pilot:
                await until(pilot, lambda: app.session.terms is not None or not learns)
                yield app, pilot
        finally:
            session.close()


async def enter(
    app: TicketingApp, pilot: Pilot[None], *, entrance: str = "North 2", show: str = ""
) -> GateScreen:
    """Go to the gate of a show, else of the first that comes, and wait for its list."""
    await until(pilot, lambda: app.session.is_staff)
    app.action_go("gate")
    await until(pilot, lambda: isinstance(app.screen, GateScreen) and app.screen.is_mounted)
    screen = app.screen
    assert isinstance(screen, GateScreen)
    await until(pilot, lambda: screen.doors.board.rows)
    if entrance:
        await pilot.press("e", *entrance, "enter")
    if show:
        screen.doors.board.select(show)
    await pilot.press("enter")
    await until(pilot, lambda: screen.turnstile and screen.turnstile.roll and screen.counts)
    return screen


async def scan(pilot: Pilot[None], *codes: str) -> None:
    """Type codes as a scanner does, each ended by enter, and wait for no answer."""
    for code in codes:
        await pilot.press(*code, "enter")
