"""Cancelling a show at the moment one of its tickets is listed or locked."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from threading import Event

from contract.orders import OrderStatus
from contract.shows import Category, ShowDetails
from contract.tickets import CreateTicket, Price, TicketStatus
from db.types import from_us
from server.cancellation import jobs
from server.jobs import Snooze
from server.orders import service as orders
from server.tickets import service as tickets
from server.tx import Tx
from tests.clock import SECOND, START
from tests.places import local
from tests.server.cancellation.show_scenario import ShowScenario, new_show
from tests.server.rows import rows
from tests.world import World

#: How long a transaction stays open, in seconds, for the other one to come in between.
A_MOMENT = 0.5
LISTING_STATES = "SELECT DISTINCT shelf FROM tickets"


def at_once(show: ShowScenario, show_id: str, act: Callable[[Tx], object]) -> None:
    """Cancel a show and run its job while a transaction that has acted is still open."""
    inside, over = Event(), Event()

    def acts(tx: Tx) -> None:
        act(tx)
        inside.set()
        over.wait(A_MOMENT)

    def cancels() -> None:
        assert inside.wait(10)
        show.cancel(show_id)
        with suppress(Snooze):
            jobs.clear(show.world.bus, show_id)
        over.set()

    with ThreadPoolExecutor(2) as pool:
        both = [pool.submit(show.world.bus.write_now, acts), pool.submit(cancels)]
        for one in both:
            one.result(30)


def test_a_ticket_being_listed_at_that_moment_is_withdrawn_too(world: World) -> None:
    show = new_show(world)
    first = show.lists()
    body = CreateTicket(
        show=ShowDetails(
            name=first.show.name, category=Category.SPORTS, venue=first.show.venue,
            city=first.show.city, country="CW",
            starts_at=local(from_us(START) + timedelta(days=30), "CW"),
        ),
        section="B", row="2", seat="2", price=Price(amount=100, currency="EUR"),
    )  # fmt: skip
    seller_id = show.seller.user_id
    at_once(show, first.show.id, lambda tx: tickets.create(tx, seller_id=seller_id, body=body))
    assert rows(world, "SELECT count(*) FROM shows") == [(1,)]
    assert rows(world, LISTING_STATES) == [("off",)]


def test_a_ticket_being_locked_at_that_moment_is_withdrawn_too(world: World) -> None:
    show = new_show(world)
    ticket, buyer = show.lists(), show.buyer()
    at_once(
        show, ticket.show.id,
        lambda tx: orders.place(tx, buyer_id=buyer.user_id, ticket_id=ticket.id),
    )  # fmt: skip
    world.pass_time(10 * SECOND)
    assert world.ticket(ticket).status is TicketStatus.WITHDRAWN
    assert rows(world, "SELECT status FROM orders") == [(OrderStatus.CANCELLED.value,)]
    assert rows(world, LISTING_STATES) == [("off",)]
    assert world.sound()
