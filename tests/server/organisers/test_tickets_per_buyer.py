"""Tickets per buyer: what counts, and that nobody gets more, also at the same moment."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from contract.orders import CANCEL_ORDER
from contract.policies import SetPolicy, TooManyTickets
from contract.tickets import Ticket
from contract.transfers import (
    ACCEPT_TRANSFER,
    LIST_TRANSFERS,
    OFFER_TRANSFER,
    AcceptTransfer,
    OfferTransfer,
    TransferStatus,
)
from server.principal import Principal
from tests.server.custody import buy, give
from tests.server.organisers.people import approved
from tests.server.organisers.policies import set_policy
from tests.server.organisers.shows import create, issue, on_sale
from tests.world import World


def limited(world: World, limit: int, seats: int = 4) -> list[Ticket]:
    """Return tickets on sale of a show with a limit."""
    mia = world.user("mia")
    show = create(world, mia, approved(world, mia))
    issue(world, mia, show, seats=seats)
    set_policy(world, mia, show, SetPolicy(tickets_per_buyer=limit))
    return on_sale(world, show)


def test_open_orders_and_owned_tickets_count_for_locks_and_transfers(world: World) -> None:
    first, second, third, fourth = limited(world, 2)
    ana, ben = world.user("ana"), world.user("ben")
    buy(world, ana, first)
    order = world.lock(ana, second)
    assert world.lock(ana, second).continued
    with pytest.raises(TooManyTickets, match="1 owned, 1 locked") as refused:
        world.lock(ana, third)
    assert refused.value.rule == "tickets_per_buyer"
    world.call(CANCEL_ORDER, ana, order_id=order.id)
    buy(world, ben, third)
    give(world, ben, third, ana, "ana")
    buy(world, ben, fourth)
    to = OfferTransfer(to="ana@example.org")
    offer = world.call(OFFER_TRANSFER, ben, to, ticket_id=fourth.id).transfer
    with pytest.raises(TooManyTickets, match="2 owned, 0 locked"):
        world.call(ACCEPT_TRANSFER, ana, AcceptTransfer(), transfer_id=offer.id)
    # The offer stays open: once she has given one away, she can have it.
    give(world, ana, first, world.user("cem"), "cem")
    world.call(ACCEPT_TRANSFER, ana, AcceptTransfer(), transfer_id=offer.id)
    assert world.call(LIST_TRANSFERS, ana).items[1].status is TransferStatus.ACCEPTED
    assert world.sound()


def test_of_two_locks_at_once_one_is_refused(world: World) -> None:
    tickets = limited(world, 1)
    ana = world.user("ana")

    def lock(ticket: Ticket, buyer: Principal = ana) -> bool:
        try:
            world.lock(buyer, ticket)
        except TooManyTickets:
            return False
        return True

    with ThreadPoolExecutor(len(tickets)) as threads:
        assert sum(threads.map(lock, tickets)) == 1
