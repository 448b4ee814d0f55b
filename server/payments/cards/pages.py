"""The short link to the page on which a card is saved."""

from __future__ import annotations

from contract.cards import CardSetupNotFound, SetupStatus
from contract.payments import PaymentRefused
from contract.problems import Problem
from server.payments.cards import service
from server.payments.cards.routes import CardDesk
from server.payments.cards.service import Setup
from server.payments.pages import HEADERS, told
from server.routing import AppContext, HttpRequest, HttpResponse, RawRoute
from server.tx import Tx

SAVED = ("Saved", "The card is saved. Go back to your terminal.")
CLOSED = ("Closed", "The time to save a card here has run out. Nothing was saved.")


class CardLink:
    """`/c/CODE`: leads to the page on which a card is saved, while it can be."""

    def __init__(self, context: AppContext, cards: CardDesk) -> None:
        """Open pages through `cards`."""
        self._context = context
        self._cards = cards

    def routes(self) -> tuple[RawRoute, ...]:
        """Return the link's address."""
        return (RawRoute("GET", "/c/{code}", self.follow),)

    async def follow(self, request: HttpRequest) -> HttpResponse:
        """Send the browser on to the hosted page, or say why there is none."""

        def find(tx: Tx) -> tuple[Setup, bool]:
            setup = service.by_code(tx, code=request.path["code"])
            return setup, setup.expires_us > tx.now_us

        try:
            setup, in_time = await self._context.bus.read(find)
        except CardSetupNotFound:
            return told(404, "Not found", "There is no card behind this link.")
        if in_time:
            try:
                setup = await self._cards.open(self._context, setup)
            except Problem as problem:
                refused = isinstance(problem, PaymentRefused)
                return told(410, *CLOSED) if refused else told(503, "Not now", problem.detail)
        if setup.status is SetupStatus.DONE:
            return told(410, *SAVED)
        if not in_time or setup.status is not SetupStatus.OPEN:
            return told(410, *CLOSED)
        return HttpResponse(303, headers={**HEADERS, "Location": str(setup.page_url)})
