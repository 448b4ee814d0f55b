"""Locking a ticket. Each of these tests would fail in the original application."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from contract.orders import (
    CANCEL_ORDER,
    CoolingDown,
    Order,
    OrderCreated,
    OrderOver,
    OrderStatus,
    TooManyOpenOrders,
)
from contract.payments import START_PAYMENT
from contract.problems import Problem
from contract.tickets import (
    EDIT_TICKET,
    LIST_TICKETS,
    EditTicket,
    OwnTicket,
    Price,
    TicketStatus,
    TicketUnavailable,
    TicketUpdated,
)
from server.orders import service as orders
from server.orders.states import MOVES
from server.principal import Principal
from server.tickets import service as tickets
from tests.clock import MINUTE
from tests.server.payments.purchase import captured, expire_now, held, start_purchase, unreachable
from tests.server.rows import change, one, rows
from tests.world import World

DEARER = EditTicket(price=Price(amount=99_999, currency="EUR"))


def test_the_deadline_of_a_cancelled_order_does_not_end_the_next_buyers_lock(
    world: World,
) -> None:
    seller, ana, ben = world.user("seller"), world.user("ana"), world.user("ben")
    ticket = world.list_ticket(seller)
    first = world.lock(ana, ticket)
    world.clock.advance(10 * MINUTE)
    world.call(CANCEL_ORDER, ana, order_id=first.id)
    second = world.lock(ben, ticket)
    world.pass_time(5 * MINUTE)  # the first order's time is up, the second has ten minutes left
    assert world.order(ben, second).status is OrderStatus.AWAITING_PAYMENT
    assert one(world, "SELECT order_id FROM tickets") == second.id
    with pytest.raises(TicketUnavailable):
        world.call(EDIT_TICKET, seller, DEARER, ticket_id=ticket.id)
    assert world.pay(second) == "paid"


def test_a_locked_ticket_says_until_when_in_views_and_events(world: World) -> None:
    bought = start_purchase(world)
    ticket, deadline = bought.ticket, bought.order.expires_at
    assert world.ticket(ticket).locked_until == deadline
    world.clock.advance(5 * MINUTE)
    world.with_settings(lock_for=60 * MINUTE)  # for locks from now on
    confirm = {"order_id": bought.order.id, "payment_id": "pay_x"}
    world.bus.write_now(lambda tx: orders.confirm(tx, **confirm))
    assert world.ticket(ticket).locked_until == deadline
    world.bus.write_now(lambda tx: orders.release(tx, **confirm))
    assert world.order(bought.buyer, bought.order).status is OrderStatus.AWAITING_PAYMENT
    assert world.ticket(ticket).locked_until == deadline
    assert world.sound()
    world.call(CANCEL_ORDER, bought.buyer, order_id=bought.order.id)
    assert world.ticket(ticket).locked_until is None
    again = world.lock(bought.buyer, ticket)
    world.pay(again)
    assert world.ticket(ticket).locked_until is None
    said = [e.locked_until for e in world.events(ticket.id) if isinstance(e, TicketUpdated)]
    assert said == [deadline, None, again.expires_at, None]


def test_an_ended_order_cannot_unlock_the_ticket_of_the_next(world: World) -> None:
    seller, ana, ben = world.user("seller"), world.user("ana"), world.user("ben")
    ticket = world.list_ticket(seller)
    old = world.lock(ana, ticket)
    world.call(CANCEL_ORDER, ana, order_id=old.id)
    new = world.lock(ben, ticket)
    world.bus.write_now(lambda tx: tickets.unlock(tx, ticket_id=ticket.id, order_id=old.id))
    assert one(world, "SELECT order_id FROM tickets") == new.id


def test_a_card_is_not_charged_after_the_deadline_even_before_the_order_expires(
    world: World,
) -> None:
    bought = start_purchase(world)
    page = bought.page()
    world.clock.advance(15 * MINUTE)
    with pytest.raises(OrderOver):
        world.call(START_PAYMENT, bought.buyer, order_id=bought.order.id)
    bought.type_card(page)
    world.work()
    assert captured(world) == 0
    expire_now(world)
    world.work()
    assert (captured(world), held(world)) == (0, 0)
    assert bought.now().status is OrderStatus.CANCELLED


def test_a_late_payment_does_not_reopen_an_order(world: World) -> None:
    bought = start_purchase(world)
    page, ben = bought.page(), world.user("ben")
    with unreachable(world):
        world.pass_time(15 * MINUTE)
    bought.type_card(page)
    next_order = world.lock(ben, bought.ticket)
    world.pass_time(5 * MINUTE)
    world.pay(next_order)
    assert rows(world, "SELECT id FROM orders WHERE status = 'complete'") == [(next_order.id,)]
    assert captured(world) == next_order.price.amount
    assert world.sound()


def test_a_complete_order_cannot_be_cancelled_and_its_ticket_stays_sold(world: World) -> None:
    bought = start_purchase(world)
    world.pay(bought.order)
    with pytest.raises(OrderOver):
        bought.cancel()
    assert world.ticket(bought.ticket).status is TicketStatus.SOLD
    assert bought.has_ticket()


def test_of_many_concurrent_buyers_exactly_one_gets_the_ticket(world: World) -> None:
    ticket = world.list_ticket(world.user("seller"))
    buyers = [world.user(f"buyer{n}") for n in range(12)]

    def lock(buyer: Principal) -> Order | Problem:
        try:
            return world.lock(buyer, ticket)
        except Problem as problem:
            return problem

    with ThreadPoolExecutor(12) as threads:
        results = list(threads.map(lock, buyers))
    assert sum(isinstance(answer, Order) for answer in results) == 1
    assert {p.code for p in results if isinstance(p, Problem)} == {"ticket_unavailable"}
    assert one(world, "SELECT count(*) FROM orders") == 1


def test_sellers_cannot_lock_their_own_tickets(world: World) -> None:
    seller = world.user("seller")
    with pytest.raises(OwnTicket):
        world.lock(seller, world.list_ticket(seller))
    assert one(world, "SELECT count(*) FROM orders") == 0


def test_the_database_refuses_a_buyer_who_is_the_seller(world: World) -> None:
    start_purchase(world)
    with pytest.raises(Exception, match="seller_is_not_buyer"):
        change(world, "UPDATE orders SET buyer_id = seller_id")


def test_every_order_begins_awaiting_payment_and_can_return_to_it(
    world: World,
) -> None:
    bought = start_purchase(world)
    (created,) = [f for f in world.events(bought.order.id) if isinstance(f, OrderCreated)]
    assert bought.order.status is created.status is OrderStatus.AWAITING_PAYMENT
    assert MOVES[OrderStatus.CONFIRMING]["reopen"] is OrderStatus.AWAITING_PAYMENT


def test_the_lock_itself_freezes_the_price(world: World) -> None:
    bought = start_purchase(world)
    with pytest.raises(TicketUnavailable):
        world.call(EDIT_TICKET, bought.seller, DEARER, ticket_id=bought.ticket.id)
    (lock,) = [f for f in world.events(bought.ticket.id) if isinstance(f, TicketUpdated)]
    assert (lock.order_id, lock.price) == (bought.order.id, bought.order.price)


def test_a_price_edited_just_before_the_lock_is_shown_to_the_buyer_and_charged(
    world: World,
) -> None:
    seller, buyer = world.user("seller"), world.user("buyer")
    ticket = world.list_ticket(seller, amount=100)
    world.call(EDIT_TICKET, seller, DEARER, ticket_id=ticket.id)
    order = world.lock(buyer, ticket)
    assert order.price.amount == 99_999
    world.pay(order)
    assert captured(world) == 99_999


def test_the_server_sets_the_deadline_and_it_is_in_the_future(world: World) -> None:
    bought = start_purchase(world)
    assert bought.order.expires_at > bought.order.created_at
    created = one(world, "SELECT expires_at - created_at FROM orders")
    assert created == 15 * MINUTE


def test_a_deadline_far_in_the_past_expires_at_once(world: World) -> None:
    bought = start_purchase(world)
    world.pass_time(10_000 * MINUTE)
    assert bought.now().status is OrderStatus.CANCELLED
    assert world.names().count("expiration.complete") == 1


def test_a_buyer_cannot_lock_every_ticket_of_a_show(world: World) -> None:
    seller, buyer = world.user("seller"), world.user("buyer")
    for _ in range(world.settings.max_open_orders):
        world.lock(buyer, world.list_ticket(seller))
    with pytest.raises(TooManyOpenOrders) as refused:
        world.lock(buyer, world.list_ticket(seller))
    assert refused.value.rule == "max_open_orders"


def test_a_buyer_cannot_lock_a_ticket_again_right_after_a_lock_expired(world: World) -> None:
    bought = start_purchase(world)
    world.pass_time(15 * MINUTE)
    with pytest.raises(CoolingDown) as refused:
        world.lock(bought.buyer, bought.ticket)
    assert refused.value.rule == "cool_down"
    assert [t.id for t in world.call(LIST_TICKETS, Principal()).items] == [bought.ticket.id]


def test_cancelling_repeatedly_publishes_one_event(world: World) -> None:
    bought = start_purchase(world)
    bought.cancel()
    for _ in range(5):
        with pytest.raises(OrderOver):
            bought.cancel()
    assert world.names(bought.order.id).count("order.cancelled") == 1
    assert world.names(bought.ticket.id).count("ticket.updated") == 2


def test_locking_ones_own_locked_ticket_again_continues_the_order(world: World) -> None:
    bought = start_purchase(world)
    again = world.lock(bought.buyer, bought.ticket)
    assert (again.id, again.continued) == (bought.order.id, True)
    assert again.expires_at == bought.order.expires_at
    assert world.names(bought.ticket.id).count("ticket.updated") == 1
    with pytest.raises(TicketUnavailable):
        world.lock(world.user("other"), bought.ticket)


def test_an_order_is_continued_even_with_as_many_open_orders_as_are_allowed(world: World) -> None:
    seller, buyer = world.user("seller"), world.user("buyer")
    held_tickets = [world.list_ticket(seller) for _ in range(world.settings.max_open_orders)]
    first, *_ = [world.lock(buyer, ticket) for ticket in held_tickets]
    assert world.lock(buyer, held_tickets[0]).id == first.id


def test_an_order_whose_time_is_up_is_not_continued(world: World) -> None:
    bought = start_purchase(world)
    world.clock.advance(15 * MINUTE)
    with pytest.raises(TicketUnavailable):
        world.lock(bought.buyer, bought.ticket)


def test_a_bought_ticket_is_not_locked_again(world: World) -> None:
    bought = start_purchase(world)
    world.pay(bought.order)
    with pytest.raises(TicketUnavailable):
        world.lock(bought.buyer, bought.ticket)


def test_one_buyer_who_locks_a_ticket_many_times_at_once_has_one_order(world: World) -> None:
    ticket, buyer = world.list_ticket(world.user("seller")), world.user("buyer")
    with ThreadPoolExecutor(8) as threads:
        placed = list(threads.map(lambda _: world.lock(buyer, ticket), range(8)))
    assert len({order.id for order in placed}) == 1
    assert sum(not order.continued for order in placed) == 1
