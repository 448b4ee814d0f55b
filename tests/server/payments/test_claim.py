"""The claim: who commits first has the order, and nobody ever pays for nothing."""

from __future__ import annotations

import pytest

from contract.orders import CancelReason, OrderConfirming, OrderOver, OrderStatus
from contract.payments import START_PAYMENT, PaymentStatus
from contract.tickets import TicketStatus
from server.jobs import LEASE, claim, enqueue
from server.payments import attempts
from tests.clock import MINUTE, SECOND
from tests.server.payments.purchase import (
    bank,
    held,
    jobs,
    purchase,
    ring_now,
    taken,
    unreachable,
)
from tests.server.rows import one
from tests.world import World


def test_e1_a_card_authorised_just_before_the_deadline_loses_to_the_alarm(world: World) -> None:
    bought = purchase(world)
    page = bought.page()
    world.clock.advance(15 * MINUTE - 1)
    assert bought.type_card(page) == "paid"
    world.clock.advance(1)
    ring_now(world)
    world.work()
    assert bought.now().reason is CancelReason.EXPIRED
    assert bought.statuses() == [PaymentStatus.VOID]
    assert (taken(world), held(world)) == (0, 0)
    assert one(world, "SELECT count(*) FROM refunds") == 0
    assert world.sound()


def test_e2_an_order_claimed_before_its_deadline_completes_after_it(world: World) -> None:
    bought = purchase(world)
    bought.type_card(bought.page())
    world.sandbox.pump()
    _work_once(world)
    with unreachable(world):
        world.work()
        assert bought.now().status is OrderStatus.CONFIRMING
        world.pass_time(15 * MINUTE)
        assert bought.now().status is OrderStatus.CONFIRMING
    world.pass_time(5 * MINUTE)
    assert bought.now().status is OrderStatus.COMPLETE
    assert taken(world) == bought.order.price.amount
    assert world.sound()


def test_e3_the_page_is_closed_once_the_order_has_expired(world: World) -> None:
    bought = purchase(world)
    page = bought.page()
    world.pass_time(15 * MINUTE)
    assert bought.type_card(page) == "expired"
    assert (taken(world), held(world)) == (0, 0)
    assert world.visit("GET", bought.order.payment_url).status == 410


def test_e3_a_card_typed_after_the_deadline_on_a_page_not_yet_closed_is_let_go(
    world: World,
) -> None:
    bought = purchase(world)
    page = bought.page()
    with unreachable(world):
        world.pass_time(15 * MINUTE)
    assert bought.type_card(page) == "paid"
    world.pass_time(5 * MINUTE)
    assert bought.now().status is OrderStatus.CANCELLED
    assert (taken(world), held(world)) == (0, 0)
    assert world.ticket(bought.ticket).status is TicketStatus.AVAILABLE
    assert world.sound()


def test_e4_a_buyer_who_cancels_before_his_card_is_heard_of_gets_it_back(world: World) -> None:
    bought = purchase(world)
    bought.type_card(bought.page())
    bought.cancel()
    world.work()
    assert bought.statuses() == [PaymentStatus.VOID]
    assert (taken(world), held(world)) == (0, 0)
    assert world.sound()


def test_e4_a_buyer_whose_card_was_claimed_first_cannot_cancel(world: World) -> None:
    bought = purchase(world)
    bought.type_card(bought.page())
    world.sandbox.pump()
    _work_once(world)
    with pytest.raises(OrderConfirming):
        bought.cancel()
    world.work()
    assert bought.has_ticket()


def test_e5_of_two_pages_that_are_both_paid_one_is_captured_and_one_let_go(world: World) -> None:
    bought = purchase(world)
    pages = bought.page(), bought.second_page()
    assert [bought.type_card(page) for page in pages] == ["paid", "paid"]
    assert held(world) == 2 * bought.order.price.amount
    world.work()
    assert sorted(bought.statuses()) == [PaymentStatus.PAID, PaymentStatus.VOID]
    assert (taken(world), held(world)) == (bought.order.price.amount, 0)
    assert world.sound()


def test_e5_a_claim_closes_the_other_page_before_anybody_pays_on_it(world: World) -> None:
    bought = purchase(world)
    first, second = bought.page(), bought.second_page()
    bought.type_card(first)
    world.work()
    assert bought.type_card(second) == "expired"
    assert taken(world) == bought.order.price.amount


