"""Two people do something with one ticket at the same moment, many times: one of them succeeds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest

from contract.gate import Refusal, Scan, Verdict
from contract.orders import PLACE_ORDER, Order, PlaceOrder
from contract.problems import Problem
from contract.refunds import REFUND_ORDER, Refund, RefundOrder
from contract.tickets import Ticket, TicketStatus
from contract.transfers import (
    ACCEPT_TRANSFER,
    CANCEL_TRANSFER,
    OFFER_TRANSFER,
    AcceptTransfer,
    OfferTransfer,
    Transfer,
)
from server.principal import Principal
from tests.races.racing import StartLine, outcome
from tests.server.custody import buy, code_of, relist, scan, verdict
from tests.world import World

RACES = pytest.mark.parametrize(
    "races", [12, pytest.param(100, marks=pytest.mark.slow)], ids=["few", "many"]
)


@pytest.fixture
def start_line() -> Iterator[StartLine]:
    """Start two runners at once."""
    line = StartLine(2)
    yield line
    line.close()


class People:
    """A seller, an owner who passes tickets on, somebody who wants them, and an operator."""

    def __init__(self, world: World) -> None:
        world.with_settings(max_open_orders=1000)
        self.world = world
        self.seller, self.ana, self.ben = (world.user(name) for name in ("seller", "ana", "ben"))
        self.operator = world.user("operator", admin=True)

    def sold(self) -> tuple[Ticket, Order]:
        """Return a ticket that Ana has bought, and her order."""
        ticket = self.world.list_ticket(self.seller)
        return ticket, buy(self.world, self.ana, ticket)

    def lock(self, ticket: Ticket, buyer: Principal | None = None) -> Order:
        body = PlaceOrder(ticket_id=ticket.id)
        return self.world.call(PLACE_ORDER, buyer or self.ben, body)


@pytest.fixture
def people(world: World) -> People:
    return People(world)


def both(line: StartLine, *runs: Callable[[], Any]) -> list[Any]:
    """Run two things at once; return what each gave, or the Problem that refused it."""
    return line.race([outcome(run, Problem) for run in runs])


@RACES
def test_a_transfer_is_accepted_or_its_ticket_is_sold_on_but_not_both(
    world: World, people: People, start_line: StartLine, races: int
) -> None:
    won: Counter[str] = Counter()
    for _ in range(races):
        ticket, _ = people.sold()
        body = OfferTransfer(to="ben@example.org")
        made = world.call(OFFER_TRANSFER, people.ana, body, ticket_id=ticket.id)

        def sell_instead(ticket: Ticket = ticket, transfer_id: str = made.transfer.id) -> Ticket:
            world.call(CANCEL_TRANSFER, people.ana, transfer_id=transfer_id)
            return relist(world, people.ana, ticket)

        accept = partial(
            world.call, ACCEPT_TRANSFER, people.ben, AcceptTransfer(), transfer_id=made.transfer.id
        )
        given, listed = both(start_line, accept, sell_instead)
        assert isinstance(given, Transfer) != isinstance(listed, Ticket)
        won["given" if isinstance(given, Transfer) else "listed"] += 1
        owner = people.ben if isinstance(given, Transfer) else people.ana
        assert verdict(world, ticket, code_of(world, owner, ticket)) is None
    print(f"{races} races: {dict(won)}")
    assert world.sound()


@RACES
def test_a_ticket_on_sale_is_used_at_the_gate_or_locked_but_not_both(
    world: World, people: People, start_line: StartLine, races: int
) -> None:
    won: Counter[str] = Counter()
    for _ in range(races):
        ticket, _ = people.sold()
        code = code_of(world, people.ana, ticket)
        relist(world, people.ana, ticket)
        scanned, locked = both(
            start_line, partial(scan, world, ticket, code), partial(people.lock, ticket)
        )
        assert isinstance(scanned, Scan)
        admitted = scanned.verdict is Verdict.ADMITTED
        assert admitted != isinstance(locked, Order)
        assert admitted or scanned.reason is Refusal.BEING_SOLD
        won["admitted" if admitted else "locked"] += 1
    print(f"{races} races: {dict(won)}")
    assert world.sound()


@RACES
def test_a_ticket_on_sale_is_refunded_or_locked_but_not_both(
    world: World, people: People, start_line: StartLine, races: int
) -> None:
    won: Counter[str] = Counter()
    for _ in range(races):
        ticket, order = people.sold()
        relist(world, people.ana, ticket)
        give_back = partial(
            world.call, REFUND_ORDER, people.operator, RefundOrder(), order_id=order.id
        )
        refunded, locked = both(start_line, give_back, partial(people.lock, ticket))
        assert isinstance(refunded, Refund) != isinstance(locked, Order)
        won["refunded" if isinstance(refunded, Refund) else "locked"] += 1
        world.work()
    print(f"{races} races: {dict(won)}")
    assert world.sound()


@RACES
def test_an_owner_sells_a_ticket_once_however_often_it_is_put_on_sale_at_once(
    world: World, people: People, start_line: StartLine, races: int
) -> None:
    for _ in range(races):
        ticket, _ = people.sold()
        sell = partial(relist, world, people.ana, ticket)
        listed = [found for found in both(start_line, sell, sell) if isinstance(found, Ticket)]
        assert len(listed) == 1
        assert world.ticket(ticket).status is TicketStatus.AVAILABLE
    assert world.sound()
