"""The claim: whoever commits first has the order, and nobody ever pays for nothing."""

from __future__ import annotations

import pytest

from contract.orders import CancelReason, OrderConfirming, OrderOver, OrderStatus
from contract.payments import START_PAYMENT, PaymentStatus
from contract.tickets import TicketStatus
from server.jobs import LEASE, claim, enqueue
from server.payments import service
from tests.clock import MINUTE, SECOND
from tests.server.payments.purchase import (
    captured,
    dashboard,
    expire_now,
    held,
    job_states,
    start_purchase,
    unreachable,
)
from tests.server.rows import one
from tests.world import World


def test_a_card_authorised_just_before_the_deadline_is_released_if_the_order_expires_first(
    world: World,
) -> None:
    purchase = start_purchase(world)
    page = purchase.page()
    world.clock.advance(15 * MINUTE - 1)
    assert purchase.type_card(page) == "paid"
    world.clock.advance(1)
    expire_now(world)
    world.work()
    assert purchase.now().reason is CancelReason.EXPIRED
    assert purchase.statuses() == [PaymentStatus.VOID]
    assert (captured(world), held(world)) == (0, 0)
    assert one(world, "SELECT count(*) FROM refunds") == 0
    assert world.sound()


def test_an_order_claimed_before_its_deadline_completes_after_it(world: World) -> None:
    purchase = start_purchase(world)
    purchase.type_card(purchase.page())
    world.sandbox.pump()
    _work_once(world)
    with unreachable(world):
        world.work()
        assert purchase.now().status is OrderStatus.CONFIRMING
        world.pass_time(15 * MINUTE)
        assert purchase.now().status is OrderStatus.CONFIRMING
    world.pass_time(5 * MINUTE)
    assert purchase.now().status is OrderStatus.COMPLETE
    assert captured(world) == purchase.order.price.amount
    assert world.sound()


def test_the_page_is_closed_once_the_order_has_expired(world: World) -> None:
    purchase = start_purchase(world)
    page = purchase.page()
    world.pass_time(15 * MINUTE)
    assert purchase.type_card(page) == "expired"
    assert (captured(world), held(world)) == (0, 0)
    assert world.visit("GET", purchase.order.payment_url).status == 410


def test_a_card_entered_after_the_deadline_on_an_open_page_is_released(
    world: World,
) -> None:
    purchase = start_purchase(world)
    page = purchase.page()
    with unreachable(world):
        world.pass_time(15 * MINUTE)
    assert purchase.type_card(page) == "paid"
    world.pass_time(5 * MINUTE)
    assert purchase.now().status is OrderStatus.CANCELLED
    assert (captured(world), held(world)) == (0, 0)
    assert world.ticket(purchase.ticket).status is TicketStatus.AVAILABLE
    assert world.sound()


def test_a_buyer_who_cancels_before_the_claim_is_not_charged(world: World) -> None:
    purchase = start_purchase(world)
    purchase.type_card(purchase.page())
    purchase.cancel()
    world.work()
    assert purchase.statuses() == [PaymentStatus.VOID]
    assert (captured(world), held(world)) == (0, 0)
    assert world.sound()


def test_a_buyer_cannot_cancel_after_the_claim(world: World) -> None:
    purchase = start_purchase(world)
    purchase.type_card(purchase.page())
    world.sandbox.pump()
    _work_once(world)
    with pytest.raises(OrderConfirming):
        purchase.cancel()
    world.work()
    assert purchase.has_ticket()


def test_of_two_paid_pages_one_is_captured_and_one_released(world: World) -> None:
    purchase = start_purchase(world)
    pages = purchase.page(), purchase.second_page()
    assert [purchase.type_card(page) for page in pages] == ["paid", "paid"]
    assert held(world) == 2 * purchase.order.price.amount
    world.work()
    assert sorted(purchase.statuses()) == [PaymentStatus.PAID, PaymentStatus.VOID]
    assert (captured(world), held(world)) == (purchase.order.price.amount, 0)
    assert world.sound()


def test_a_claim_closes_the_other_page(world: World) -> None:
    purchase = start_purchase(world)
    first, second = purchase.page(), purchase.second_page()
    purchase.type_card(first)
    world.work()
    assert purchase.type_card(second) == "expired"
    assert captured(world) == purchase.order.price.amount


