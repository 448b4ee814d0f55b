"""What managers see of their shows: the seats of each section, and the sales of each hour."""

from __future__ import annotations

import pytest

from contract.base import PageQuery
from contract.organisers import MemberRole, NotAManager, OrganiserNotFound
from contract.refunds import REFUND_SOLD_ORDER, RefundOrder
from contract.show_overview import (
    LIST_ORGANISER_SHOWS,
    VIEW_SHOW_OVERVIEW,
    SeatCounts,
    SectionSeats,
)
from contract.shows import NotYourShow
from contract.tickets import WITHDRAW_TICKET
from db.types import from_us
from tests.clock import MINUTE
from tests.server.custody import buy, relist
from tests.server.organisers.people import add, approved
from tests.server.organisers.shows import create, issue, on_sale
from tests.world import World

HOUR = 60 * MINUTE


def test_seats_are_counted_by_section_and_sales_by_hour(world: World) -> None:
    mia, ana, ben = world.user("mia"), world.user("ana"), world.user("ben")
    organiser = approved(world, mia)
    show = create(world, mia, organiser)
    issue(world, mia, show, seats=6)
    one, two, three, four, *_ = on_sale(world, show)
    began = world.clock.now() - world.clock.now() % HOUR
    first = buy(world, ana, one)
    buy(world, ana, two)
    relist(world, ana, two)  # sold all the same
    world.lock(ben, three)
    world.call(WITHDRAW_TICKET, mia, ticket_id=four.id)  # counts no more
    world.clock.advance(2 * HOUR)
    world.lock(ben, next(each for each in on_sale(world, show) if each.id == two.id))
    world.call(REFUND_SOLD_ORDER, mia, RefundOrder(amount=500), order_id=first.id)
    world.work()
    seen = world.call(VIEW_SHOW_OVERVIEW, mia, show_id=show.id)
    assert seen.sections == (SectionSeats(section="A", seats=SeatCounts(sold=2, locked=1, left=2)),)
    assert [(each.at, each.tickets, str(each.amount)) for each in seen.sales] == [
        (from_us(began), 2, "EUR 85.00")
    ]
    (listed,) = world.call(LIST_ORGANISER_SHOWS, mia, PageQuery(), organiser_id=organiser.id).items
    assert (listed.show, listed.seats) == (seen.show, seen.seats)


def test_a_show_without_tickets_counts_nothing(world: World) -> None:
    mia = world.user("mia")
    show = create(world, mia, approved(world, mia))
    seen = world.call(VIEW_SHOW_OVERVIEW, mia, show_id=show.id)
    assert (seen.sections, seen.sales, seen.seats.total) == ((), (), 0)


def test_only_managers_see_the_counts(world: World) -> None:
    mia, gus, eve = world.user("mia"), world.user("gus"), world.user("eve")
    organiser = approved(world, mia)
    show = create(world, mia, organiser)
    add(world, mia, organiser, "gus", MemberRole.GATE)
    for who, refusal in ((gus, NotAManager), (eve, OrganiserNotFound)):
        with pytest.raises(refusal):
            world.call(LIST_ORGANISER_SHOWS, who, PageQuery(), organiser_id=organiser.id)
        with pytest.raises(NotYourShow):
            world.call(VIEW_SHOW_OVERVIEW, who, show_id=show.id)
