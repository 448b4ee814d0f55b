"""A crash or a silence at any request of a charge: one hold at most, and nobody pays twice."""

from __future__ import annotations

import pytest

from contract.cards import Card
from contract.orders import CANCEL_ORDER, CancelReason, OrderStatus
from contract.payments import PaymentsPaused, PaymentStatus
from contract.problems import Problem
from server.payments.service import learn
from server.payments.stripe import ASKS, DISCREET
from server.sandbox.faults import Fault
from tests.clock import MINUTE, SECOND
from tests.server.payments.cards.wallet import (
    ASKS_ALWAYS,
    FAILS_LATER,
    at_request,
    press,
    save,
    type_in,
)
from tests.server.payments.purchase import (
    Purchase,
    deaf,
    held,
    intents,
    purchase,
    ring_now,
    taken,
    unreachable,
)
from tests.server.rows import one
from tests.world import CARD, World

pytestmark = pytest.mark.sqlite_only

#: What a charge asks of the bank: three questions for the press, one for the capture.
CHARGE = ["POST payment_intents", "GET payment_intents/pi", "GET charges",
          "POST payment_intents/pi/capture"]  # fmt: skip
each_request = pytest.mark.parametrize("number", range(1, len(CHARGE) + 1))
#: A try that ends is let go as well, and looked at once more.
each_of_six = pytest.mark.parametrize("number", range(1, 7))
each_side = pytest.mark.parametrize("side", ["before", "after"])


class Crash(BaseException):
    """The process is gone; nothing of the house may catch that."""


def crash() -> None:
    raise Crash


def nothing() -> None:
    return None


def ready(world: World, number: str = CARD) -> tuple[Purchase, Card]:
    """Let somebody with a saved card lock a ticket."""
    bought = purchase(world)
    return bought, save(world, bought.buyer, number)


def interrupted(bought: Purchase, card: Card, number: int, side: str) -> None:
    """Pay with a card until the house crashes at a request, or to the end."""
    world = bought.world
    at_request(
        world, number=number, before=crash if side == "before" else nothing,
        after=crash if side == "after" else nothing,
    )  # fmt: skip
    try:
        press(bought, card)
        world.work()
    except Crash:
        assert holds(world) <= 1


def pressed(bought: Purchase, card: Card) -> int:
    """Pay with a card; return the status of the answer."""
    try:
        press(bought, card)
    except Problem as refusal:
        return refusal.status
    return 200


def holds(world: World) -> int:
    """Return how many holds there are at the bank."""
    return len([intent for intent in intents(world) if intent.amount_capturable])


def wait(world: World) -> None:
    """Let leases run out, jobs come back and the deadline pass."""
    for _ in range(20):
        world.pass_time(MINUTE)
        assert holds(world) <= 1


def settled(bought: Purchase, *, paid: bool) -> None:
    """Check that what was paid and what was got are the same, and nothing is left over."""
    world, price = bought.world, bought.order.price.amount
    assert (bought.now().status is OrderStatus.COMPLETE) == paid
    assert (taken(world), held(world)) == (price if paid else 0, 0)
    assert {intent.status for intent in intents(world)} <= {"succeeded", "canceled"}
    assert one(world, "SELECT count(*) FROM jobs WHERE state <> 'done'") == 0
    assert world.sound()


def test_a_charge_asks_the_bank_no_more_than_it_must(world: World) -> None:
    bought, card = ready(world)
    deaf(world)  # a message makes the house look
    asked = at_request(world, number=0, before=nothing, after=nothing)
    press(bought, card)
    world.work()
    (intent,) = intents(world)
    assert [line.replace(intent.id, "pi") for line in asked] == CHARGE


@each_request
@each_side
def test_a_crash_at_any_request_of_a_charge_is_made_good(
    world: World, number: int, side: str
) -> None:
    bought, card = ready(world)
    interrupted(bought, card, number, side)
    wait(world)
    settled(bought, paid=True)
    assert len(intents(world)) == 1