def test_e5_a_page_that_was_to_be_closed_and_claimed_the_order_meanwhile_is_spared(
    world: World,
) -> None:
    bought = purchase(world)
    bought.type_card(bought.page())
    world.sandbox.pump()
    _work_once(world)
    owner = bought.attempt().id
    world.bus.write_now(lambda tx: enqueue(tx, attempts.VOID, owner))
    waiting = world.bus.write_now(claim)
    for job in sorted(waiting, key=lambda job: job.kind != attempts.VOID):
        world.app.runner.perform(job)
    assert bought.has_ticket()
    assert taken(world) == bought.order.price.amount
    assert "order.updated" not in world.names(bought.order.id)[2:]


def test_e11_a_house_that_dies_between_claim_and_capture_captures_afterwards(
    world: World,
) -> None:
    bought = purchase(world)
    bought.type_card(bought.page())
    world.sandbox.pump()
    _work_once(world)
    assert bought.statuses() == [PaymentStatus.AUTHORISED]
    assert jobs(world)["payment.capture"] == "pending"
    world.bus.write_now(claim)  # a worker takes the job, and is never heard of again
    world.work()
    assert bought.now().status is OrderStatus.CONFIRMING
    world.pass_time(LEASE)
    assert bought.has_ticket()
    assert world.sound()


def test_e16_after_a_page_has_closed_a_new_attempt_has_a_name_of_its_own(world: World) -> None:
    bought = purchase(world)
    bought.page()
    bank(world).v1.checkout.sessions.expire(str(bought.attempt().session_id))
    world.pass_time(3 * SECOND)
    assert bought.statuses() == [PaymentStatus.VOID]
    bought.type_card(bought.page())
    world.work()
    assert bought.statuses() == [PaymentStatus.PAID, PaymentStatus.VOID]
    assert bought.has_ticket()


def test_e18_with_the_gateway_down_the_lock_still_ends_on_time(world: World) -> None:
    bought = purchase(world)
    page = bought.page()
    bought.type_card(page)
    with unreachable(world):
        world.pass_time(15 * MINUTE)
        assert world.ticket(bought.ticket).status is TicketStatus.AVAILABLE
        assert bought.now().reason is CancelReason.EXPIRED
        assert held(world) == bought.order.price.amount
    world.pass_time(5 * MINUTE)
    assert (taken(world), held(world)) == (0, 0)
    assert bought.statuses() == [PaymentStatus.VOID]


def test_e19_with_the_gateway_down_a_claimed_order_waits_and_its_ticket_stays_locked(
    world: World,
) -> None:
    bought = purchase(world)
    bought.type_card(bought.page())
    world.sandbox.pump()
    _work_once(world)
    with unreachable(world):
        world.pass_time(60 * MINUTE)
        assert bought.now().status is OrderStatus.CONFIRMING
        assert world.ticket(bought.ticket).status is TicketStatus.LOCKED
        assert jobs(world)["payment.capture"] == "pending"
    world.pass_time(5 * MINUTE)
    assert bought.has_ticket()
    assert taken(world) == bought.order.price.amount


def test_e26_a_card_heard_of_after_the_deadline_is_let_go_even_before_the_alarm(
    world: World,
) -> None:
    bought = purchase(world)
    page = bought.page()
    world.clock.advance(15 * MINUTE - 1)
    bought.type_card(page)
    world.clock.advance(1)
    world.work()  # hears of the card; nobody has rung yet
    assert bought.now().status is OrderStatus.AWAITING_PAYMENT
    assert bought.statuses() == [PaymentStatus.VOID]
    ring_now(world)
    assert bought.now().reason is CancelReason.EXPIRED
    assert (taken(world), held(world)) == (0, 0)
    assert world.sound()


def test_an_order_that_is_over_opens_no_page(world: World) -> None:
    bought = purchase(world)
    bought.cancel()
    with pytest.raises(OrderOver):
        world.call(START_PAYMENT, bought.buyer, order_id=bought.order.id)
    assert bought.attempts() == ()


def test_an_order_past_its_deadline_opens_no_page_even_before_the_alarm(world: World) -> None:
    bought = purchase(world)
    world.clock.advance(15 * MINUTE)
    with pytest.raises(OrderOver):
        world.call(START_PAYMENT, bought.buyer, order_id=bought.order.id)


def _work_once(world: World) -> None:
    """Run the jobs that are due now, and not those they lead to."""
    for job in world.bus.write_now(claim):
        world.app.runner.perform(job)
