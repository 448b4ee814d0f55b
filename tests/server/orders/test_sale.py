"""A sale, from lock to delivery or unlock."""

from __future__ import annotations

import pytest

from contract.orders import LIST_WALLET, CancelReason, OrderStatus
from contract.tickets import TicketStatus, TicketUnavailable
from tests.clock import MINUTE
from tests.world import CARD, DECLINED, World


def test_a_paid_order_delivers_the_ticket_with_its_code(world: World) -> None:
    seller, buyer = world.user("seller"), world.user("buyer")
    ticket = world.list_ticket(seller, barcode="ABC-123")
    order = world.lock(buyer, ticket)
    assert world.pay(order) == "paid"
    assert world.order(buyer, order).status is OrderStatus.COMPLETE
    assert world.ticket(ticket).status is TicketStatus.SOLD
    (bought,) = world.call(LIST_WALLET, buyer).items
    assert bought.barcode == "ABC-123"
    assert bought.code not in (None, "ABC-123")
    assert world.sound()


def test_an_unpaid_order_unlocks_its_ticket_at_the_deadline(world: World) -> None:
    seller, buyer = world.user("seller"), world.user("buyer")
    ticket = world.list_ticket(seller)
    order = world.lock(buyer, ticket)
    world.pass_time(15 * MINUTE - 1)
    assert world.ticket(ticket).status is TicketStatus.LOCKED
    world.pass_time(1)
    assert world.ticket(ticket).status is TicketStatus.AVAILABLE
    assert world.order(buyer, order).reason is CancelReason.EXPIRED
    assert world.sound()


def test_a_locked_ticket_is_refused_to_other_buyers(world: World) -> None:
    seller, buyer, other = world.user("seller"), world.user("buyer"), world.user("other")
    ticket = world.list_ticket(seller)
    world.lock(buyer, ticket)
    with pytest.raises(TicketUnavailable):
        world.lock(other, ticket)


def test_a_decline_before_a_good_card_stays_in_the_trace(world: World) -> None:
    seller, buyer = world.user("seller"), world.user("buyer")
    order = world.lock(buyer, world.list_ticket(seller))
    page = world.visit("GET", order.payment_url).headers["Location"]
    for card in (DECLINED, CARD):
        world.visit("POST", page, f"card_number={card}&exp=12%2F34&cvc=123", "application/json")
    world.work()
    assert world.order(buyer, order).status is OrderStatus.COMPLETE
    assert world.names().count("payment.declined") == 1
    assert world.sound()
