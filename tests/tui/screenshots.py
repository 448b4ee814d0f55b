"""The screenshots of the app, taken one after the other at one marketplace."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from textual.events import Paste
from textual.pilot import Pilot

from tests.tui.frozen_marketplace import SHOWS, FrozenMarketplace
from tests.tui.marketplace import screen_text, wait_for_idle, wait_for_text, wait_until
from tui.app import TicketingApp
from tui.widgets.virtual_table import VirtualTable

Act = Callable[[FrozenMarketplace, TicketingApp, Pilot[Any]], Awaitable[None]]
WIDE, SMALL = (120, 40), (80, 24)


@dataclass(frozen=True, kw_only=True)
class Screenshot:
    """One screenshot: the user, the size of the screen, and the steps before it."""

    name: str
    act: Act
    who: str | None = "ana"
    size: tuple[int, int] = WIDE
    theme: str = "night"


async def at_market(
    frozen_marketplace: FrozenMarketplace, app: TicketingApp, pilot: Pilot[Any]
) -> None:
    """Look at the market while one user locks a ticket and another buys one."""
    await wait_for_text(pilot, "MXN")
    if app.size.width < WIDE[0]:
        await pilot.press("enter")
    await wait_for_text(pilot, "available")
    third, fourth = frozen_marketplace.cheapest("Mexico")[2:4]
    await asyncio.to_thread(frozen_marketplace.lock, "ben", third)
    frozen_marketplace.server_clock.advance(97_000_000)
    order = await asyncio.to_thread(frozen_marketplace.lock, "carl", fourth)
    await asyncio.to_thread(frozen_marketplace.pay_and_wait, "carl", order)
    await wait_until(pilot, lambda: "SOLD" in screen_text(app) and "LOCKED" in screen_text(app))
    shows = app.screen.query_one("#shows", VirtualTable)
    await wait_until(pilot, lambda: shows.rows[0].on_sale == SHOWS[0].seats - 2)


async def at_ticket(_: FrozenMarketplace, app: TicketingApp, pilot: Pilot[Any]) -> None:
    """Open the cheapest ticket."""
    await wait_for_text(pilot, "MXN")
    await pilot.press("enter", "enter")
    await wait_until(pilot, lambda: getattr(app.screen, "scope", "") == "ticket")


async def at_checkout(
    frozen_marketplace: FrozenMarketplace, app: TicketingApp, pilot: Pilot[Any]
) -> None:
    """Lock it and see how to pay."""
    await at_ticket(frozen_marketplace, app, pilot)
    await pilot.press("b")
    await wait_until(pilot, lambda: len(app.screen_stack) == 3)
    await wait_for_idle(pilot)
    await pilot.press("tab", "enter")
    await wait_until(pilot, lambda: getattr(app.screen, "scope", "") == "checkout")
    await wait_for_text(pilot, "█▀▀▀▀▀█")


async def at_delivery(
    frozen_marketplace: FrozenMarketplace, app: TicketingApp, pilot: Pilot[Any]
) -> None:
    """Pay it."""
    await pilot.press("2")
    await wait_for_text(pilot, "awaiting payment")
    await pilot.press("enter")
    await wait_for_text(pilot, "█▀▀▀▀▀█")
    await asyncio.to_thread(
        frozen_marketplace.pay_and_wait, "ana", frozen_marketplace.orders("ana")[0]
    )
    await wait_until(pilot, lambda: "Paid with" in screen_text(app) and "Code" in screen_text(app))


async def at_wallet(_: FrozenMarketplace, _app: TicketingApp, pilot: Pilot[Any]) -> None:
    """Open the wallet."""
    await pilot.press("3")
    await wait_for_text(pilot, "Mexico")


async def at_bought(
    frozen_marketplace: FrozenMarketplace, app: TicketingApp, pilot: Pilot[Any]
) -> None:
    """Buy two tickets outside the app and look at them."""
    for show in ("Mexico", "Orfeo"):
        order = await asyncio.to_thread(
            frozen_marketplace.lock, "ana", frozen_marketplace.cheapest(show)[0]
        )
        await asyncio.to_thread(frozen_marketplace.pay_and_wait, "ana", order)
    await at_wallet(frozen_marketplace, app, pilot)
    await wait_for_text(pilot, "Orfeo")


async def at_gate_code(
    frozen_marketplace: FrozenMarketplace, app: TicketingApp, pilot: Pilot[Any]
) -> None:
    """Show the entry code."""
    await at_wallet(frozen_marketplace, app, pilot)
    await pilot.press("enter")
    await wait_for_idle(pilot)


async def at_resale(
    frozen_marketplace: FrozenMarketplace, app: TicketingApp, pilot: Pilot[Any]
) -> None:
    """Name a price for a ticket of the wallet."""
    await at_bought(frozen_marketplace, app, pilot)
    await pilot.press("s")
    await wait_for_text(pilot, "you receive")


async def at_claim_code(
    frozen_marketplace: FrozenMarketplace, app: TicketingApp, pilot: Pilot[Any]
) -> None:
    """Give a ticket to somebody without an account."""
    await at_bought(frozen_marketplace, app, pilot)
    await pilot.press("t")
    await wait_for_text(pilot, "Days to accept it")
    await pilot.press(*"dora@example.org", "enter", "enter")
    await wait_for_text(pilot, "It is not shown again.")


async def at_offers(
    frozen_marketplace: FrozenMarketplace, app: TicketingApp, pilot: Pilot[Any]
) -> None:
    """Look at a ticket that somebody offers."""
    ticket = frozen_marketplace.cheapest("Hannah")[0]
    order = await asyncio.to_thread(frozen_marketplace.lock, "carl", ticket)
    await asyncio.to_thread(frozen_marketplace.pay_and_wait, "carl", order)
    await asyncio.to_thread(frozen_marketplace.give, "carl", ticket, "ana@example.org")
    await at_bought(frozen_marketplace, app, pilot)
    await pilot.press("o")
    await wait_for_text(pilot, "Tickets offered to you", "Hannah Gadsby")


async def at_selling(_: FrozenMarketplace, _app: TicketingApp, pilot: Pilot[Any]) -> None:
    """Start to sell a ticket."""
    await wait_for_text(pilot, "MXN")
    await pilot.press("n")
    await wait_for_idle(pilot)


async def at_operator(
    frozen_marketplace: FrozenMarketplace, app: TicketingApp, pilot: Pilot[Any]
) -> None:
    """Watch the server at work."""
    await wait_until(pilot, lambda: app.session.is_admin)
    await pilot.press("4")
    await wait_until(pilot, lambda: getattr(app.screen, "scope", "") == "operator")
    await wait_for_idle(pilot)
    order = await asyncio.to_thread(
        frozen_marketplace.lock, "ben", frozen_marketplace.cheapest("Orfeo")[0]
    )
    await asyncio.to_thread(frozen_marketplace.pay_and_wait, "ben", order)
    await wait_until(
        pilot, lambda: "payment.created" in screen_text(app) and "10/min" in screen_text(app)
    )
    await wait_for_idle(pilot)
    app.screen.tick()  # type: ignore[attr-defined]  # the counts above follow each second
    await pilot.pause()


async def at_gate(
    frozen_marketplace: FrozenMarketplace, app: TicketingApp, pilot: Pilot[Any]
) -> None:
    """Admit two tickets, and the second one once more."""
    await wait_until(pilot, lambda: app.session.is_staff)
    await pilot.press("5")
    await wait_for_text(pilot, "Mexico")
    await pilot.press("enter")
    codes = await asyncio.to_thread(frozen_marketplace.codes, "ben", "Mexico")
    await wait_until(pilot, lambda: "READY" in screen_text(app) or "inside" in screen_text(app))
    for code in (codes[0], codes[1], codes[0]):
        await wait_for_idle(pilot)
        frozen_marketplace.server_clock.advance(3_000_000)
        app.post_message(Paste(code))
        await pilot.press("enter")
        await wait_for_idle(pilot)
    await wait_until(pilot, lambda: "already inside" in screen_text(app).lower())


SCREENSHOTS = (
    Screenshot(name="market", act=at_market),
    Screenshot(name="ticket", act=at_ticket),
    Screenshot(name="checkout", act=at_checkout, size=SMALL),
    Screenshot(name="delivered", act=at_delivery, size=SMALL),
    Screenshot(name="wallet", act=at_gate_code, size=SMALL),
    Screenshot(name="sell", act=at_selling, size=WIDE),
    Screenshot(name="operator", act=at_operator, who="olga"),
    Screenshot(name="gate", act=at_gate, who="olga", size=SMALL),
)
