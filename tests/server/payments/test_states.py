"""Every state with every verb: a payment makes exactly the moves of its states."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from contract.payments import PaymentStatus
from server.payments import checkout, repository, service
from server.payments.states import MOVES
from server.stripe import FundsState, PaymentState
from server.tx import Tx
from tests.server.payments.purchase import Purchase, start_purchase
from tests.server.rows import change
from tests.world import World

VERBS = sorted({verb for verbs in MOVES.values() for verb in verbs})
#: A hold on a void payment is an "exceed", from the same state at Stripe as "authorise".
PAIRS = [
    (state, verb)
    for state in PaymentStatus
    for verb in VERBS
    if (state, verb) != (PaymentStatus.VOID, "authorise")
]
#: Which of these applies depends on all refunds of a payment; other tests cover that.
REFUNDS = ("begin_refund", "refund", "keep_rest", "fail_refund")
#: The state the order must be in for a verb.
ORDERS = {
    "pay": "status = 'confirming', payment_id = :payment",
    "exceed": "status = 'cancelled', reason = 'expired', ended_at = expires_at",
    "refund_late": "status = 'cancelled', reason = 'expired', ended_at = expires_at",
}


def state_of(funds: FundsState, *, page_open: bool = True) -> PaymentState:
    """Return a state that Stripe may have of a payment."""
    return PaymentState(
        session_id="cs_1", intent_id="pi_1", url="http://shop.test/x", page_open=page_open,
        funds=funds, declines=(), live=False,
    )  # fmt: skip


def put(world: World, state: PaymentStatus, verb: str) -> tuple[Purchase, str]:
    """Make a payment in a state, with its order where the verb expects it."""
    purchase = start_purchase(world)
    started = world.bus.write_now(lambda tx: checkout.start(tx, order_id=purchase.order.id))
    change(world, "UPDATE payments SET status = :s, intent_id = 'pi_1'", s=state.value)
    if verb in ORDERS:
        binds = {"payment": started.id} if verb == "pay" else {}
        change(world, f"UPDATE orders SET {ORDERS[verb]}", **binds)  # noqa: S608  a constant above
    return purchase, started.id


def act(verb: str, payment: str) -> Callable[[Tx], object]:
    """Return the function that applies a verb, from the state of the payment at Stripe."""
    if verb in REFUNDS:
        return lambda tx: tx.first(repository.MOVE[verb], payment_id=payment, now=tx.now_us)
    return {
        "open": lambda tx: checkout.opened(tx, payment, state_of(FundsState.NOT_HELD)),
        "authorise": lambda tx: service.apply(tx, payment, state_of(FundsState.HELD)),
        "exceed": lambda tx: service.apply(tx, payment, state_of(FundsState.HELD)),
        "pay": lambda tx: service.captured(tx, payment),
        "refund_late": lambda tx: service.apply(tx, payment, state_of(FundsState.CAPTURED)),
        "void": lambda tx: service.apply(
            tx, payment, state_of(FundsState.RELEASED, page_open=False)
        ),
    }[verb]


@pytest.mark.parametrize(("state", "verb"), PAIRS, ids=str)
def test_a_verb_moves_a_payment_only_from_the_states_that_allow_it(
    world: World, state: PaymentStatus, verb: str
) -> None:
    purchase, payment = put(world, state, verb)
    world.bus.write_now(act(verb, payment))
    allowed = MOVES[state].get(verb)
    now = purchase.payment()
    assert now.status is (allowed or state)
    assert now.version == (1 if allowed is None else 2)


@pytest.mark.parametrize("state", list(PaymentStatus))
def test_applying_the_same_state_twice_changes_nothing(world: World, state: PaymentStatus) -> None:
    purchase, payment = put(world, state, "authorise")
    for funds in FundsState:
        at_stripe = state_of(funds, page_open=funds is FundsState.NOT_HELD)
        world.bus.write_now(lambda tx, now=at_stripe: service.apply(tx, payment, now))  # type: ignore[misc]
        once = purchase.payment(), len(world.events())
        world.bus.write_now(lambda tx, now=at_stripe: service.apply(tx, payment, now))  # type: ignore[misc]
        assert (purchase.payment(), len(world.events())) == once