@each_request
@each_side
def test_a_press_after_a_crash_is_no_second_charge(world: World, number: int, side: str) -> None:
    bought, card = ready(world)
    interrupted(bought, card, number, side)
    assert pressed(bought, card) in (200, 409, 410)
    wait(world)
    settled(bought, paid=True)
    assert len(intents(world)) == 1


@each_request
@each_side
def test_an_order_given_up_after_a_crash_holds_nothing(
    world: World, number: int, side: str
) -> None:
    bought, card = ready(world)
    interrupted(bought, card, number, side)
    try:
        world.call(CANCEL_ORDER, bought.buyer, order_id=bought.order.id)
        paid = False
    except Problem:
        paid = True
    wait(world)
    settled(bought, paid=paid)


@each_of_six
@each_side
@pytest.mark.parametrize(("card", "declines"), [(FAILS_LATER, 1), (ASKS_ALWAYS, 0)])
def test_a_crash_while_a_card_is_refused_leaves_the_order_and_one_count(
    world: World, number: int, side: str, card: str, declines: int
) -> None:
    bought, saved = ready(world, card)
    interrupted(bought, saved, number, side)
    world.pass_time(3 * MINUTE)
    assert bought.statuses() == [PaymentStatus.VOID]
    assert (bought.attempt().declines, bought.attempt().declined is None) == (declines, False)
    assert one(world, "SELECT count(*) FROM declines") == declines
    assert bought.now().status is OrderStatus.AWAITING_PAYMENT
    wait(world)
    settled(bought, paid=False)


@each_request
@each_side
def test_a_deadline_that_passes_during_a_charge_releases_what_is_held(
    world: World, number: int, side: str
) -> None:
    bought, card = ready(world)
    deaf(world)

    def late() -> None:
        world.clock.advance(15 * MINUTE)
        ring_now(world)

    at_request(
        world, number=number, before=late if side == "before" else nothing,
        after=late if side == "after" else nothing,
    )  # fmt: skip
    assert pressed(bought, card) in (200, 410, 503)
    world.work()
    paid = bought.now().status is OrderStatus.COMPLETE
    assert paid == (number > 3)  # from then on the order was claimed
    wait(world)
    settled(bought, paid=paid)


@each_request
@pytest.mark.parametrize("fault", [f for f in Fault if f is not Fault.NONE])
def test_a_fault_at_any_request_of_a_charge_ends_in_one_charge_or_none(
    world: World, number: int, fault: Fault
) -> None:
    bought, card = ready(world)
    deaf(world)
    world.payments.transport.faults.extend([Fault.NONE] * (number - 1) + [fault] * 3)
    try:
        press(bought, card)
    except PaymentsPaused:
        assert bought.statuses() in ([PaymentStatus.NEW], [PaymentStatus.VOID])
    world.work()
    world.payments.transport.faults.clear()
    wait(world)
    paid = bought.now().status is OrderStatus.COMPLETE
    # Only an answer that stands for a day, to a call that was not carried out, costs the sale.
    assert paid or fault is Fault.BREAK_BEFORE
    if paid:
        settled(bought, paid=True)
    assert taken(world) in (0, bought.order.price.amount)
    assert holds(world) <= 1


@each_of_six
@pytest.mark.parametrize("card", [CARD, FAILS_LATER, ASKS_ALWAYS])
def test_messages_that_come_in_the_middle_of_a_charge_change_nothing(
    world: World, number: int, card: str
) -> None:
    bought, saved = ready(world, card)
    at_request(world, number=number, before=nothing, after=world.work)
    told = press(bought, saved)
    world.work()
    wait(world)
    settled(bought, paid=card == CARD)
    assert len(intents(world)) == 1
    assert told.declines == (card == FAILS_LATER)
    assert bought.attempt().declined == {CARD: None, FAILS_LATER: DISCREET}.get(card, ASKS)


