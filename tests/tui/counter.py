"""At the counter: orders, and cards that are typed on the payment page as a browser does."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

from textual.pilot import Pilot

from client.page import Page, Shown
from contract.cards import ADD_CARD, VIEW_CARD_SETUP, Card
from contract.endpoint import Body, Endpoint, Reply
from contract.orders import LIST_ORDERS, Order, OrdersQuery
from contract.tickets import Ticket
from tests.tui.buying import lock
from tests.tui.house import Market, quiet
from tui.app import TicketingApp
from tui.screens.checkout import Checkout

VISA = "4242424242424242"
#: Declined when it is typed on a page.
DECLINED = "4000000000000002"
#: Saved without a word, declined when charged.
SAVES_ONLY = "4000000000000341"
#: The bank asks each time.
ASKING = "4000002760003184"


def ask(
    market: Market, name: str, endpoint: Endpoint[Body, Reply], body: Body | None = None,
    **path: Any,
) -> Reply:  # fmt: skip
    """Do something as somebody, outside the app."""
    with contextlib.closing(market.api(name)) as api:
        return api.call(endpoint, body, **path)


def type_card(market: Market, url: str, number: str) -> Shown:
    """Type a card's number on a page; answer its bank."""
    with Page(market.server.url) as page:
        shown = page.open(url)
        form = {"card_number": number, "exp": "12/34", "cvc": "123"}
        shown = page.submit(form, to=shown.next)
        if shown.state == "challenge":
            shown = page.submit({"answer": "pass"}, to=shown.next)
        return shown


def save_card(market: Market, name: str, number: str) -> Card:
    """Save a card for somebody."""
    with contextlib.closing(market.api(name)) as api:
        setup = api.call(ADD_CARD)
        type_card(market, setup.url, number)
        while (card := api.call(VIEW_CARD_SETUP, setup_id=setup.id).card) is None:
            pass
        return card


def orders_of(market: Market, name: str) -> tuple[Order, ...]:
    """Return somebody's orders."""
    return ask(market, name, LIST_ORDERS, OrdersQuery(limit=100)).items


@contextlib.asynccontextmanager
async def at_checkout(
    market: Market, ticket: Ticket, **wishes: Any
) -> AsyncIterator[tuple[TicketingApp, Pilot[None], Checkout]]:
    """Open the app as ana, at the checkout of a ticket locked for her."""
    order = await asyncio.to_thread(lock, market, "ana", ticket.id)
    async with market.app("ana", **wishes) as (app, pilot):
        checkout = Checkout(order, ticket)
        app.push_screen(checkout)
        await quiet(pilot)
        yield app, pilot, checkout
