"""A crash or a fault at any request of a charge: at most one hold, and nobody pays twice."""

from __future__ import annotations

import pytest

from contract.cards import Card
from contract.orders import CANCEL_ORDER, CancelReason, OrderStatus
from contract.payments import PaymentsPaused, PaymentStatus
from contract.problems import Problem
from server.payments import service
from server.sandbox.faults import Fault
from server.stripe import AUTHENTICATION_REQUIRED, GENERIC_DECLINE
from tests.clock import MINUTE, SECOND
from tests.server.cards.saved_cards import (
    CHALLENGES_ALWAYS,
    DECLINED_LATER,
    at_request,
    pay_with_card,
    save_card,
    type_card,
)
from tests.server.payments.purchase import (
    Purchase,
    captured,
    expire_now,
    held,
    hold_events,
    intents,
    start_purchase,
    unreachable,
)
from tests.server.rows import one
from tests.world import CARD, World

#: The requests of a charge: three for the charge itself, one for the capture.
CHARGE = ["POST payment_intents", "GET payment_intents/pi", "GET charges",
          "POST payment_intents/pi/capture"]  # fmt: skip
each_request = pytest.mark.parametrize("number", range(1, len(CHARGE) + 1))
#: A charge that fails is also cancelled, and retrieved once more.
each_of_six = pytest.mark.parametrize("number", range(1, 7))
each_side = pytest.mark.parametrize("side", ["before", "after"])


class Crash(BaseException):
    """The process is gone; no code of ours may catch this."""


def crash() -> None:
    raise Crash


def nothing() -> None:
    return None


def ready(world: World, number: str = CARD) -> tuple[Purchase, Card]:
    """Let a buyer with a saved card lock a ticket."""
    purchase = start_purchase(world)
    return purchase, save_card(world, purchase.buyer, number)


def interrupted(purchase: Purchase, card: Card, number: int, side: str) -> None:
    """Pay with a card until the server crashes at a request, or to the end."""
    world = purchase.world
    at_request(
        world, number=number, before=crash if side == "before" else nothing,
        after=crash if side == "after" else nothing,
    )  # fmt: skip
    try:
        pay_with_card(purchase, card)
        world.work()
    except Crash:
        assert holds(world) <= 1


def pressed(purchase: Purchase, card: Card) -> int:
    """Pay with a card; return the status of the response."""
    try:
        pay_with_card(purchase, card)
    except Problem as refusal:
        return refusal.status
    return 200


def holds(world: World) -> int:
    """Return how many holds there are at Stripe."""
    return len([intent for intent in intents(world) if intent.amount_capturable])


def wait(world: World) -> None:
    """Let leases end, jobs run again and the deadline pass."""
    for _ in range(20):
        world.pass_time(MINUTE)
        assert holds(world) <= 1


def settled(purchase: Purchase, *, paid: bool) -> None:
    """Check that the buyer has the ticket or paid nothing, and that nothing is left over."""
    world, price = purchase.world, purchase.order.price.amount
    assert (purchase.now().status is OrderStatus.COMPLETE) == paid
    assert (captured(world), held(world)) == (price if paid else 0, 0)
    assert {intent.status for intent in intents(world)} <= {"succeeded", "canceled"}
    assert one(world, "SELECT count(*) FROM jobs WHERE state <> 'done'") == 0
    assert world.sound()


def test_a_charge_makes_no_more_requests_than_needed(world: World) -> None:
    purchase, card = ready(world)
    hold_events(world)  # or an event would wake a job
    asked = at_request(world, number=0, before=nothing, after=nothing)
    pay_with_card(purchase, card)
    world.work()
    (intent,) = intents(world)
    assert [line.replace(intent.id, "pi") for line in asked] == CHARGE


@each_request
@each_side
def test_a_crash_at_any_request_of_a_charge_is_recovered(
    world: World, number: int, side: str
) -> None:
    purchase, card = ready(world)
    interrupted(purchase, card, number, side)
    wait(world)
    settled(purchase, paid=True)
    assert len(intents(world)) == 1


