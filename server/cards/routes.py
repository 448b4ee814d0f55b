"""The endpoints of saved cards, and the short link to the page on which a card is saved."""

from __future__ import annotations

from contract.base import Empty, Page, PageQuery
from contract.cards import Card, CardSetup, CardSetupNotFound, CardSetupStatus
from contract.payments import PaymentRefused, PaymentsPaused
from contract.problems import Problem
from server import browser_page, paging, stripe
from server.cards import service
from server.cards.jobs import CardJobs
from server.cards.service import CardSetupRecord
from server.principal import Principal
from server.routing import AppContext, HttpRequest, HttpResponse
from server.tx import Tx

LAST = "crd_~"
SAVED = ("Saved", "Your card is saved. Return to your terminal.")
EXPIRED = ("Expired", "This link has expired. No card was saved.")


class CardRoutes:
    """The endpoints that call Stripe between their transactions."""

    def __init__(self, context: AppContext, jobs: CardJobs) -> None:
        """Open pages with the same code as the job does, so that either may come first."""
        self._context = context
        self._jobs = jobs

    async def add(self, context: AppContext, principal: Principal, body: Empty) -> CardSetup:
        """Open a page on which the principal saves a card."""
        user = principal.user_id
        setup = await context.bus.write(lambda tx: service.begin(tx, user_id=user), actor=user)
        opened = await self._open(setup)
        return await context.bus.read(lambda tx: service.setup_to_contract(tx, opened))

    async def follow_link(self, request: HttpRequest) -> HttpResponse:
        """Redirect `/c/CODE` to the page on which a card is saved, or say why there is none."""

        def find(tx: Tx) -> tuple[CardSetupRecord, bool]:
            setup = service.setup_by_code(tx, code=request.path["code"])
            return setup, setup.expires_us > tx.now_us

        try:
            setup, in_time = await self._context.bus.read(find)
        except CardSetupNotFound:
            return browser_page.message(404, "Not found", "This link leads nowhere.")
        if in_time:
            try:
                setup = await self._open(setup)
            except PaymentRefused:
                return browser_page.message(410, *EXPIRED)
            except Problem as problem:
                return browser_page.message(503, "Try again shortly", problem.detail)
        if setup.status is CardSetupStatus.DONE:
            return browser_page.message(410, *SAVED)
        if not in_time or setup.status is not CardSetupStatus.OPEN:
            return browser_page.message(410, *EXPIRED)
        return browser_page.redirect(str(setup.page_url))

    async def _open(self, setup: CardSetupRecord) -> CardSetupRecord:
        """Return a setup whose page is open. Raises PaymentRefused, PaymentsPaused, Busy."""
        if setup.status is not CardSetupStatus.NEW:
            return setup
        bus = self._context.bus
        try:
            await self._context.stripe.run_blocking(self._jobs.open_page, bus, setup.id)
        except (stripe.OutcomeUnknown, stripe.AuthRejected) as failure:
            raise PaymentsPaused("Cards cannot be saved right now.", retry_after=5) from failure
        except stripe.RequestRefused as refused:
            raise PaymentRefused(f"The page for the card was refused: {refused}.") from refused
        return await bus.read(lambda tx: service.view_setup(tx, setup_id=setup.id))


def view_setup(tx: Tx, principal: Principal, query: Empty, *, setup_id: str) -> CardSetup:
    """Show how the saving of one of the principal's cards goes."""
    setup = service.view_setup(tx, setup_id=setup_id)
    if setup.user_id != principal.user_id:
        raise CardSetupNotFound
    return service.setup_to_contract(tx, setup)


def find(tx: Tx, principal: Principal, query: PageQuery) -> Page[Card]:
    """List the principal's cards, newest first."""
    cards, following = paging.page(
        lambda limit: service.find(
            tx, user_id=principal.user_id, before=query.cursor or LAST, most=limit
        ),
        query.limit,
        lambda card: card.id,
    )
    return Page(items=tuple(service.to_contract(tx, card) for card in cards), next=following)


def remove(tx: Tx, principal: Principal, body: Empty, *, card_id: str) -> Card:
    """Delete one of the principal's saved cards."""
    return service.to_contract(tx, service.remove(tx, user_id=principal.user_id, card_id=card_id))
