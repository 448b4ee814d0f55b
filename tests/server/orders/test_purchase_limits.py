"""Purchase limits: a buyer has few open orders at once; each refusal names its rule."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from contract.orders import CANCEL_ORDER, CoolingDown, Order, TooManyOpenOrders
from contract.problems import Problem
from contract.tickets import Ticket
from tests.clock import MINUTE, SECOND
from tests.server.rows import one
from tests.world import World


def test_a_buyer_may_have_four_open_orders_and_no_fifth(world: World) -> None:
    seller, buyer = world.user("seller"), world.user("buyer")
    for _ in range(4):
        world.lock(buyer, world.list_ticket(seller))
    with pytest.raises(TooManyOpenOrders, match="4") as refused:
        world.lock(buyer, world.list_ticket(seller))
    assert refused.value.rule == "max_open_orders"


def test_the_limit_is_a_setting(world: World) -> None:
    world.with_settings(max_open_orders=1)
    seller, buyer = world.user("seller"), world.user("buyer")
    world.lock(buyer, world.list_ticket(seller))
    with pytest.raises(TooManyOpenOrders):
        world.lock(buyer, world.list_ticket(seller))


@pytest.mark.parametrize("end", ["pay", "cancel", "expire"])
def test_an_order_that_ends_makes_room_for_another(world: World, end: str) -> None:
    world.with_settings(max_open_orders=1)
    seller, buyer = world.user("seller"), world.user("buyer")
    order = world.lock(buyer, world.list_ticket(seller))
    if end == "pay":
        world.pay(order)
    elif end == "cancel":
        world.call(CANCEL_ORDER, buyer, order_id=order.id)
    else:
        world.pass_time(15 * MINUTE)
    assert world.lock(buyer, world.list_ticket(seller)).id != order.id


def test_the_limit_applies_to_each_buyer(world: World) -> None:
    world.with_settings(max_open_orders=1)
    seller = world.user("seller")
    for name in ("ana", "ben"):
        world.lock(world.user(name), world.list_ticket(seller))
    assert one(world, "SELECT count(*) FROM orders") == 2


def test_concurrent_orders_are_counted_too(world: World) -> None:
    seller, buyer = world.user("seller"), world.user("buyer")
    tickets = [world.list_ticket(seller) for _ in range(12)]

    def lock(ticket: Ticket) -> Order | Problem:
        try:
            return world.lock(buyer, ticket)
        except Problem as problem:
            return problem

    with ThreadPoolExecutor(12) as threads:
        results = list(threads.map(lock, tickets))
    assert sum(isinstance(answer, Order) for answer in results) == 4
    assert one(world, "SELECT count(*) FROM orders") == 4
    assert world.sound()


def test_after_an_expired_lock_the_buyer_must_wait_to_lock_the_ticket_again(world: World) -> None:
    seller, buyer = world.user("seller"), world.user("buyer")
    ticket = world.list_ticket(seller)
    world.lock(buyer, ticket)
    world.pass_time(15 * MINUTE)
    with pytest.raises(CoolingDown) as refused:
        world.lock(buyer, ticket)
    assert (refused.value.rule, refused.value.retry_after) == ("cool_down", 600)


def test_the_wait_ends_to_the_microsecond(world: World) -> None:
    seller, buyer = world.user("seller"), world.user("buyer")
    ticket = world.list_ticket(seller)
    world.lock(buyer, ticket)
    world.pass_time(15 * MINUTE)
    world.clock.advance(10 * MINUTE - 1)
    with pytest.raises(CoolingDown) as refused:
        world.lock(buyer, ticket)
    assert refused.value.retry_after == 1
    world.clock.advance(1)
    assert world.lock(buyer, ticket).ticket_id == ticket.id


def test_meanwhile_others_may_lock_the_ticket_and_the_buyer_another_one(world: World) -> None:
    seller, buyer, other = world.user("seller"), world.user("buyer"), world.user("other")
    ticket, another = world.list_ticket(seller), world.list_ticket(seller)
    world.lock(buyer, ticket)
    world.pass_time(15 * MINUTE + SECOND)
    assert world.lock(other, ticket).buyer_id == other.user_id
    assert world.lock(buyer, another).buyer_id == buyer.user_id


def test_after_a_cancelled_order_there_is_no_wait(world: World) -> None:
    seller, buyer = world.user("seller"), world.user("buyer")
    ticket = world.list_ticket(seller)
    world.call(CANCEL_ORDER, buyer, order_id=world.lock(buyer, ticket).id)
    assert world.lock(buyer, ticket).ticket_id == ticket.id