def test_a_void_job_spares_the_payment_that_has_claimed_the_order(
    world: World,
) -> None:
    purchase = start_purchase(world)
    purchase.type_card(purchase.page())
    world.sandbox.pump()
    _work_once(world)
    owner = purchase.payment().id
    world.bus.write_now(lambda tx: enqueue(tx, service.VOID, owner))
    waiting = world.bus.write_now(claim)
    for job in sorted(waiting, key=lambda job: job.kind != service.VOID):
        world.app.runner.perform(job)
    assert purchase.has_ticket()
    assert captured(world) == purchase.order.price.amount
    assert "order.updated" not in world.names(purchase.order.id)[2:]


def test_a_crash_between_claim_and_capture_is_followed_by_the_capture(
    world: World,
) -> None:
    purchase = start_purchase(world)
    purchase.type_card(purchase.page())
    world.sandbox.pump()
    _work_once(world)
    assert purchase.statuses() == [PaymentStatus.AUTHORISED]
    assert job_states(world)["payment.capture"] == "pending"
    world.bus.write_now(claim)  # a worker claims the job and dies
    world.work()
    assert purchase.now().status is OrderStatus.CONFIRMING
    world.pass_time(LEASE)
    assert purchase.has_ticket()
    assert world.sound()


def test_after_a_page_has_closed_a_new_payment_is_started(world: World) -> None:
    purchase = start_purchase(world)
    purchase.page()
    dashboard(world).v1.checkout.sessions.expire(str(purchase.payment().session_id))
    world.pass_time(3 * SECOND)
    assert purchase.statuses() == [PaymentStatus.VOID]
    purchase.type_card(purchase.page())
    world.work()
    assert purchase.statuses() == [PaymentStatus.PAID, PaymentStatus.VOID]
    assert purchase.has_ticket()


def test_with_stripe_down_the_lock_still_ends_on_time(world: World) -> None:
    purchase = start_purchase(world)
    page = purchase.page()
    purchase.type_card(page)
    with unreachable(world):
        world.pass_time(15 * MINUTE)
        assert world.ticket(purchase.ticket).status is TicketStatus.AVAILABLE
        assert purchase.now().reason is CancelReason.EXPIRED
        assert held(world) == purchase.order.price.amount
    world.pass_time(5 * MINUTE)
    assert (captured(world), held(world)) == (0, 0)
    assert purchase.statuses() == [PaymentStatus.VOID]


def test_with_stripe_down_a_claimed_order_waits_and_its_ticket_stays_locked(
    world: World,
) -> None:
    purchase = start_purchase(world)
    purchase.type_card(purchase.page())
    world.sandbox.pump()
    _work_once(world)
    with unreachable(world):
        world.pass_time(60 * MINUTE)
        assert purchase.now().status is OrderStatus.CONFIRMING
        assert world.ticket(purchase.ticket).status is TicketStatus.LOCKED
        assert job_states(world)["payment.capture"] == "pending"
    world.pass_time(5 * MINUTE)
    assert purchase.has_ticket()
    assert captured(world) == purchase.order.price.amount


def test_a_payment_learned_of_after_the_deadline_is_released_even_before_the_order_expires(
    world: World,
) -> None:
    purchase = start_purchase(world)
    page = purchase.page()
    world.clock.advance(15 * MINUTE - 1)
    purchase.type_card(page)
    world.clock.advance(1)
    world.work()  # learns of the card; the order has not expired yet
    assert purchase.now().status is OrderStatus.AWAITING_PAYMENT
    assert purchase.statuses() == [PaymentStatus.VOID]
    expire_now(world)
    assert purchase.now().reason is CancelReason.EXPIRED
    assert (captured(world), held(world)) == (0, 0)
    assert world.sound()


def test_a_cancelled_order_opens_no_page(world: World) -> None:
    purchase = start_purchase(world)
    purchase.cancel()
    with pytest.raises(OrderOver):
        world.call(START_PAYMENT, purchase.buyer, order_id=purchase.order.id)
    assert purchase.payments() == ()


def test_an_order_past_its_deadline_opens_no_page_even_before_it_expires(world: World) -> None:
    purchase = start_purchase(world)
    world.clock.advance(15 * MINUTE)
    with pytest.raises(OrderOver):
        world.call(START_PAYMENT, purchase.buyer, order_id=purchase.order.id)


def _work_once(world: World) -> None:
    """Run the jobs that are due now, and not those they lead to."""
    for job in world.bus.write_now(claim):
        world.app.runner.perform(job)
