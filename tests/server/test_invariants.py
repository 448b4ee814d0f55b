"""Invariants: what holds whatever people do, in which order, and however often."""

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
from contract.tickets import EDIT_TICKET, WITHDRAW_TICKET, EditTicket, Price
from server.expiration import expire_due
from server.orders import service as orders
from server.principal import Principal
from server.tickets import service as tickets
from tests.clock import MINUTE
from tests.server.crowd import Crowd
from tests.server.payments.purchase import captured, held, intents
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
def crowd(request: pytest.FixtureRequest, world: World) -> Crowd:
    """Give a crowd that has done a lot already."""
    return Crowd(world, request.param).stirs(STEPS)


def replayed(events: Iterable[AnyEvent], state: State | None = None) -> State:
    """Build the state from events alone: of each entity the newest version counts."""
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
    """Return the state as the tables have it."""
    return {row[0]: tuple(row[1:]) for row in rows(world, TABLES)}


def test_i1_a_ticket_never_has_two_live_orders(world: World) -> None:
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


def test_i1_holds_after_anything_a_crowd_does(crowd: Crowd) -> None:
    live = rows(
        crowd.world,
        "SELECT count(*) FROM orders WHERE status IN ('awaiting_payment', 'confirming', "
        "'complete') GROUP BY ticket_id",
    )
    assert {count for (count,) in live} <= {1}
    assert crowd.world.sound()


def test_i2_every_lock_has_ended_once_its_deadline_is_past(crowd: Crowd) -> None:
    world = crowd.world
    assert crowd.orders
    world.pass_time(15 * MINUTE)
    assert one(world, "SELECT count(*) FROM tickets WHERE status = 'locked'") == 0
    assert rows(world, "SELECT 1 FROM orders WHERE status NOT IN ('complete', 'cancelled')") == []
    ends = [f for f in world.events() if f.name in ("order.completed", "order.cancelled")]
    assert len(ends) == len({event.id for event in ends}) == len(crowd.orders)


def test_i3_what_is_charged_is_the_price_at_the_lock(crowd: Crowd) -> None:
    world = crowd.world
    agreed = {order.id: order.price.amount for _, order in crowd.orders}
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


def test_i5_only_the_order_that_holds_a_lock_can_end_it(crowd: Crowd) -> None:
    world = crowd.world
    ticket = world.list_ticket(crowd.people[0])
    holder = world.lock(world.user("fresh"), ticket)
    for _, order in crowd.orders:
        world.bus.write_now(
            lambda tx, order=order: tickets.unlock(tx, ticket_id=ticket.id, order_id=order.id)  # type: ignore[misc]
        )
    assert one(world, "SELECT order_id FROM tickets WHERE id = :t", t=ticket.id) == holder.id
    world.bus.write_now(lambda tx: tickets.unlock(tx, ticket_id=ticket.id, order_id=holder.id))
    assert world.ticket(ticket).status == "available"


def test_i6_nobody_ever_bought_from_himself(crowd: Crowd) -> None:
    assert rows(crowd.world, "SELECT 1 FROM orders WHERE buyer_id = seller_id") == []
    sold = rows(
        crowd.world,
        "SELECT 1 FROM tickets t JOIN orders o ON o.id = t.order_id WHERE o.buyer_id = t.seller_id",
    )
    assert sold == []


def test_i7_a_ticket_does_not_change_while_it_is_locked_or_sold(crowd: Crowd) -> None:
    world = crowd.world
    price = EditTicket(price=Price(amount=1, currency="EUR"))
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


def test_i7_between_a_lock_and_its_end_the_log_has_no_other_price(crowd: Crowd) -> None:
    price: dict[str, tuple[str, int]] = {}
    for event in crowd.world.events():
        if not event.name.startswith("ticket."):
            continue
        said = msgspec.to_builtins(event)
        holder, amount = said["order_id"], said["price"]["amount"]
        if holder is not None and holder == price.get(event.id, ("", 0))[0]:
            assert price[event.id][1] == amount
        price[event.id] = (holder, amount)


def test_i8_the_versions_of_every_entity_run_without_a_gap(crowd: Crowd) -> None:
    seen: dict[str, list[int]] = {}
    for event in crowd.world.events():
        if event.version:
            seen.setdefault(event.id, []).append(event.version)
    assert all(versions == list(range(1, len(versions) + 1)) for versions in seen.values())
    assert {id_: versions[-1] for id_, versions in seen.items() if id_ in kept(crowd.world)} == {
        id_: row[0] for id_, row in kept(crowd.world).items()
    }


def test_i9_the_log_alone_leads_to_the_state(crowd: Crowd) -> None:
    assert replayed(crowd.world.events()) == kept(crowd.world)


@pytest.mark.parametrize("seed", range(5))
def test_i9_the_log_read_twice_and_in_any_order_leads_to_the_same_state(
    crowd: Crowd, seed: int
) -> None:
    events = crowd.world.events()
    jumbled = events * 2
    random.Random(seed).shuffle(jumbled)
    assert replayed(jumbled) == kept(crowd.world)


def test_i9_hearing_everything_again_on_top_of_the_state_changes_nothing(crowd: Crowd) -> None:
    state = kept(crowd.world)
    assert replayed(crowd.world.events(), state) == state
    assert replayed(reversed(crowd.world.events()), state) == state


def test_i9_deadlines_rung_again_for_every_order_there_ever_was_change_nothing(
    crowd: Crowd,
) -> None:
    world = crowd.world
    world.pass_time(15 * MINUTE)
    before = kept(world)
    rung = [event for event in world.events() if event.name == "expiration.complete"]
    assert rung
    for event in rung:
        world.bus.write_now(lambda tx, event=event: orders.expire(tx, event))  # type: ignore[misc]
    assert world.bus.write_now(expire_due) == 0
    assert kept(world) == before
    assert world.sound()


def test_every_captured_payment_belongs_to_one_complete_order(crowd: Crowd) -> None:
    world = crowd.world
    world.pass_time(15 * MINUTE)
    complete = one(world, "SELECT sum(price_amount) FROM orders WHERE status = 'complete'")
    assert captured(world) == complete
    assert held(world) == 0
