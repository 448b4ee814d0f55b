"""Saved cards: a buyer saves a card on a hosted page, and pays later orders with it in one step.

Charging a saved card belongs to payments, which reads the card here.
"""

from contract import limits
from contract.cards import (
    ADD_CARD,
    LIST_CARDS,
    REMOVE_CARD,
    VIEW_CARD_SETUP,
    CardRemoved,
    CardSaved,
)
from server.cards import routes
from server.cards.jobs import CardJobs
from server.cards.routes import CardRoutes
from server.jobs import Job
from server.routing import AnyRoute, AppContext, RawRoute, multi_step, route
from server.stripe import Gateway

EVENTS = (CardSaved, CardRemoved)

__all__ = ["EVENTS", "Cards"]


class Cards:
    """The service of saved cards, with its gateway."""

    def __init__(self, context: AppContext, gateway: Gateway) -> None:
        """Save cards through `gateway`."""
        self._jobs = CardJobs(gateway)
        self._routes = CardRoutes(context, self._jobs)

    def routes(self) -> tuple[AnyRoute, ...]:
        """Return the service's endpoints and its short link."""
        return (
            multi_step(ADD_CARD, self._routes.add),
            route(VIEW_CARD_SETUP, routes.view_setup),
            route(LIST_CARDS, routes.find),
            route(REMOVE_CARD, routes.remove),
            RawRoute("GET", "/c/{code}", self._routes.follow_link, limit=limits.SHORT_LINK),
        )

    def jobs(self) -> tuple[Job, ...]:
        """Return the work to do after commit."""
        return self._jobs.jobs()
