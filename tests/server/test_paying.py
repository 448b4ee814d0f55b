"""Paying and getting the ticket. Each of these tests would fail in the original application."""

from __future__ import annotations

import pytest

from contract.orders import LIST_WALLET, OrderOver, OrderStatus
from contract.payments import START_PAYMENT, PaymentStatus
from contract.tickets import TicketNotFound
from db.types import METADATA
from server.jobs import LEASE, claim
from server.payments import checkout
from tests.clock import MINUTE
from tests.server.payments.purchase import (
    captured,
    dashboard,
    held,
    intents,
    start_purchase,
    unreachable,
)
from tests.server.rows import one, rows
from tests.world import CARD, World


def test_paying_twice_charges_once(world: World) -> None:
    bought = start_purchase(world)
    page = bought.page()
    assert bought.type_card(page) == "paid"
    bought.type_card(page)
    world.work()
    with pytest.raises(OrderOver):
        world.call(START_PAYMENT, bought.buyer, order_id=bought.order.id)
    assert captured(world) == bought.order.price.amount
    assert len(intents(world)) == 1


def test_two_cards_on_two_pages_charge_once(world: World) -> None:
    bought = start_purchase(world)
    for page in (bought.page(), bought.second_page()):
        bought.type_card(page)
    world.work()
    assert (captured(world), held(world)) == (bought.order.price.amount, 0)


def test_a_payment_is_recorded_before_stripe_is_called(world: World) -> None:
    bought = start_purchase(world)
    with unreachable(world):
        world.bus.write_now(lambda tx: checkout.start(tx, order_id=bought.order.id))
        world.work()
    assert bought.statuses() == [PaymentStatus.NEW]
    assert intents(world) == []


def test_a_crash_around_the_charge_leaves_a_record_and_no_second_charge(world: World) -> None:
    bought = start_purchase(world)
    bought.type_card(bought.page())
    world.sandbox.pump()
    for job in world.bus.write_now(claim):
        world.app.runner.perform(job)
    attempt = bought.payment()
    world.bus.write_now(claim)  # this worker captures, and dies before it can say so
    world.payments.gateway.capture(attempt.id, str(attempt.intent_id))
    assert bought.payment().status is PaymentStatus.AUTHORISED
    world.pass_time(LEASE)
    assert bought.now().status is OrderStatus.COMPLETE
    assert captured(world) == bought.order.price.amount
    assert world.sound()


@pytest.mark.parametrize("cents", [1999, 1099, 2995, 110, 999_999])
def test_a_price_is_charged_in_whole_minor_units(world: World, cents: int) -> None:
    seller, buyer = world.user("seller"), world.user("buyer")
    order = world.lock(buyer, world.list_ticket(seller, amount=cents))
    world.pay(order)
    assert captured(world) == cents


def test_a_card_that_requires_3d_secure_can_pay(world: World) -> None:
    bought = start_purchase(world)
    page = bought.page()
    assert bought.type_card(page, "4000002500003155") == "challenge"
    world.visit("POST", f"{page}/challenge", "answer=pass", "application/json")
    world.work()
    assert bought.has_ticket()


def test_the_card_number_is_in_no_table(world: World) -> None:
    bought = start_purchase(world)
    world.pay(bought.order)
    for table in METADATA.tables:
        assert CARD not in repr(rows(world, f"SELECT * FROM {table}"))  # noqa: S608  our own names


def test_a_payment_can_be_refunded(world: World) -> None:
    bought = start_purchase(world)
    bought.type_card(bought.page())
    bought.cancel()
    session = dashboard(world).v1.checkout.sessions.retrieve(str(bought.payment().session_id))
    dashboard(world).v1.payment_intents.capture(str(session["payment_intent"]))
    world.work()
    assert bought.statuses() == [PaymentStatus.REFUNDED]


def test_a_payment_is_in_the_currency_of_the_ticket(world: World) -> None:
    bought = start_purchase(world)
    world.pay(bought.order)
    assert {intent["currency"] for intent in intents(world)} == {"eur"}
    assert bought.order.price.currency == "EUR"


def test_the_buyer_gets_the_entry_code_and_nobody_else_does(
    world: World,
) -> None:
    bought = start_purchase(world)
    assert world.call(LIST_WALLET, bought.buyer).items == ()
    world.pay(bought.order)
    (delivered,) = world.call(LIST_WALLET, bought.buyer).items
    assert delivered.code == one(world, "SELECT code FROM entry_codes")
    assert world.call(LIST_WALLET, bought.seller).items == ()
    assert str(delivered.code) not in repr(world.events())


def test_a_locked_ticket_has_no_entry_code_for_its_buyer(world: World) -> None:
    bought = start_purchase(world)
    with pytest.raises(TicketNotFound):
        bought.has_ticket()
    world.pass_time(15 * MINUTE)
    with pytest.raises(TicketNotFound):
        bought.has_ticket()
