"""Pages: how paying begins, and what the short link says before and after."""

from __future__ import annotations

import pytest

from contract.orders import OrderNotFound
from contract.payments import (
    START_PAYMENT,
    VIEW_PAYMENT,
    PaymentNotStarted,
    PaymentsPaused,
    PaymentStatus,
)
from server.payments import attempts, opening
from server.sandbox.faults import Fault
from tests.clock import MINUTE, SECOND
from tests.server.payments.purchase import Purchase, bank, jobs, purchase, unreachable
from tests.server.rows import one
from tests.world import World

pytestmark = pytest.mark.sqlite_only


def start(bought: Purchase) -> attempts.Attempt:
    """Begin to pay, as far as our own tables go."""
    return bought.world.bus.write_now(lambda tx: opening.start(tx, order_id=bought.order.id))


def test_starting_to_pay_opens_one_page_however_often_asked(world: World) -> None:
    bought = purchase(world)
    told = [world.call(START_PAYMENT, bought.buyer, order_id=bought.order.id) for _ in range(3)]
    assert {payment.id for payment in told} == {bought.attempt().id}
    assert told[0].status is PaymentStatus.OPEN
    assert told[0].url == bought.order.payment_url
    assert world.names(told[0].id) == ["payment.started", "payment.updated"]


def test_the_newest_attempt_can_be_seen_by_its_buyer_only(world: World) -> None:
    bought = purchase(world)
    with pytest.raises(PaymentNotStarted):
        world.call(VIEW_PAYMENT, bought.buyer, order_id=bought.order.id)
    bought.page()
    seen = world.call(VIEW_PAYMENT, bought.buyer, order_id=bought.order.id)
    assert (seen.id, seen.live) == (bought.attempt().id, False)
    for other in (bought.seller, world.user("other")):
        with pytest.raises(OrderNotFound):
            world.call(VIEW_PAYMENT, other, order_id=bought.order.id)


def test_only_its_buyer_can_start_to_pay_an_order(world: World) -> None:
    bought = purchase(world)
    for other in (bought.seller, world.user("other")):
        with pytest.raises(OrderNotFound):
            world.call(START_PAYMENT, other, order_id=bought.order.id)
    assert bought.attempts() == ()


def test_an_unknown_order_cannot_be_paid(world: World) -> None:
    with pytest.raises(OrderNotFound):
        world.call(START_PAYMENT, world.user("buyer"), order_id="ord_none")


def test_e10_a_page_the_house_never_came_to_open_is_opened_by_the_job(world: World) -> None:
    bought = purchase(world)
    start(bought)
    assert bought.statuses() == [PaymentStatus.NEW]
    world.work()
    assert bought.statuses() == [PaymentStatus.OPEN]


def test_e10_a_page_whose_address_was_lost_is_found_again_by_repeating(world: World) -> None:
    bought = purchase(world)
    attempt = start(bought)
    made = world.payments.work.gateway.open_page(attempt.id, attempt.parameters)
    world.clock.advance(14 * MINUTE)
    world.work()
    assert bought.attempt().session_id == made.session_id
    assert len(bank(world).v1.checkout.sessions.list().data) == 1


def test_e10_a_page_not_opened_before_the_order_ended_is_never_left_open(world: World) -> None:
    bought = purchase(world)
    start(bought)
    with unreachable(world):
        world.pass_time(15 * MINUTE)
    world.pass_time(5 * MINUTE)
    assert bought.statuses() == [PaymentStatus.VOID]
    assert {s["status"] for s in bank(world).v1.checkout.sessions.list().data} <= {"expired"}
    assert world.sound()


def test_with_the_gateway_down_a_page_cannot_be_opened_but_the_lock_stays(world: World) -> None:
    bought = purchase(world)
    with unreachable(world), pytest.raises(PaymentsPaused) as refused:
        world.call(START_PAYMENT, bought.buyer, order_id=bought.order.id)
    assert refused.value.retry_after
    assert bought.now() == bought.order
    world.pass_time(MINUTE)
    assert bought.statuses() == [PaymentStatus.OPEN]


@pytest.mark.parametrize("fault", [Fault.LOSE_REPLY, Fault.LOSE_REQUEST, Fault.CONFLICT])
def test_one_lost_reply_is_not_even_noticed(world: World, fault: Fault) -> None:
    bought = purchase(world)
    world.payments.transport.faults.append(fault)
    assert bought.page().startswith("http://shop.test/sandbox/pay/")
    assert len(bank(world).v1.checkout.sessions.list().data) == 1


def test_the_page_says_what_is_bought_and_takes_the_agreed_price(world: World) -> None:
    bought = purchase(world)
    html = world.visit("GET", bought.page()).body
    assert "Curaçao v Haïti" in html
    assert "EUR 45.00" in html


def test_the_arguments_of_a_page_do_not_depend_on_when_it_is_opened(world: World) -> None:
    bought = purchase(world)
    world.clock.advance(14 * MINUTE)
    expires = int(bought.order.expires_at.timestamp()) + 31 * 60
    assert start(bought).parameters["expires_at"] == expires


def test_an_unknown_link_says_so(world: World) -> None:
    assert world.visit("GET", "http://shop.test/p/nothing0").status == 404


@pytest.mark.parametrize(("end", "status", "words"), [
    ("pay", 410, "paid"), ("cancel", 410, "Nothing was charged"), ("expire", 410, "over"),
])  # fmt: skip
def test_a_link_says_how_an_order_ended(world: World, end: str, status: int, words: str) -> None:
    bought = purchase(world)
    if end == "pay":
        world.pay(bought.order)
    elif end == "cancel":
        bought.cancel()
    else:
        world.pass_time(15 * MINUTE)
    answer = world.visit("GET", bought.order.payment_url)
    assert answer.status == status
    assert words in answer.body


def test_an_open_page_is_looked_after_until_it_is_decided(world: World) -> None:
    bought = purchase(world)
    bought.page()
    for _ in range(3):
        world.pass_time(3 * SECOND)
        assert jobs(world)["payment.refresh"] == "pending"
    world.pay(bought.order)
    assert jobs(world)["payment.refresh"] == "done"
    assert one(world, "SELECT count(*) FROM jobs WHERE state <> 'done'") == 0
