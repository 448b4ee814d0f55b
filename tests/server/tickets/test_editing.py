"""Editing and withdrawing a ticket: by whom, and when."""

from __future__ import annotations

import pytest

from contract.money import Money
from contract.orders import VIEW_WALLET
from contract.problems import StaleVersion
from contract.tickets import (
    EDIT_TICKET,
    WITHDRAW_TICKET,
    AlreadyListed,
    EditTicket,
    NotYourTicket,
    Price,
    Ticket,
    TicketNotFound,
    TicketStatus,
    TicketUnavailable,
)
from server.principal import Principal
from tests.server.payments.purchase import start_purchase
from tests.server.rows import change
from tests.world import World

CHEAPER = EditTicket(price=Price(amount=100, currency="USD"))


def edit(
    world: World, who: Principal, ticket: Ticket, body: EditTicket = CHEAPER, *, based_on: int = 0
) -> Ticket:
    """Edit a ticket; `based_on` is its version in If-Match, 0 without one."""
    return world.call(EDIT_TICKET, who, body, ticket_id=ticket.id, if_match=based_on or None)


def test_an_edit_changes_what_it_names_and_nothing_else(world: World) -> None:
    seller = world.user("seller")
    ticket = world.list_ticket(seller)
    edited = edit(world, seller, ticket)
    assert edited.price == Money(amount=100, currency="USD")
    assert (edited.section, edited.row, edited.seat) == (ticket.section, ticket.row, ticket.seat)
    assert edited == world.ticket(ticket)


@pytest.mark.parametrize("amount", [49, 100_000_000])
def test_a_ticket_of_an_older_release_with_a_price_that_cannot_be_charged_is_not_locked(
    world: World, amount: int
) -> None:
    ticket = world.list_ticket(world.user("seller"))
    change(world, "UPDATE tickets SET price_amount = :amount", amount=amount)
    with pytest.raises(TicketUnavailable, match="cannot be paid for: its price must be at"):
        world.lock(world.user("buyer"), ticket)
    assert world.ticket(ticket).status is TicketStatus.AVAILABLE


def test_every_edit_is_one_version_and_one_event(world: World) -> None:
    seller = world.user("seller")
    ticket = world.list_ticket(seller)
    for _ in range(3):
        edit(world, seller, ticket)
    assert [event.version for event in world.events(ticket.id)] == [1, 2, 3, 4]
    assert world.names(ticket.id)[1:] == ["ticket.updated"] * 3
    assert world.sound()


def test_the_event_of_an_edit_has_the_new_price(world: World) -> None:
    seller = world.user("seller")
    ticket = world.list_ticket(seller)
    edit(world, seller, ticket)
    assert getattr(world.events(ticket.id)[-1], "price", None) == Money(amount=100, currency="USD")


def test_only_the_seller_may_edit(world: World) -> None:
    seller, other = world.user("seller"), world.user("other")
    ticket = world.list_ticket(seller)
    with pytest.raises(NotYourTicket):
        edit(world, other, ticket)
    assert world.ticket(ticket) == ticket


def test_ownership_is_checked_before_the_status(world: World) -> None:
    seller, buyer = world.user("seller"), world.user("buyer")
    ticket = world.list_ticket(seller)
    world.lock(buyer, ticket)
    with pytest.raises(NotYourTicket):
        edit(world, world.user("other"), ticket)


def test_an_edit_based_on_an_older_version_is_refused(world: World) -> None:
    seller = world.user("seller")
    ticket = world.list_ticket(seller)
    edit(world, seller, ticket, based_on=1)
    with pytest.raises(StaleVersion):
        edit(world, seller, ticket, EditTicket(seat="99"), based_on=1)
    assert world.ticket(ticket).seat == ticket.seat


def test_a_withdrawal_based_on_an_older_version_is_refused(world: World) -> None:
    seller = world.user("seller")
    ticket = world.list_ticket(seller)
    edit(world, seller, ticket)
    with pytest.raises(StaleVersion):
        world.call(WITHDRAW_TICKET, seller, ticket_id=ticket.id, if_match=1)
    assert world.ticket(ticket).status is TicketStatus.AVAILABLE


def test_an_edit_cannot_take_a_seat_that_is_listed_already(world: World) -> None:
    seller = world.user("seller")
    world.list_ticket(seller, seat="1")
    ticket = world.list_ticket(seller, seat="2")
    with pytest.raises(AlreadyListed):
        edit(world, seller, ticket, EditTicket(seat="1"))
    assert world.ticket(ticket).seat == "2"


def test_the_buyer_gets_the_new_barcode_after_an_edit(world: World) -> None:
    seller, buyer = world.user("seller"), world.user("buyer")
    ticket = world.list_ticket(seller, barcode="OLD")
    edit(world, seller, ticket, EditTicket(barcode="NEW"))
    world.pay(world.lock(buyer, ticket))
    assert world.call(VIEW_WALLET, buyer, ticket_id=ticket.id).barcode == "NEW"


@pytest.mark.parametrize("state", ["locked", "sold", "withdrawn"])
def test_a_ticket_that_is_not_available_can_be_neither_edited_nor_withdrawn(
    world: World, state: str
) -> None:
    seller, buyer = world.user("seller"), world.user("buyer")
    ticket = world.list_ticket(seller)
    if state == "withdrawn":
        world.call(WITHDRAW_TICKET, seller, ticket_id=ticket.id)
    else:
        order = world.lock(buyer, ticket)
        if state == "sold":
            world.pay(order)
    before = world.ticket(ticket)
    with pytest.raises(TicketUnavailable, match=state):
        edit(world, seller, ticket)
    with pytest.raises(TicketUnavailable, match=state):
        world.call(WITHDRAW_TICKET, seller, ticket_id=ticket.id)
    assert world.ticket(ticket) == before


def test_an_unknown_ticket_can_be_neither_edited_nor_withdrawn(world: World) -> None:
    seller = world.user("seller")
    with pytest.raises(TicketNotFound):
        world.call(EDIT_TICKET, seller, CHEAPER, ticket_id="tkt_none")
    with pytest.raises(TicketNotFound):
        world.call(WITHDRAW_TICKET, seller, ticket_id="tkt_none")


def test_withdrawing_publishes_one_event_and_takes_the_ticket_off_sale(world: World) -> None:
    seller = world.user("seller")
    ticket = world.list_ticket(seller)
    gone = world.call(WITHDRAW_TICKET, seller, ticket_id=ticket.id, if_match=1)
    assert (gone.status, gone.version) == (TicketStatus.WITHDRAWN, 2)
    assert world.names(ticket.id) == ["ticket.created", "ticket.withdrawn"]
    assert world.sound()


def test_the_refusal_of_another_sellers_ticket_does_not_reveal_its_status(world: World) -> None:
    bought, other = start_purchase(world), world.user("other")
    with pytest.raises(NotYourTicket) as refused:
        world.call(EDIT_TICKET, other, EditTicket(seat="9"), ticket_id=bought.ticket.id)
    assert refused.value.status == 403
    assert "locked" not in refused.value.detail
