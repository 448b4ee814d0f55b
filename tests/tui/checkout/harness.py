"""The checkout in tests: orders, and cards entered on the payment page as a browser does."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

from textual.pilot import Pilot

from contract.tickets import Ticket
from tests.tui.marketplace import Marketplace, wait_for_idle
from tui.app import TicketingApp
from tui.checkout.screen import CheckoutScreen

VISA = "4242424242424242"
#: Declined when it is entered on a page.
DECLINED = "4000000000000002"
#: Can be saved, declined when charged.
SAVES_ONLY = "4000000000000341"
#: The bank requires confirmation each time.
ASKING = "4000002760003184"


@contextlib.asynccontextmanager
async def at_checkout(
    marketplace: Marketplace, ticket: Ticket, **wishes: Any
) -> AsyncIterator[tuple[TicketingApp, Pilot[None], CheckoutScreen]]:
    """Open the app as ana, at the checkout of a ticket locked for her."""
    order = await asyncio.to_thread(marketplace.lock, "ana", ticket)
    async with marketplace.app("ana", **wishes) as (app, pilot):
        checkout = CheckoutScreen(order, ticket)
        app.push_screen(checkout)
        await wait_for_idle(pilot)
        yield app, pilot, checkout
