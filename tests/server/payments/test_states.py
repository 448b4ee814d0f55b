"""Every state with every verb: the payments room makes exactly the moves of its states."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from contract.payments import PaymentStatus
from server.payments import opening, service
from server.payments import statements as sql
from server.payments.states import MOVES
from server.payments.stripe import Money, Truth
from server.tx import Tx
from tests.server.payments.purchase import Purchase, purchase
from tests.server.rows import change
from tests.world import World

VERBS = sorted({verb for verbs in MOVES.values() for verb in verbs})
#: A hold on what is void already is heard as "exceed", in the same words as "authorise".
PAIRS = [
    (state, verb)
    for state in PaymentStatus
    for verb in VERBS
    if (state, verb) != (PaymentStatus.VOID, "authorise")
]
#: Which of these it is depends on all of a payment's refunds: tests of their own say how.
REFUNDS = ("give_back", "refund", "keep_rest", "fail_refund")
#: The state of the order in which a verb may be heard at all.
ORDERS = {
    "keep": "status = 'confirming', payment_id = :payment",
    "exceed": "status = 'cancelled', reason = 'expired', ended_at = expires_at",
    "owe": "status = 'cancelled', reason = 'expired', ended_at = expires_at",
}


def truth(money: Money, *, page_open: bool = True) -> Truth:
    """Return what Stripe may say of a payment."""
    return Truth(
        session_id="cs_1", intent_id="pi_1", url="http://shop.test/x", page_open=page_open,
        money=money, declines=(), live=False,
    )  # fmt: skip


def put(world: World, state: PaymentStatus, verb: str) -> tuple[Purchase, str]:
    """Make a payment in a state, with its order where the verb expects it."""
    bought = purchase(world)
    started = world.bus.write_now(lambda tx: opening.start(tx, order_id=bought.order.id))
    change(world, "UPDATE payments SET status = :s, intent_id = 'pi_1'", s=state.value)
    if verb in ORDERS:
        binds = {"payment": started.id} if verb == "keep" else {}
        change(world, f"UPDATE orders SET {ORDERS[verb]}", **binds)  # noqa: S608  a constant above
    return bought, started.id


def act(verb: str, payment: str) -> Callable[[Tx], object]:
    """Return how a verb is said to the room: by what Stripe tells of the payment."""
    if verb in REFUNDS:
        return lambda tx: tx.first(sql.MOVE[verb], payment_id=payment, now=tx.now_us)
    return {
        "open": lambda tx: opening.opened(tx, payment, truth(Money.NOWHERE)),
        "authorise": lambda tx: service.learn(tx, payment, truth(Money.HELD)),
        "exceed": lambda tx: service.learn(tx, payment, truth(Money.HELD)),
        "keep": lambda tx: service.captured(tx, payment),
        "owe": lambda tx: service.learn(tx, payment, truth(Money.OURS)),
        "void": lambda tx: service.learn(tx, payment, truth(Money.RELEASED, page_open=False)),
    }[verb]


@pytest.mark.parametrize(("state", "verb"), PAIRS, ids=str)
def test_a_verb_moves_a_payment_only_from_where_its_states_say(
    world: World, state: PaymentStatus, verb: str
) -> None:
    bought, payment = put(world, state, verb)
    world.bus.write_now(act(verb, payment))
    allowed = MOVES[state].get(verb)
    now = bought.attempt()
    assert now.status is (allowed or state)
    assert now.version == (1 if allowed is None else 2)


@pytest.mark.parametrize("state", list(PaymentStatus))
def test_hearing_the_same_again_moves_a_payment_no_further(
    world: World, state: PaymentStatus
) -> None:
    bought, payment = put(world, state, "authorise")
    for money in Money:
        told = truth(money, page_open=money is Money.NOWHERE)
        world.bus.write_now(lambda tx, told=told: service.learn(tx, payment, told))  # type: ignore[misc]
        once = bought.attempt(), len(world.events())
        world.bus.write_now(lambda tx, told=told: service.learn(tx, payment, told))  # type: ignore[misc]
        assert (bought.attempt(), len(world.events())) == once