@each_request
@each_side
def test_a_request_after_a_crash_is_no_second_charge(world: World, number: int, side: str) -> None:
    purchase, card = ready(world)
    interrupted(purchase, card, number, side)
    assert pressed(purchase, card) in (200, 409, 410)
    wait(world)
    settled(purchase, paid=True)
    assert len(intents(world)) == 1


@each_request
@each_side
def test_an_order_cancelled_after_a_crash_holds_nothing(
    world: World, number: int, side: str
) -> None:
    purchase, card = ready(world)
    interrupted(purchase, card, number, side)
    try:
        world.call(CANCEL_ORDER, purchase.buyer, order_id=purchase.order.id)
        paid = False
    except Problem:
        paid = True
    wait(world)
    settled(purchase, paid=paid)


@each_of_six
@each_side
@pytest.mark.parametrize(("card", "declines"), [(DECLINED_LATER, 1), (CHALLENGES_ALWAYS, 0)])
def test_a_crash_during_a_decline_keeps_the_order_and_counts_it_once(
    world: World, number: int, side: str, card: str, declines: int
) -> None:
    purchase, saved = ready(world, card)
    interrupted(purchase, saved, number, side)
    world.pass_time(3 * MINUTE)
    assert purchase.statuses() == [PaymentStatus.VOID]
    assert (purchase.payment().declines, purchase.payment().declined is None) == (declines, False)
    assert one(world, "SELECT count(*) FROM declines") == declines
    assert purchase.now().status is OrderStatus.AWAITING_PAYMENT
    wait(world)
    settled(purchase, paid=False)


@each_request
@each_side
def test_a_deadline_that_passes_during_a_charge_releases_what_is_held(
    world: World, number: int, side: str
) -> None:
    purchase, card = ready(world)
    hold_events(world)

    def late() -> None:
        world.clock.advance(15 * MINUTE)
        expire_now(world)

    at_request(
        world, number=number, before=late if side == "before" else nothing,
        after=late if side == "after" else nothing,
    )  # fmt: skip
    assert pressed(purchase, card) in (200, 410, 503)
    world.work()
    paid = purchase.now().status is OrderStatus.COMPLETE
    assert paid == (number > 3)  # from then on the order was claimed
    wait(world)
    settled(purchase, paid=paid)


@each_request
@pytest.mark.parametrize("fault", [f for f in Fault if f is not Fault.NONE])
def test_a_fault_at_any_request_of_a_charge_ends_in_one_charge_or_none(
    world: World, number: int, fault: Fault
) -> None:
    purchase, card = ready(world)
    hold_events(world)
    world.payments.transport.faults.extend([Fault.NONE] * (number - 1) + [fault] * 3)
    try:
        pay_with_card(purchase, card)
    except PaymentsPaused:
        assert purchase.statuses() in ([PaymentStatus.NEW], [PaymentStatus.VOID])
    world.work()
    world.payments.transport.faults.clear()
    wait(world)
    paid = purchase.now().status is OrderStatus.COMPLETE
    # Only an answer that stands for a day, to a call that was not carried out, costs the sale.
    assert paid or fault is Fault.BREAK_BEFORE
    if paid:
        settled(purchase, paid=True)
    assert captured(world) in (0, purchase.order.price.amount)
    assert holds(world) <= 1


@each_of_six
@pytest.mark.parametrize("card", [CARD, DECLINED_LATER, CHALLENGES_ALWAYS])
def test_events_that_arrive_during_a_charge_change_nothing(
    world: World, number: int, card: str
) -> None:
    purchase, saved = ready(world, card)
    at_request(world, number=number, before=nothing, after=world.work)
    payment = pay_with_card(purchase, saved)
    world.work()
    wait(world)
    settled(purchase, paid=card == CARD)
    assert len(intents(world)) == 1
    assert payment.declines == (card == DECLINED_LATER)
    assert purchase.payment().declined == {CARD: None, DECLINED_LATER: GENERIC_DECLINE}.get(
        card, AUTHENTICATION_REQUIRED
    )


