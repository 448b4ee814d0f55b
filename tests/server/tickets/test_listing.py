"""Listing a ticket for sale, and what everybody may see of it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from contract.shows import ShowStarted
from contract.tickets import (
    VIEW_TICKET,
    WITHDRAW_TICKET,
    AlreadyListed,
    ExternalIdTaken,
    TicketNotFound,
    TicketStatus,
)
from db.types import from_us
from server.principal import Principal
from tests.clock import START
from tests.server.rows import one
from tests.world import World


def test_a_listed_ticket_reads_back_as_it_was_listed(world: World) -> None:
    seller = world.user("seller")
    listed = world.list_ticket(seller, seat="12", amount=1999, external_id="x-1")
    assert listed == world.call(VIEW_TICKET, seller, ticket_id=listed.id)
    assert (listed.price.amount, listed.price.currency, listed.seat) == (1999, "EUR", "12")
    assert (listed.status, listed.version) == (TicketStatus.AVAILABLE, 1)
    assert (listed.seller_id, listed.external_id) == (seller.user_id, "x-1")


def test_listing_creates_one_row_and_publishes_one_event(world: World) -> None:
    ticket = world.list_ticket(world.user("seller"))
    assert one(world, "SELECT count(*) FROM tickets") == 1
    assert world.names(ticket.id) == ["ticket.created"]
    assert world.sound()


def test_the_same_seat_cannot_be_listed_twice_by_one_seller(world: World) -> None:
    seller = world.user("seller")
    world.list_ticket(seller, seat="12")
    with pytest.raises(AlreadyListed):
        world.list_ticket(seller, seat=" 12 ")


def test_a_seat_that_was_withdrawn_can_be_listed_again(world: World) -> None:
    seller = world.user("seller")
    first = world.list_ticket(seller, seat="12")
    world.call(WITHDRAW_TICKET, seller, ticket_id=first.id)
    assert world.list_ticket(seller, seat="12").id != first.id


def test_standing_tickets_have_no_seat_and_can_be_many(world: World) -> None:
    seller = world.user("seller")
    assert world.list_ticket(seller, seat="").id != world.list_ticket(seller, seat="").id


def test_an_external_id_names_one_ticket_of_a_seller(world: World) -> None:
    seller = world.user("seller")
    world.list_ticket(seller, external_id="x-1")
    with pytest.raises(ExternalIdTaken):
        world.list_ticket(seller, external_id="x-1")


def test_two_sellers_can_use_the_same_external_id(world: World) -> None:
    ana, ben = world.user("ana"), world.user("ben")
    first = world.list_ticket(ana, seat="12", external_id="x-1")
    assert world.list_ticket(ben, seat="13", external_id="x-1").id != first.id


def test_a_refused_listing_leaves_neither_show_nor_event(world: World) -> None:
    seller = world.user("seller")
    world.list_ticket(seller, external_id="x-1")
    before = len(world.events())
    with pytest.raises(ExternalIdTaken):
        world.list_ticket(seller, show="Another show", external_id="x-1")
    assert one(world, "SELECT count(*) FROM shows") == 1
    assert len(world.events()) == before


def test_a_ticket_for_a_show_that_has_started_is_refused(world: World) -> None:
    with pytest.raises(ShowStarted):
        world.list_ticket(world.user("seller"), starts_at=from_us(START) - timedelta(minutes=1))


def test_an_unknown_ticket_is_not_found(world: World) -> None:
    with pytest.raises(TicketNotFound):
        world.call(VIEW_TICKET, Principal(), ticket_id="tkt_none")
