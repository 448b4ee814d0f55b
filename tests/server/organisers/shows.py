"""Shows of an organiser, with tickets that it has issued."""

from __future__ import annotations

from datetime import timedelta

from contract.issuing import ISSUE_TICKETS, IssuedPlace, IssueReport, IssueTickets
from contract.organisers import OrganiserDetails
from contract.shows import CREATE_SHOW, Category, Show, ShowDetails
from contract.tickets import (
    LIST_TICKETS,
    Price,
    Ticket,
    TicketsQuery,
)
from db.types import from_us
from server.principal import Principal
from tests.clock import START
from tests.places import local
from tests.world import World

STARTS_AT = local(from_us(START) + timedelta(days=30), "CW")
#: The show that `World.list_ticket` lists tickets for.
DETAILS = ShowDetails(
    name="Curaçao v Haïti", category=Category.SPORTS, venue="Estadio", city="Willemstad",
    country="CW", starts_at=STARTS_AT,
)  # fmt: skip


def create(world: World, manager: Principal, organiser: OrganiserDetails) -> Show:
    """Create the organiser's show."""
    return world.call(CREATE_SHOW, manager, DETAILS, organiser_id=organiser.id)


def issue(  # noqa: PLR0913  what a test varies
    world: World, manager: Principal, show: Show, *, seats: int = 3, first: int = 1,
    amount: int = 4500, dry_run: bool = False,
) -> IssueReport:  # fmt: skip
    """Issue tickets for some seats of one row."""
    places = tuple(
        IssuedPlace(
            section="A", row="1", seat=str(number), price=Price(amount=amount, currency="EUR")
        )
        for number in range(first, first + seats)
    )
    body = IssueTickets(places=places, dry_run=dry_run)
    return world.call(ISSUE_TICKETS, manager, body, show_id=show.id)


def on_sale(world: World, show: Show) -> list[Ticket]:
    """Return the tickets of a show that are on sale, in the order of their seats."""
    page = world.call(LIST_TICKETS, Principal(), TicketsQuery(show_id=show.id))
    return sorted(page.items, key=lambda ticket: ticket.seat)
