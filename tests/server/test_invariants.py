"""Invariants: what is always true, whatever users do, in any order."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import msgspec
import pytest

from contract.feed import AnyEvent
from contract.orders import Order
from contract.problems import Problem
from contract.tickets import (
    EDIT_TICKET,
    WITHDRAW_TICKET,
    EditTicket,
    Price,
)
from server.expiration import expire_due
from server.orders import service as orders
from server.principal import Principal
from server.tickets import service as tickets
from tests.clock import MINUTE
from tests.server.payments.purchase import captured, held, hold_events, intents, start_purchase
from tests.server.random_users import RandomUsers
from tests.server.rows import one, rows
from tests.world import World

STEPS = 60
LIVE = ("awaiting_payment", "confirming", "complete")
State = dict[str, tuple[Any, ...]]

TABLES = """
    SELECT id, version, status, order_id, price_amount FROM tickets
    UNION ALL SELECT id, version, status, ticket_id, price_amount FROM orders
    UNION ALL SELECT id, version, status, order_id, amount FROM payments
"""
FIELDS = {"ticket": ("order_id", "price"), "order": ("ticket_id", "price"),
          "payment": ("order_id", "amount")}  # fmt: skip


@pytest.fixture(params=[1, 2])
def users(request: pytest.FixtureRequest, world: World) -> RandomUsers:
    """Give random users who have done many actions."""
    return RandomUsers(world, request.param).act(STEPS)


def replayed(events: Iterable[AnyEvent], state: State | None = None) -> State:
    """Build the state from events alone: the newest version of each entity counts."""
    built: State = dict(state or {})
    for event in events:
        noun = event.name.partition(".")[0]
        if noun not in FIELDS or event.version <= built.get(event.id, (0,))[0]:
            continue
        said: Mapping[str, Any] = msgspec.to_builtins(event)
        link, money = FIELDS[noun]
        built[event.id] = (event.version, said["status"], said[link], said[money]["amount"])
    return built


def kept(world: World) -> State:
    """Return the state in the tables."""
    return {row[0]: tuple(row[1:]) for row in rows(world, TABLES)}


def test_a_ticket_never_has_two_orders_that_hold_it(world: World) -> None:
    seller = world.user("seller")
    buyers = [world.user(f"buyer{n}") for n in range(16)]

    def lock(buyer: Principal) -> Order | Problem:
        try:
            return world.lock(buyer, ticket)
        except Problem as problem:
            return problem

    with ThreadPoolExecutor(16) as threads:
        for _ in range(5):
            ticket = world.list_ticket(seller)
            told = list(threads.map(lock, buyers))
            (won,) = [answer for answer in told if isinstance(answer, Order)]
            refused = [answer.code for answer in told if isinstance(answer, Problem)]
            assert set(refused) <= {"ticket_unavailable", "too_many_open_orders"}
            live = rows(world, "SELECT id FROM orders WHERE ticket_id = :t", t=ticket.id)
            assert live == [(won.id,)]
    assert world.sound()


def test_a_ticket_has_at_most_one_holding_order_after_random_actions(users: RandomUsers) -> None:
    live = rows(
        users.world,
        "SELECT count(*) FROM orders WHERE status IN ('awaiting_payment', 'confirming', "
        "'complete') GROUP BY ticket_id",
    )
    assert {count for (count,) in live} <= {1}
    assert users.world.sound()


def test_every_lock_has_ended_after_its_deadline(users: RandomUsers) -> None:
    world = users.world
    assert users.orders
    world.pass_time(15 * MINUTE)
    assert one(world, "SELECT count(*) FROM tickets WHERE status = 'locked'") == 0
    assert rows(world, "SELECT 1 FROM orders WHERE status NOT IN ('complete', 'cancelled')") == []
    ends = [f for f in world.events() if f.name in ("order.completed", "order.cancelled")]
    assert len(ends) == len({event.id for event in ends}) == len(users.orders)


def test_the_price_charged_is_the_price_at_the_lock(users: RandomUsers) -> None:
    world = users.world
    agreed = {order.id: order.price.amount for _, order in users.orders}
    paid: dict[str, int] = dict(
        rows(world, "SELECT order_id, amount FROM payments WHERE status = 'paid'")
    )
    assert paid
    assert all(agreed[order_id] == amount for order_id, amount in paid.items())
    charged = {
        intent["metadata"]["order"]: intent["amount_received"]
        for intent in intents(world)
        if intent["amount_received"]
    }
    assert charged == paid


def test_only_the_order_that_holds_a_lock_can_end_it(users: RandomUsers) -> None:
    world = users.world
    ticket = world.list_ticket(users.people[0])
    holder = world.lock(world.user("fresh"), ticket)
    for _, order in users.orders:
        world.bus.write_now(
            lambda tx, order=order: tickets.unlock(tx, ticket_id=ticket.id, order_id=order.id)  # type: ignore[misc]
        )
    assert one(world, "SELECT order_id FROM tickets WHERE id = :t", t=ticket.id) == holder.id
    world.bus.write_now(lambda tx: tickets.unlock(tx, ticket_id=ticket.id, order_id=holder.id))
    assert world.ticket(ticket).status == "available"


def test_nobody_has_bought_their_own_ticket(users: RandomUsers) -> None:
    assert rows(users.world, "SELECT 1 FROM orders WHERE buyer_id = seller_id") == []
    sold = rows(
        users.world,
        "SELECT 1 FROM tickets t JOIN orders o ON o.id = t.order_id WHERE o.buyer_id = t.seller_id",
    )
    assert sold == []


def test_a_ticket_does_not_change_while_it_is_locked_or_sold(users: RandomUsers) -> None:
    world = users.world
    price = EditTicket(price=Price(amount=100, currency="EUR"))
    bound = rows(world, "SELECT id, seller_id FROM tickets WHERE status IN ('locked', 'sold')")
    assert bound
    before = kept(world)
    for ticket_id, seller_id in bound:
        seller = Principal(user_id=seller_id)
        with pytest.raises(Problem):
            world.call(EDIT_TICKET, seller, price, ticket_id=ticket_id)
        with pytest.raises(Problem):
            world.call(WITHDRAW_TICKET, seller, ticket_id=ticket_id)
    assert kept(world) == before


def test_the_log_has_no_other_price_between_a_lock_and_its_end(users: RandomUsers) -> None:
    price: dict[str, tuple[str, int]] = {}
    for event in users.world.events():
        said = msgspec.to_builtins(event)
        if not event.name.startswith("ticket.") or "price" not in said:
            continue
        holder, amount = said["order_id"], said["price"]["amount"]
        if holder is not None and holder == price.get(event.id, ("", 0))[0]:
            assert price[event.id][1] == amount
        price[event.id] = (holder, amount)


def test_the_versions_of_every_entity_have_no_gap(users: RandomUsers) -> None:
    seen: dict[str, list[int]] = {}
    for event in users.world.events():
        if event.version:
            seen.setdefault(event.id, []).append(event.version)
    assert all(versions == list(range(1, len(versions) + 1)) for versions in seen.values())
    assert {id_: versions[-1] for id_, versions in seen.items() if id_ in kept(users.world)} == {
        id_: row[0] for id_, row in kept(users.world).items()
    }


def test_the_log_alone_leads_to_the_state(users: RandomUsers) -> None:
    assert replayed(users.world.events()) == kept(users.world)


@pytest.mark.parametrize("seed", range(5))
def test_the_log_read_twice_and_in_any_order_leads_to_the_same_state(
    users: RandomUsers, seed: int
) -> None:
    events = users.world.events()
    jumbled = events * 2
    random.Random(seed).shuffle(jumbled)
    assert replayed(jumbled) == kept(users.world)


def test_applying_the_log_to_the_state_again_changes_nothing(users: RandomUsers) -> None:
    state = kept(users.world)
    assert replayed(users.world.events(), state) == state
    assert replayed(reversed(users.world.events()), state) == state


def test_expiring_every_order_again_changes_nothing(
    users: RandomUsers,
) -> None:
    world = users.world
    world.pass_time(15 * MINUTE)
    before = kept(world)
    rung = [event for event in world.events() if event.name == "expiration.complete"]
    assert rung
    for event in rung:
        world.bus.write_now(lambda tx, event=event: orders.expire(tx, event))  # type: ignore[misc]
    assert world.bus.write_now(expire_due) == 0
    assert kept(world) == before
    assert world.sound()


def test_every_captured_payment_belongs_to_one_complete_order(users: RandomUsers) -> None:
    world = users.world
    world.pass_time(15 * MINUTE)
    complete = one(world, "SELECT sum(price_amount) FROM orders WHERE status = 'complete'")
    assert captured(world) == complete
    assert held(world) == 0


def test_webhooks_received_twice_change_nothing(world: World) -> None:
    bought = start_purchase(world)
    box = hold_events(world)
    bought.type_card(bought.page())
    world.sandbox.pump()
    for raw, signature in box * 2:
        world.payments.receive(raw, signature)
    world.work()
    before = world.names()
    for raw, signature in list(box):
        world.payments.receive(raw, signature)
    world.work()
    assert world.names() == before
    assert world.sound()
