"""Pages: how paying begins, and what the short link says before and after."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from contract.orders import OrderNotFound
from contract.payments import (
    START_PAYMENT,
    VIEW_PAYMENT,
    PaymentNotStarted,
    PaymentsPaused,
    PaymentStatus,
)
from contract.problems import Busy
from server.payments import checkout
from server.payments.repository import PaymentRecord
from server.sandbox.faults import Fault
from server.thread_pool import ThreadPool
from tests.clock import MINUTE, SECOND
from tests.server.payments.purchase import (
    Purchase,
    dashboard,
    job_states,
    start_purchase,
    unreachable,
)
from tests.server.rows import one
from tests.world import World

pytestmark = pytest.mark.sqlite_only


def start(purchase: Purchase) -> PaymentRecord:
    """Begin to pay, in our own tables only."""
    return purchase.world.bus.write_now(lambda tx: checkout.start(tx, order_id=purchase.order.id))


def test_starting_to_pay_repeatedly_opens_one_page(world: World) -> None:
    purchase = start_purchase(world)
    payments = [
        world.call(START_PAYMENT, purchase.buyer, order_id=purchase.order.id) for _ in range(3)
    ]
    assert {payment.id for payment in payments} == {purchase.payment().id}
    assert payments[0].status is PaymentStatus.OPEN
    assert payments[0].url == purchase.order.payment_url
    assert world.names(payments[0].id) == ["payment.started", "payment.updated"]


def test_the_newest_payment_is_visible_to_its_buyer_only(world: World) -> None:
    purchase = start_purchase(world)
    with pytest.raises(PaymentNotStarted):
        world.call(VIEW_PAYMENT, purchase.buyer, order_id=purchase.order.id)
    purchase.page()
    seen = world.call(VIEW_PAYMENT, purchase.buyer, order_id=purchase.order.id)
    assert (seen.id, seen.live) == (purchase.payment().id, False)
    for other in (purchase.seller, world.user("other")):
        with pytest.raises(OrderNotFound):
            world.call(VIEW_PAYMENT, other, order_id=purchase.order.id)


def test_only_its_buyer_can_start_to_pay_an_order(world: World) -> None:
    purchase = start_purchase(world)
    for other in (purchase.seller, world.user("other")):
        with pytest.raises(OrderNotFound):
            world.call(START_PAYMENT, other, order_id=purchase.order.id)
    assert purchase.payments() == ()


def test_an_unknown_order_cannot_be_paid(world: World) -> None:
    with pytest.raises(OrderNotFound):
        world.call(START_PAYMENT, world.user("buyer"), order_id="ord_none")


def test_a_page_that_was_not_created_is_created_by_the_job(world: World) -> None:
    purchase = start_purchase(world)
    start(purchase)
    assert purchase.statuses() == [PaymentStatus.NEW]
    world.work()
    assert purchase.statuses() == [PaymentStatus.OPEN]


def test_a_page_whose_address_was_lost_is_found_by_repeating_the_call(world: World) -> None:
    purchase = start_purchase(world)
    attempt = start(purchase)
    made = world.payments.gateway.create_session(attempt.id, attempt.parameters)
    world.clock.advance(14 * MINUTE)
    world.work()
    assert purchase.payment().session_id == made.session_id
    assert len(dashboard(world).v1.checkout.sessions.list().data) == 1


def test_a_page_not_created_before_the_order_ended_is_never_left_open(world: World) -> None:
    purchase = start_purchase(world)
    start(purchase)
    with unreachable(world):
        world.pass_time(15 * MINUTE)
    world.pass_time(5 * MINUTE)
    assert purchase.statuses() == [PaymentStatus.VOID]
    assert {s["status"] for s in dashboard(world).v1.checkout.sessions.list().data} <= {"expired"}
    assert world.sound()


def test_with_stripe_down_a_page_cannot_be_opened_but_the_lock_stays(world: World) -> None:
    purchase = start_purchase(world)
    with unreachable(world), pytest.raises(PaymentsPaused) as refused:
        world.call(START_PAYMENT, purchase.buyer, order_id=purchase.order.id)
    assert refused.value.retry_after
    assert purchase.now() == purchase.order
    world.pass_time(MINUTE)
    assert purchase.statuses() == [PaymentStatus.OPEN]


@pytest.mark.parametrize("fault", [Fault.LOSE_REPLY, Fault.LOSE_REQUEST, Fault.CONFLICT])
def test_one_lost_reply_is_retried_without_an_error(world: World, fault: Fault) -> None:
    purchase = start_purchase(world)
    world.payments.transport.faults.append(fault)
    assert purchase.page().startswith("http://shop.test/sandbox/pay/")
    assert len(dashboard(world).v1.checkout.sessions.list().data) == 1


def test_the_page_shows_the_ticket_and_the_agreed_price(world: World) -> None:
    purchase = start_purchase(world)
    html = world.visit("GET", purchase.page()).body
    assert "Curaçao v Haïti" in html
    assert "EUR 45.00" in html


def test_the_parameters_of_a_session_do_not_depend_on_the_time_it_is_created(world: World) -> None:
    purchase = start_purchase(world)
    world.clock.advance(14 * MINUTE)
    expires = int(purchase.order.expires_at.timestamp()) + 31 * 60
    assert start(purchase).parameters["expires_at"] == expires


def test_an_unknown_link_is_not_found(world: World) -> None:
    assert world.visit("GET", "http://shop.test/p/nothing0").status == 404


@pytest.mark.parametrize(("end", "status", "words"), [
    ("pay", 410, "paid"), ("cancel", 410, "Nothing was charged"), ("expire", 410, "cancelled"),
])  # fmt: skip
def test_the_link_says_how_an_order_ended(world: World, end: str, status: int, words: str) -> None:
    purchase = start_purchase(world)
    if end == "pay":
        world.pay(purchase.order)
    elif end == "cancel":
        purchase.cancel()
    else:
        world.pass_time(15 * MINUTE)
    answer = world.visit("GET", purchase.order.payment_url)
    assert answer.status == status
    assert words in answer.body


def test_an_open_page_is_checked_until_it_is_decided(world: World) -> None:
    purchase = start_purchase(world)
    purchase.page()
    for _ in range(3):
        world.pass_time(3 * SECOND)
        assert job_states(world)["payment.refresh"] == "pending"
    world.pay(purchase.order)
    assert job_states(world)["payment.refresh"] == "done"
    assert one(world, "SELECT count(*) FROM jobs WHERE state <> 'done'") == 0


def test_with_too_many_calls_to_stripe_waiting_no_page_is_opened(world: World) -> None:
    purchase = start_purchase(world)
    busy = ThreadPool("the payment provider", threads=1, queue=0)
    world.app.context.stripe = busy
    begun, done = threading.Event(), threading.Event()

    def hang() -> None:
        begun.set()
        done.wait(30)

    with ThreadPoolExecutor(1) as thread:
        hanging = thread.submit(asyncio.run, busy.run_blocking(hang))
        assert begun.wait(30)
        with pytest.raises(Busy) as refused:
            world.call(START_PAYMENT, purchase.buyer, order_id=purchase.order.id)
        assert refused.value.retry_after
        assert world.visit("GET", purchase.order.payment_url).status == 503
        done.set()
        hanging.result(30)
    assert purchase.page()
