"""The gate in tests: gus works there, tickets are sold, and the connection may break."""

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
from tests.client.gate.marketplace import FlakyTransport
from tests.entry_codes import set_entry_code
from tests.tui.marketplace import Marketplace, OffsetClock, wait_until
from tui.app import TicketingApp
from tui.gate.screen import GateScreen
from tui.session import LaunchOptions, UserSession


class SkippingClock(OffsetClock):
    """The system clock, which can be frozen and skipped forward."""

    skipped = 0.0
    frozen_at: float | None = None

    def monotonic(self) -> float:
        """Return the seconds, or those at which it is frozen."""
        return (super().monotonic() if self.frozen_at is None else self.frozen_at) + self.skipped


class SlowTransport(FlakyTransport):
    """A connection that can be cut, and that can delay some requests."""

    def __init__(self) -> None:
        super().__init__()
        self.blocked_path = ""
        self.released = threading.Event()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request, after a wait if its path is blocked."""
        if self.blocked_path and self.blocked_path in request.url.path:
            self.released.wait(10)
        return super().handle_request(request)


@dataclass
class GateHarness:
    """A gate and its marketplace."""

    marketplace: Marketplace
    tickets: dict[str, Ticket] = field(default_factory=dict)
    orders: dict[str, Order] = field(default_factory=dict)
    clock: SkippingClock = field(default_factory=SkippingClock)
    transport: SlowTransport = field(default_factory=SlowTransport)

    def sell(self, code: str, *, to: str = "ana", **details: Any) -> Ticket:
        """Sell a ticket whose entry code is `code`."""
        details.setdefault("seat", str(len(self.tickets) + 7))
        ticket = self.marketplace.list_ticket(**details)
        self.orders[code] = self.marketplace.buy(to, ticket)
        set_entry_code(self.marketplace.server.settings.database, ticket.id, code)
        self.tickets[code] = ticket
        return ticket

    def refund(self, code: str) -> None:
        """Refund a ticket, and wait until the refund is done."""
        with contextlib.closing(self.marketplace.api("olga")) as olga:
            olga.call(REFUND_ORDER, RefundOrder(), order_id=self.orders[code].id)
        with contextlib.closing(self.marketplace.api("ana")) as ana:
            while not any(one.refunded for one in ana.call(LIST_WALLET, PageQuery()).items):
                pass

    def hire(self, name: str = "gus") -> None:
        """Give a user access to the gate."""
        account = self.marketplace.account(name).account
        self.marketplace.make_admin()
        with contextlib.closing(self.marketplace.api("olga")) as olga:
            olga.call(SET_ROLE, SetRole(role=GrantedRole.GATE), user_id=account.id)

    @property
    def show_id(self) -> str:
        """The show of the first ticket that was sold."""
        return next(iter(self.tickets.values())).show.id

    def scan_elsewhere(self, code: str) -> None:
        """Admit a ticket at another entrance, on another machine."""
        with contextlib.closing(self.marketplace.api("gus")) as api:
            folder = self.marketplace.folder / "elsewhere"
            answer = Gate(api, folder, self.show_id, entrance="South").scan(code)
        assert answer is not None
        assert answer.verdict is Verdict.ADMITTED

    def counts(self) -> GateCounts:
        """Return the server's counts."""
        with contextlib.closing(self.marketplace.api("gus")) as api:
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
        """Open the app with a connection that can be cut."""
        session = UserSession(
            self.marketplace.env(name),
            LaunchOptions(**wishes),
            clock=self.clock,
            transport=self.transport,
        )
        app = TicketingApp(session, theme=wishes.get("theme"))
        app.animation_level = "none"
        try:
            async with app.run_test(size=size, notifications=True) as pilot:
                await wait_until(pilot, lambda: app.session.terms is not None or not learns)
                yield app, pilot
        finally:
            session.close()


async def open_gate(
    app: TicketingApp, pilot: Pilot[None], *, entrance: str = "North 2", show: str = ""
) -> GateScreen:
    """Open the gate of a show, or of the first one, and wait for its admission list."""
    await wait_until(pilot, lambda: app.session.is_staff)
    app.action_go("gate")
    await wait_until(pilot, lambda: isinstance(app.screen, GateScreen) and app.screen.is_mounted)
    screen = app.screen
    assert isinstance(screen, GateScreen)
    await wait_until(pilot, lambda: screen.show_picker.table.rows)
    if entrance:
        await pilot.press("e", *entrance, "enter")
    if show:
        screen.show_picker.table.select(show)
    await pilot.press("enter")
    await wait_until(
        pilot, lambda: screen.worker and screen.worker.admission_list and screen.counts_panel.counts
    )
    return screen


async def scan(pilot: Pilot[None], *codes: str) -> None:
    """Type codes as a scanner does, each ended by Enter, without waiting for answers."""
    for code in codes:
        await pilot.press(*code, "enter")
