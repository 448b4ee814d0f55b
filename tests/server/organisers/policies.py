"""Shows with rules for their tickets, and people who have some."""

from __future__ import annotations

from typing import NamedTuple

from contract.policies import SetPolicy
from contract.shows import SET_POLICY, Show
from contract.tickets import Ticket
from server.principal import Principal
from tests.server.custody import buy
from tests.server.organisers.people import approved
from tests.server.organisers.shows import create, issue, on_sale
from tests.world import World


class OwnedTickets(NamedTuple):
    """A manager, their show, and somebody who has bought tickets of EUR 45.00 for it."""

    manager: Principal
    show: Show
    owner: Principal
    tickets: tuple[Ticket, ...]


def set_policy(world: World, manager: Principal, show: Show, body: SetPolicy) -> Show:
    """Set rules for the tickets of a show."""
    return world.call(SET_POLICY, manager, body, show_id=show.id)


def sold_tickets(world: World, seats: int = 1) -> OwnedTickets:
    """Let an organiser issue tickets, and somebody buy them."""
    mia, ana = world.user("mia"), world.user("ana")
    show = create(world, mia, approved(world, mia))
    issue(world, mia, show, seats=seats)
    tickets = tuple(on_sale(world, show))
    for ticket in tickets:
        buy(world, ana, ticket)
    return OwnedTickets(mia, show, ana, tickets)
