"""Every state with every verb: orders make exactly the transitions of their state machine."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

import pytest

from contract.expiration import ExpirationComplete
from contract.orders import CancelReason, Order, OrderStatus
from contract.problems import Problem
from db.types import from_us
from server.orders import service
from server.orders.states import MOVES
from server.tx import Tx
from tests.clock import MINUTE
from tests.server.rows import change, one
from tests.world import World

OWNER = "pay_owner"
VERBS = sorted({verb for verbs in MOVES.values() for verb in verbs})
PAIRS = [(state, verb) for state in OrderStatus for verb in VERBS]
TICKET = {
    OrderStatus.AWAITING_PAYMENT: "locked", OrderStatus.CONFIRMING: "locked",
    OrderStatus.COMPLETE: "sold", OrderStatus.CANCELLED: "available",
}  # fmt: skip


def put(world: World, state: OrderStatus) -> Order:
    """Place an order and put it and its ticket into a state, owned by `OWNER`."""
    order = world.lock(world.user("buyer"), world.list_ticket(world.user("seller")))
    over = state in (OrderStatus.COMPLETE, OrderStatus.CANCELLED)
    change(
        world,
        "UPDATE orders SET status = :status, payment_id = :owner, reason = :reason, ended_at = :at",
        status=state.value, owner=OWNER, at=world.clock.now() if over else None,
        reason="buyer" if state is OrderStatus.CANCELLED else None,
    )  # fmt: skip
    ticket = TICKET[state]
    holder = None if ticket == "available" else order.id
    change(
        world, "UPDATE tickets SET status = :s, shelf = :shelf, order_id = :o, "
        "locked_until = CASE :s WHEN 'locked' THEN locked_until END",
        s=ticket, shelf="sold" if ticket == "sold" else "on", o=holder,
    )  # fmt: skip
    return order


def acts(order: Order, now: int) -> dict[str, Callable[[Tx], object]]:
    """Return the call of the service for each verb; `give_up` is a release without time left."""
    owned = {"order_id": order.id, "payment_id": OWNER}
    rung = ExpirationComplete(
        id=order.id, version=0, order_id=order.id, buyer_id=order.buyer_id, expires_at=from_us(now)
    )
    return {
        "confirm": lambda tx: service.confirm(tx, **owned),
        "complete": lambda tx: service.complete(tx, **owned),
        "reopen": lambda tx: service.release(tx, **owned),
        "give_up": lambda tx: service.release(tx, **owned),
        "cancel": lambda tx: service.cancel(tx, order_id=order.id, reason=CancelReason.BUYER),
        "expire": lambda tx: service.expire(tx, rung),
    }


def attempt(world: World, order: Order, verb: str) -> OrderStatus:
    """Apply a verb, ignore a refusal, and return the order's status."""
    with suppress(Problem):
        world.bus.write_now(acts(order, world.clock.now())[verb])
    return OrderStatus(one(world, "SELECT status FROM orders"))


@pytest.mark.parametrize(("state", "verb"), PAIRS, ids=str)
def test_a_verb_is_applied_to_an_order_only_where_its_states_allow_it(
    world: World, state: OrderStatus, verb: str
) -> None:
    order, known = put(world, state), len(world.events())
    if verb == "give_up":
        world.clock.advance(15 * MINUTE)
    allowed = MOVES[state].get(verb)
    assert attempt(world, order, verb) is (allowed or state)
    published = [event for event in world.events()[known:] if event.id == order.id]
    assert [event.version for event in published] == ([] if allowed is None else [2])
    assert one(world, "SELECT version FROM orders") == (1 if allowed is None else 2)


@pytest.mark.parametrize("state", list(OrderStatus))
def test_a_deadline_ends_only_an_order_that_awaits_payment(
    world: World, state: OrderStatus
) -> None:
    order = put(world, state)
    world.clock.advance(15 * MINUTE)
    waits = state is OrderStatus.AWAITING_PAYMENT
    assert attempt(world, order, "expire") is (OrderStatus.CANCELLED if waits else state)


@pytest.mark.parametrize("verb", ["complete", "reopen"])
def test_a_claimed_order_accepts_only_the_payment_that_claimed_it(world: World, verb: str) -> None:
    order = put(world, OrderStatus.CONFIRMING)
    change(world, "UPDATE orders SET payment_id = 'pay_another'")
    assert attempt(world, order, verb) is OrderStatus.CONFIRMING


def test_a_claim_after_the_deadline_is_too_late(world: World) -> None:
    order = put(world, OrderStatus.AWAITING_PAYMENT)
    world.clock.advance(15 * MINUTE - 1)
    assert world.bus.write_now(acts(order, 0)["confirm"]) is True
    change(world, "UPDATE orders SET status = 'awaiting_payment'")
    world.clock.advance(1)
    assert world.bus.write_now(acts(order, 0)["confirm"]) is False
    assert one(world, "SELECT status FROM orders") == "awaiting_payment"


def test_an_expiration_event_before_the_deadline_ends_nothing(world: World) -> None:
    order = put(world, OrderStatus.AWAITING_PAYMENT)
    world.clock.advance(15 * MINUTE - 1)
    assert attempt(world, order, "expire") is OrderStatus.AWAITING_PAYMENT
    world.clock.advance(1)
    assert attempt(world, order, "expire") is OrderStatus.CANCELLED
