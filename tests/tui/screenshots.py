"""Shoots: what the app's pictures show, one after the other at one marketplace."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from textual.events import Paste
from textual.pilot import Pilot

from tests.tui.frozen_marketplace import SHOWS, Scene
from tests.tui.marketplace import dump, quiet, says, until
from tui.app import TicketingApp
from tui.widgets.virtual_table import VirtualTable

Act = Callable[[Scene, TicketingApp, Pilot[Any]], Awaitable[None]]
WIDE, SMALL = (120, 40), (80, 24)


@dataclass(frozen=True, kw_only=True)
class Shoot:
    """One picture: who looks, how large the screen is, and what is done before."""

    name: str
    act: Act
    who: str | None = "ana"
    size: tuple[int, int] = WIDE
    theme: str = "night"


async def at_market(scene: Scene, app: TicketingApp, pilot: Pilot[Any]) -> None:
    """Look at the market while somebody locks a ticket and somebody else buys one."""
    await says(pilot, "MXN")
    if app.size.width < WIDE[0]:
        await pilot.press("enter")
    await says(pilot, "available")
    third, fourth = scene.cheapest("Mexico")[2:4]
    await asyncio.to_thread(scene.lock, "ben", third)
    scene.moved.advance(97_000_000)
    order = await asyncio.to_thread(scene.lock, "carl", fourth)
    await asyncio.to_thread(scene.settle, "carl", order)
    await until(pilot, lambda: "SOLD" in dump(app) and "LOCKED" in dump(app))
    shows = app.screen.query_one("#shows", VirtualTable)
    await until(pilot, lambda: shows.rows[0].on_sale == SHOWS[0].seats - 2)


async def at_ticket(_: Scene, app: TicketingApp, pilot: Pilot[Any]) -> None:
    """Open the cheapest ticket."""
    await says(pilot, "MXN")
    await pilot.press("enter", "enter")
    await until(pilot, lambda: getattr(app.screen, "scope", "") == "ticket")


async def at_checkout(scene: Scene, app: TicketingApp, pilot: Pilot[Any]) -> None:
    """Lock it and see how it is paid."""
    await at_ticket(scene, app, pilot)
    await pilot.press("b")
    await until(pilot, lambda: len(app.screen_stack) == 3)
    await quiet(pilot)
    await pilot.press("tab", "enter")
    await until(pilot, lambda: getattr(app.screen, "scope", "") == "checkout")
    await says(pilot, "█▀▀▀▀▀█")


async def at_delivery(scene: Scene, app: TicketingApp, pilot: Pilot[Any]) -> None:
    """Pay it, and have it."""
    await pilot.press("2")
    await says(pilot, "awaiting payment")
    await pilot.press("enter")
    await says(pilot, "█▀▀▀▀▀█")
    await asyncio.to_thread(scene.settle, "ana", scene.orders("ana")[0])
    await until(pilot, lambda: "Paid with" in dump(app) and "Code" in dump(app))


async def at_wallet(_: Scene, _app: TicketingApp, pilot: Pilot[Any]) -> None:
    """Look at what was bought."""
    await pilot.press("3")
    await says(pilot, "Mexico")


async def at_bought(scene: Scene, app: TicketingApp, pilot: Pilot[Any]) -> None:
    """Buy two tickets behind the app's back and look at them."""
    for show in ("Mexico", "Orfeo"):
        order = await asyncio.to_thread(scene.lock, "ana", scene.cheapest(show)[0])
        await asyncio.to_thread(scene.settle, "ana", order)
    await at_wallet(scene, app, pilot)
    await says(pilot, "Orfeo")


async def at_gate_code(scene: Scene, app: TicketingApp, pilot: Pilot[Any]) -> None:
    """Show the code for the gate."""
    await at_wallet(scene, app, pilot)
    await pilot.press("enter")
    await quiet(pilot)


async def at_selling(_: Scene, _app: TicketingApp, pilot: Pilot[Any]) -> None:
    """Begin to sell a ticket."""
    await says(pilot, "MXN")
    await pilot.press("n")
    await quiet(pilot)


async def at_operator(scene: Scene, app: TicketingApp, pilot: Pilot[Any]) -> None:
    """Watch the house work."""
    await until(pilot, lambda: app.session.is_admin)
    await pilot.press("4")
    await until(pilot, lambda: getattr(app.screen, "scope", "") == "operator")
    await quiet(pilot)
    order = await asyncio.to_thread(scene.lock, "ben", scene.cheapest("Orfeo")[0])
    await asyncio.to_thread(scene.settle, "ben", order)
    await until(pilot, lambda: "payment.created" in dump(app) and "9/min" in dump(app))
    await quiet(pilot)
    app.screen.tick()  # type: ignore[attr-defined]  # the counts above follow each second
    await pilot.pause()


async def at_gate(scene: Scene, app: TicketingApp, pilot: Pilot[Any]) -> None:
    """Let two people in, and the second one not again."""
    await until(pilot, lambda: app.session.is_staff)
    await pilot.press("5")
    await says(pilot, "Mexico")
    await pilot.press("enter")
    codes = await asyncio.to_thread(scene.codes, "ben", "Mexico")
    await until(pilot, lambda: "READY" in dump(app) or "inside" in dump(app))
    for code in (codes[0], codes[1], codes[0]):
        await quiet(pilot)
        scene.moved.advance(3_000_000)
        app.post_message(Paste(code))
        await pilot.press("enter")
        await quiet(pilot)
    await until(pilot, lambda: "already inside" in dump(app).lower())


SHOOTS = (
    Shoot(name="market", act=at_market),
    Shoot(name="ticket", act=at_ticket),
    Shoot(name="checkout", act=at_checkout, size=SMALL),
    Shoot(name="delivered", act=at_delivery, size=SMALL),
    Shoot(name="wallet", act=at_gate_code, size=SMALL),
    Shoot(name="sell", act=at_selling, size=WIDE),
    Shoot(name="operator", act=at_operator, who="olga"),
    Shoot(name="gate", act=at_gate, who="olga", size=SMALL),
)
