"""Placing an order: it locks the ticket and records what was agreed."""

from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest

from contract.orders import (
    ADMIN_ORDERS,
    LIST_ORDERS,
    PLACE_ORDER,
    VIEW_ORDER,
    AdminOrdersQuery,
    OrderNotFound,
    OrdersQuery,
    OrderStatus,
    PlaceOrder,
)
from contract.shows import ShowStarted
from contract.tickets import EDIT_TICKET, EditTicket, OwnTicket, Price, TicketNotFound, TicketStatus
from db.types import from_us
from tests.clock import MINUTE, START
from tests.server.rows import one
from tests.world import World


def test_an_order_has_buyer_ticket_deadline_and_price(world: World) -> None:
    seller, buyer = world.user("seller"), world.user("buyer")
    ticket = world.list_ticket(seller)
    order = world.lock(buyer, ticket)
    assert (order.ticket_id, order.buyer_id, order.price) == (
        ticket.id, buyer.user_id, ticket.price,
    )  # fmt: skip
    assert order.status is OrderStatus.AWAITING_PAYMENT
    assert order.expires_at == from_us(START + 15 * MINUTE)
    assert msgspec.to_builtins(world.order(buyer, order)).items() <= (
        msgspec.to_builtins(order).items()
    )
    assert world.ticket(ticket).status is TicketStatus.LOCKED


def test_a_lock_publishes_one_event_of_the_ticket_and_one_of_the_order(world: World) -> None:
    seller, buyer = world.user("seller"), world.user("buyer")
    ticket = world.list_ticket(seller)
    order = world.lock(buyer, ticket)
    assert world.names(order.id) == ["order.created"]
    assert world.names(ticket.id) == ["ticket.created", "ticket.updated"]
    assert getattr(world.events(ticket.id)[-1], "order_id", None) == order.id
    assert world.sound()


def test_sellers_cannot_buy_their_own_tickets(world: World) -> None:
    seller = world.user("seller")
    ticket = world.list_ticket(seller)
    with pytest.raises(OwnTicket):
        world.lock(seller, ticket)
    assert world.ticket(ticket) == ticket


def test_an_unknown_ticket_cannot_be_locked(world: World) -> None:
    with pytest.raises(TicketNotFound):
        world.call(PLACE_ORDER, world.user("buyer"), PlaceOrder(ticket_id="tkt_none"))


def test_a_ticket_whose_show_has_started_cannot_be_locked(world: World) -> None:
    starts = from_us(START) + timedelta(hours=1)
    ticket = world.list_ticket(world.user("seller"), starts_at=starts)
    world.clock.advance(60 * MINUTE - 1)
    world.lock(world.user("early"), ticket)
    world.pass_time(15 * MINUTE)
    with pytest.raises(ShowStarted):
        world.lock(world.user("late"), ticket)


def test_a_refused_order_leaves_nothing_behind(world: World) -> None:
    seller = world.user("seller")
    ticket = world.list_ticket(seller)
    before = len(world.events())
    with pytest.raises(OwnTicket):
        world.lock(seller, ticket)
    assert one(world, "SELECT count(*) FROM orders") == 0
    assert len(world.events()) == before


def test_the_price_of_an_order_is_the_price_at_its_lock(world: World) -> None:
    seller, buyer, next_buyer = world.user("seller"), world.user("buyer"), world.user("next")
    ticket = world.list_ticket(seller, amount=5000)
    first = world.lock(buyer, ticket)
    world.pass_time(15 * MINUTE)
    dearer = EditTicket(price=Price(amount=9900, currency="EUR"))
    world.call(EDIT_TICKET, seller, dearer, ticket_id=ticket.id)
    assert world.lock(next_buyer, ticket).price.amount == 9900
    assert world.order(buyer, first).price.amount == 5000


def test_buyers_list_only_their_own_orders(world: World) -> None:
    seller, ana, ben = world.user("seller"), world.user("ana"), world.user("ben")
    mine = [world.lock(ana, world.list_ticket(seller)).id for _ in range(2)]
    world.lock(ben, world.list_ticket(seller))
    listed = world.call(LIST_ORDERS, ana).items
    assert {order.id for order in listed} == set(mine)
    assert world.call(LIST_ORDERS, seller).items == ()


def test_orders_are_listed_by_status(world: World) -> None:
    seller, buyer = world.user("seller"), world.user("buyer")
    paid, held = (world.lock(buyer, world.list_ticket(seller)) for _ in range(2))
    world.pay(paid)
    for status, order in ((OrderStatus.COMPLETE, paid), (OrderStatus.AWAITING_PAYMENT, held)):
        (listed,) = world.call(LIST_ORDERS, buyer, OrdersQuery(status=status)).items
        assert listed.id == order.id


def test_an_order_of_another_buyer_is_unknown(world: World) -> None:
    seller, buyer, other = world.user("seller"), world.user("buyer"), world.user("other")
    order = world.lock(buyer, world.list_ticket(seller))
    documents = []
    for order_id in (order.id, "ord_none"):
        with pytest.raises(OrderNotFound) as refused:
            world.call(VIEW_ORDER, other, order_id=order_id)
        documents.append(refused.value.document())
    assert documents[0] == documents[1]


def test_operators_see_the_orders_of_all_buyers(world: World) -> None:
    admin, seller, buyer = world.user("admin", admin=True), world.user("s"), world.user("b")
    ticket = world.list_ticket(seller)
    order = world.lock(buyer, ticket)
    assert world.order(admin, order).id == order.id
    for query in (
        AdminOrdersQuery(), AdminOrdersQuery(buyer_id=buyer.user_id),
        AdminOrdersQuery(ticket_id=ticket.id), AdminOrdersQuery(status=order.status),
    ):  # fmt: skip
        (listed,) = world.call(ADMIN_ORDERS, admin, query).items
        assert listed.id == order.id
    assert world.call(ADMIN_ORDERS, admin, AdminOrdersQuery(ticket_id="tkt_none")).items == ()