def test_an_event_that_arrives_during_the_call_is_left_to_the_call(world: World) -> None:
    purchase, card = ready(world)
    world.payments.transport.faults.extend([Fault.LOSE_REPLY] * 3)
    with pytest.raises(PaymentsPaused):
        pay_with_card(purchase, card)
    asked = at_request(world, number=0, before=nothing, after=nothing)
    world.work()
    assert (asked, purchase.statuses()) == ([], [PaymentStatus.NEW])
    world.pass_time(20 * SECOND)
    assert purchase.has_ticket()


@each_request
def test_two_workers_with_the_same_charge_charge_once(world: World, number: int) -> None:
    purchase, card = ready(world)

    def other() -> None:
        world.payments.payment_jobs.charges.charge(world.bus, purchase.payment().id)

    at_request(world, number=number, before=other, after=nothing)
    pay_with_card(purchase, card)
    wait(world)
    settled(purchase, paid=True)
    assert len(intents(world)) == 1
    assert world.names(purchase.payment().id).count("payment.created") == 1


def test_a_call_that_never_arrived_is_not_repeated_after_the_order_ended(world: World) -> None:
    purchase, card = ready(world)
    with unreachable(world):
        with pytest.raises(PaymentsPaused):
            pay_with_card(purchase, card)
        world.pass_time(15 * MINUTE)
    assert purchase.now().reason is CancelReason.EXPIRED
    wait(world)
    assert intents(world) == []
    assert purchase.statuses() == [PaymentStatus.VOID]
    assert world.sound()


def test_a_hold_whose_reply_was_lost_is_found_and_not_repeated(world: World) -> None:
    purchase, card = ready(world)
    hold_events(world)
    world.payments.transport.faults.extend([Fault.LOSE_REPLY] * 3)
    with pytest.raises(PaymentsPaused):
        pay_with_card(purchase, card)
    purchase.cancel()
    assert held(world) == purchase.order.price.amount
    world.work()
    (intent,) = intents(world)
    assert (intent.status, held(world)) == ("canceled", 0)
    assert purchase.statuses() == [PaymentStatus.VOID]


def test_a_charge_is_not_given_up_while_its_call_may_be_under_way(world: World) -> None:
    purchase, card = ready(world)
    with unreachable(world), pytest.raises(PaymentsPaused):
        pay_with_card(purchase, card)
    purchase.cancel()
    world.pass_time(119 * SECOND)
    assert purchase.statuses() == [PaymentStatus.NEW]
    world.pass_time(11 * SECOND)
    assert purchase.statuses() == [PaymentStatus.VOID]


@pytest.mark.parametrize("received", [True, False])
def test_a_hold_that_appears_after_the_charge_was_given_up_is_released(
    world: World, received: bool
) -> None:
    purchase, card = ready(world)
    with unreachable(world), pytest.raises(PaymentsPaused):
        pay_with_card(purchase, card)
    purchase.cancel()
    world.pass_time(3 * MINUTE)
    attempt = purchase.payment()
    assert attempt.status is PaymentStatus.VOID
    late = world.payments.gateway.charge_card(attempt.id, attempt.parameters)
    assert holds(world) == 1
    if not received:
        hold_events(world)
        world.bus.write_now(lambda tx: service.apply(tx, attempt.id, late))
    world.work()
    assert (holds(world), purchase.statuses()) == (0, [PaymentStatus.VOID])
    assert world.sound()


def test_an_expired_idempotency_key_is_not_used_again(world: World) -> None:
    world.with_settings(lock_for=24 * 60 * MINUTE)
    purchase, card = ready(world)
    with unreachable(world):
        with pytest.raises(PaymentsPaused):
            pay_with_card(purchase, card)
        world.pass_time(23 * 60 * MINUTE)
    world.pass_time(6 * MINUTE)
    assert (intents(world), purchase.statuses()) == ([], [PaymentStatus.VOID])
    assert purchase.now().status is OrderStatus.AWAITING_PAYMENT
    assert type_card(world, purchase.page()) == "paid"
    world.work()
    assert purchase.has_ticket()
    assert world.sound()