def test_what_is_heard_of_while_a_call_is_out_is_left_to_that_call(world: World) -> None:
    bought, card = ready(world)
    world.payments.transport.faults.extend([Fault.LOSE_REPLY] * 3)
    with pytest.raises(PaymentsPaused):
        press(bought, card)
    asked = at_request(world, number=0, before=nothing, after=nothing)
    world.work()
    assert (asked, bought.statuses()) == ([], [PaymentStatus.NEW])
    world.pass_time(20 * SECOND)
    assert bought.has_ticket()


@each_request
def test_two_workers_at_the_same_try_charge_once(world: World, number: int) -> None:
    bought, card = ready(world)

    def other() -> None:
        world.payments.work.cards.charge(world.bus, bought.attempt().id)

    at_request(world, number=number, before=other, after=nothing)
    press(bought, card)
    wait(world)
    settled(bought, paid=True)
    assert len(intents(world)) == 1
    assert world.names(bought.attempt().id).count("payment.created") == 1


def test_a_call_that_never_arrived_is_not_made_once_the_order_is_over(world: World) -> None:
    bought, card = ready(world)
    with unreachable(world):
        with pytest.raises(PaymentsPaused):
            press(bought, card)
        world.pass_time(15 * MINUTE)
    assert bought.now().reason is CancelReason.EXPIRED
    wait(world)
    assert intents(world) == []
    assert bought.statuses() == [PaymentStatus.VOID]
    assert world.sound()


def test_a_hold_nobody_heard_of_is_found_and_not_made_again(world: World) -> None:
    bought, card = ready(world)
    deaf(world)
    world.payments.transport.faults.extend([Fault.LOSE_REPLY] * 3)
    with pytest.raises(PaymentsPaused):
        press(bought, card)
    bought.cancel()
    assert held(world) == bought.order.price.amount
    world.work()
    (intent,) = intents(world)
    assert (intent.status, held(world)) == ("canceled", 0)
    assert bought.statuses() == [PaymentStatus.VOID]


def test_a_try_is_not_given_up_while_its_call_may_still_be_on_the_way(world: World) -> None:
    bought, card = ready(world)
    with unreachable(world), pytest.raises(PaymentsPaused):
        press(bought, card)
    bought.cancel()
    world.pass_time(119 * SECOND)
    assert bought.statuses() == [PaymentStatus.NEW]
    world.pass_time(11 * SECOND)
    assert bought.statuses() == [PaymentStatus.VOID]


@pytest.mark.parametrize("heard", [True, False])
def test_a_hold_that_turns_up_after_the_try_was_given_up_is_released(
    world: World, heard: bool
) -> None:
    bought, card = ready(world)
    with unreachable(world), pytest.raises(PaymentsPaused):
        press(bought, card)
    bought.cancel()
    world.pass_time(3 * MINUTE)
    attempt = bought.attempt()
    assert attempt.status is PaymentStatus.VOID
    late = world.payments.gateway.charge_card(attempt.id, attempt.parameters)
    assert holds(world) == 1
    if not heard:
        deaf(world)
        world.bus.write_now(lambda tx: learn(tx, attempt.id, late))
    world.work()
    assert (holds(world), bought.statuses()) == (0, [PaymentStatus.VOID])
    assert world.sound()


def test_a_key_that_the_bank_may_have_forgotten_is_not_used_again(world: World) -> None:
    world.with_settings(lock_for=24 * 60 * MINUTE)
    bought, card = ready(world)
    with unreachable(world):
        with pytest.raises(PaymentsPaused):
            press(bought, card)
        world.pass_time(23 * 60 * MINUTE)
    world.pass_time(6 * MINUTE)
    assert (intents(world), bought.statuses()) == ([], [PaymentStatus.VOID])
    assert bought.now().status is OrderStatus.AWAITING_PAYMENT
    assert type_in(world, bought.page()) == "paid"
    world.work()
    assert bought.has_ticket()
    assert world.sound()
