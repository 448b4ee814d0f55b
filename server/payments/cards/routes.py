"""Saved cards' answers: save one, see how that goes, list them, have one forgotten."""

from __future__ import annotations

import asyncio

from contract.base import Empty, Page, PageQuery
from contract.cards import Card, CardSetup, CardSetupNotFound, SetupStatus
from contract.payments import PaymentRefused, PaymentsPaused
from server.payments import stripe
from server.payments.cards import service
from server.payments.cards.work import CardWork
from server.principal import Principal
from server.routing import AppContext
from server.tx import Tx

LAST = "crd_~"


class CardDesk:
    """Where saving a card begins: in one transaction, then with Stripe, then in another."""

    def __init__(self, work: CardWork) -> None:
        """Open pages with the same work the job does, so that either may be first."""
        self._work = work

    async def open(self, context: AppContext, setup: service.Setup) -> service.Setup:
        """Return a setup whose page is open. Raises PaymentRefused, PaymentsPaused."""
        if setup.status is not SetupStatus.NEW:
            return setup
        try:
            await asyncio.to_thread(self._work.open_page, context.bus, setup.id)
        except (stripe.Unsure, stripe.Locked) as failure:
            raise PaymentsPaused("No card can be saved right now.", retry_after=5) from failure
        except stripe.Refused as refused:
            raise PaymentRefused(f"The page for the card was refused: {refused}.") from refused
        return await context.bus.read(lambda tx: service.view(tx, setup_id=setup.id))

    async def add(self, context: AppContext, principal: Principal, body: Empty) -> CardSetup:
        """Open a page on which the principal saves a card."""
        user = principal.user_id
        setup = await context.bus.write(lambda tx: service.begin(tx, user_id=user), actor=user)
        opened = await self.open(context, setup)
        return await context.bus.read(lambda tx: service.told(tx, opened))


def view_setup(tx: Tx, principal: Principal, query: Empty, *, setup_id: str) -> CardSetup:
    """Show how the saving of one of the principal's cards goes."""
    setup = service.view(tx, setup_id=setup_id)
    if setup.user_id != principal.user_id:
        raise CardSetupNotFound
    return service.told(tx, setup)


def find(tx: Tx, principal: Principal, query: PageQuery) -> Page[Card]:
    """List the principal's cards, newest first."""
    found = service.find(
        tx, user_id=principal.user_id, before=query.cursor or LAST, most=query.limit + 1
    )
    cards = tuple(service.shown(tx, card) for card in found[: query.limit])
    return Page(items=cards, next=cards[-1].id if len(found) > query.limit else None)


def remove(tx: Tx, principal: Principal, body: Empty, *, card_id: str) -> Card:
    """Forget one of the principal's cards."""
    return service.shown(tx, service.remove(tx, user_id=principal.user_id, card_id=card_id))
