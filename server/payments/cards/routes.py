"""Saved cards' answers: save one, see how that goes, list them, have one forgotten."""

from __future__ import annotations

import asyncio

from contract.base import Empty, Page, PageQuery
from contract.cards import Card, CardSetup, CardSetupNotFound, SetupStatus
from contract.payments import PaymentRefused, PaymentsPaused
from server.caller import Caller
from server.payments import stripe
from server.payments.cards import service
from server.payments.cards.work import CardWork
from server.routing import Desk
from server.tx import Tx

LAST = "crd_~"


class CardDesk:
    """Where saving a card begins: in one transaction, then with Stripe, then in another."""

    def __init__(self, work: CardWork) -> None:
        """Open pages with the same work the job does, so that either may be first."""
        self._work = work

    async def open(self, desk: Desk, setup: service.Setup) -> service.Setup:
        """Return a setup whose page is open. Raises PaymentRefused, PaymentsPaused."""
        if setup.status is not SetupStatus.NEW:
            return setup
        try:
            await asyncio.to_thread(self._work.open_page, desk.bus, setup.id)
        except (stripe.Unsure, stripe.Locked) as failure:
            raise PaymentsPaused("No card can be saved right now.", retry_after=5) from failure
        except stripe.Refused as refused:
            raise PaymentRefused(f"The page for the card was refused: {refused}.") from refused
        return await desk.bus.read(lambda tx: service.view(tx, setup_id=setup.id))

    async def add(self, desk: Desk, caller: Caller, body: Empty) -> CardSetup:
        """Open a page on which the caller saves a card."""
        user = caller.user_id
        setup = await desk.bus.write(lambda tx: service.begin(tx, user_id=user), actor=user)
        opened = await self.open(desk, setup)
        return await desk.bus.read(lambda tx: service.told(tx, opened))


def view_setup(tx: Tx, caller: Caller, query: Empty, *, setup_id: str) -> CardSetup:
    """Show how the saving of one of the caller's cards goes."""
    setup = service.view(tx, setup_id=setup_id)
    if setup.user_id != caller.user_id:
        raise CardSetupNotFound
    return service.told(tx, setup)


def find(tx: Tx, caller: Caller, query: PageQuery) -> Page[Card]:
    """List the caller's cards, newest first."""
    found = service.find(
        tx, user_id=caller.user_id, before=query.cursor or LAST, most=query.limit + 1
    )
    cards = tuple(service.shown(tx, card) for card in found[: query.limit])
    return Page(items=cards, next=cards[-1].id if len(found) > query.limit else None)


def remove(tx: Tx, caller: Caller, body: Empty, *, card_id: str) -> Card:
    """Forget one of the caller's cards."""
    return service.shown(tx, service.remove(tx, user_id=caller.user_id, card_id=card_id))
