"""Paying with a saved card: one charge, and no page unless the bank wants confirmation."""

from __future__ import annotations

import pytest

from contract.orders import CancelReason, OrderConfirming, OrderNotFound, OrderOver, OrderStatus
from contract.payments import (
    START_PAYMENT,
    VIEW_PAYMENT,
    CardNotFound,
    PaymentDeclined,
    PaymentRefused,
    PaymentsPaused,
    PaymentStatus,
    StartPayment,
)
from contract.problems import KeyReused
from contract.tickets import TicketStatus
from db.audit import audit
from server.payments import charging
from server.sandbox import Fault
from server.stripe import AUTHENTICATION_REQUIRED, GENERIC_DECLINE
from tests.clock import MINUTE
from tests.server.cards.saved_cards import (
    CHALLENGES_ALWAYS,
    CHALLENGES_ONCE,
    DECLINED_LATER,
    pay_with_card,
    save_card,
    type_card,
)
from tests.server.payments.purchase import (
    Purchase,
    captured,
    held,
    hold_events,
    intents,
    job_states,
    start_purchase,
)
from tests.server.rows import change, one
from tests.world import World

MASTERCARD = "5555555555554444"


def statuses(world: World) -> list[str]:
    """Return the status of every payment intent."""
    return [intent["status"] for intent in intents(world)]


def ends(purchase: Purchase) -> dict[bool, PaymentStatus]:
    """Return the statuses of an order's payments: with a saved card (True), and on a page."""
    return {attempt.card_id is not None: attempt.status for attempt in purchase.payments()}


def test_a_saved_card_buys_the_ticket_without_a_page(world: World) -> None:
    purchase = start_purchase(world)
    card = save_card(world, purchase.buyer)
    payment = pay_with_card(purchase, card)
    assert (payment.status, payment.saved_card) == (PaymentStatus.AUTHORISED, card.id)
    assert purchase.now().status is OrderStatus.CONFIRMING
    world.work()
    assert purchase.has_ticket()
    assert captured(world) == purchase.order.price.amount
    paid = world.call(VIEW_PAYMENT, purchase.buyer, order_id=purchase.order.id)
    assert (paid.status, paid.card) == (PaymentStatus.PAID, "visa 4242")
    assert world.sound()


def test_a_charge_carries_its_amount_order_and_description(world: World) -> None:
    purchase = start_purchase(world)
    pay_with_card(purchase, save_card(world, purchase.buyer))
    (intent,) = intents(world)
    assert (intent.amount, intent.currency, intent.capture_method) == (4500, "eur", "manual")
    assert intent.transfer_group == purchase.order.id
    assert intent.metadata.to_dict() == {
        "order": purchase.order.id, "payment": purchase.payment().id
    }  # fmt: skip
    assert "Curaçao v Haïti" in intent.description


def test_events_about_a_charge_change_nothing_more(world: World) -> None:
    purchase = start_purchase(world)
    card = save_card(world, purchase.buyer)
    events = hold_events(world)
    pay_with_card(purchase, card)
    world.sandbox.pump()
    world.work()
    for raw, signature in events:
        world.payments.receive(raw, signature)
    world.work()
    assert purchase.has_ticket()
    assert world.names(purchase.payment().id).count("payment.created") == 1
    assert one(world, "SELECT count(*) FROM inbox WHERE handled_at IS NULL") == 0


def test_a_card_that_needs_confirmation_sends_the_buyer_to_the_page(world: World) -> None:
    purchase = start_purchase(world)
    payment = pay_with_card(purchase, save_card(world, purchase.buyer, CHALLENGES_ALWAYS))
    assert (payment.status, payment.declined, payment.declines) == (
        PaymentStatus.VOID,
        AUTHENTICATION_REQUIRED,
        0,
    )
    assert statuses(world) == ["canceled"]
    assert not [event for event in world.events() if isinstance(event, PaymentDeclined)]
    assert purchase.now().status is OrderStatus.AWAITING_PAYMENT
    assert type_card(world, purchase.page(), CHALLENGES_ALWAYS) == "paid"
    world.work()
    assert purchase.has_ticket()
    assert captured(world) == purchase.order.price.amount
    assert world.sound()


def test_repeated_confirmation_requests_do_not_fail_the_order(world: World) -> None:
    purchase = start_purchase(world)
    card = save_card(world, purchase.buyer, CHALLENGES_ALWAYS)
    for _ in range(4):
        pay_with_card(purchase, card)
    assert purchase.now().status is OrderStatus.AWAITING_PAYMENT
    assert one(world, "SELECT count(*) FROM declines") == 0


def test_a_card_confirmed_when_saved_needs_no_confirmation_later(world: World) -> None:
    purchase = start_purchase(world)
    pay_with_card(purchase, save_card(world, purchase.buyer, CHALLENGES_ONCE))
    world.work()
    assert purchase.has_ticket()


def test_a_decline_has_a_message_counts_once_and_keeps_the_lock(world: World) -> None:
    purchase = start_purchase(world)
    payment = pay_with_card(purchase, save_card(world, purchase.buyer, DECLINED_LATER))
    assert (payment.status, payment.declines, payment.declined) == (
        PaymentStatus.VOID,
        1,
        GENERIC_DECLINE,
    )
    (event,) = [event for event in world.events() if isinstance(event, PaymentDeclined)]
    assert event.attempts_left == 2
    assert purchase.now().status is OrderStatus.AWAITING_PAYMENT
    assert statuses(world) == ["canceled"]
    world.work()
    assert purchase.payment().declines == 1
    assert world.sound()


def test_declines_of_a_saved_card_and_of_a_page_count_together(world: World) -> None:
    purchase = start_purchase(world)
    card = save_card(world, purchase.buyer, DECLINED_LATER)
    world.pay(purchase.order, "4000000000000002")
    pay_with_card(purchase, card)
    assert purchase.now().status is OrderStatus.AWAITING_PAYMENT
    assert pay_with_card(purchase, card).status is PaymentStatus.VOID
    assert purchase.now().reason is CancelReason.PAYMENT_FAILED
    world.work()
    assert world.ticket(purchase.ticket).status is TicketStatus.AVAILABLE
    assert purchase.statuses() == [PaymentStatus.VOID] * 3
    assert world.sound()


def test_after_a_decline_another_saved_card_pays(world: World) -> None:
    purchase = start_purchase(world)
    pay_with_card(purchase, save_card(world, purchase.buyer, DECLINED_LATER))
    pay_with_card(purchase, save_card(world, purchase.buyer))
    world.work()
    assert purchase.has_ticket()
    assert world.sound()


def test_two_requests_are_one_charge(world: World) -> None:
    purchase = start_purchase(world)
    card = save_card(world, purchase.buyer)
    pay_with_card(purchase, card)
    with pytest.raises(OrderConfirming):
        pay_with_card(purchase, card)
    world.work()
    with pytest.raises(OrderOver):
        pay_with_card(purchase, card)
    assert len(intents(world)) == 1
    assert captured(world) == purchase.order.price.amount


@pytest.mark.parametrize("number", ["4242424242424242", DECLINED_LATER, CHALLENGES_ALWAYS])
def test_a_repeated_request_returns_the_same_payment(world: World, number: str) -> None:
    purchase = start_purchase(world)
    card = save_card(world, purchase.buyer, number)
    first = pay_with_card(purchase, card, key="one-press")
    assert pay_with_card(purchase, card, key="one-press") == first
    assert len(intents(world)) == len(purchase.payments()) == 1


def test_a_key_cannot_be_reused_with_another_card(world: World) -> None:
    purchase = start_purchase(world)
    one_card, other = save_card(world, purchase.buyer), save_card(world, purchase.buyer, MASTERCARD)
    pay_with_card(purchase, one_card, key="one-press")
    with pytest.raises(KeyReused):
        pay_with_card(purchase, other, key="one-press")


def test_the_next_request_continues_a_charge_whose_reply_was_lost(world: World) -> None:
    purchase = start_purchase(world)
    card = save_card(world, purchase.buyer)
    world.payments.transport.faults.extend([Fault.LOSE_REPLY] * 3)
    with pytest.raises(PaymentsPaused):
        pay_with_card(purchase, card)
    assert pay_with_card(purchase, card).status is PaymentStatus.AUTHORISED
    world.work()
    assert len(intents(world)) == 1
    assert captured(world) == purchase.order.price.amount


def test_while_one_card_is_charged_another_has_to_wait(world: World) -> None:
    purchase = start_purchase(world)
    one_card, other = save_card(world, purchase.buyer), save_card(world, purchase.buyer, MASTERCARD)
    world.payments.transport.faults.extend([Fault.LOSE_REPLY] * 3)
    with pytest.raises(PaymentsPaused):
        pay_with_card(purchase, one_card)
    with pytest.raises(OrderConfirming):
        pay_with_card(purchase, other)
    assert len(purchase.payments()) == 1


def test_an_open_page_is_closed_once_the_card_has_claimed_the_order(
    world: World,
) -> None:
    purchase = start_purchase(world)
    page = purchase.page()
    pay_with_card(purchase, save_card(world, purchase.buyer))
    world.work()
    assert ends(purchase) == {True: PaymentStatus.PAID, False: PaymentStatus.VOID}
    assert purchase.type_card(page) == "expired"
    assert (captured(world), held(world)) == (purchase.order.price.amount, 0)
    assert world.sound()


def test_the_charge_is_released_if_the_page_was_paid_first(world: World) -> None:
    purchase = start_purchase(world)
    card = save_card(world, purchase.buyer)
    page = purchase.page()
    world.payments.transport.faults.extend([Fault.LOSE_REPLY] * 3)
    with pytest.raises(PaymentsPaused):
        pay_with_card(purchase, card)
    purchase.type_card(page)
    world.work()
    assert ends(purchase) == {True: PaymentStatus.VOID, False: PaymentStatus.PAID}
    assert (captured(world), held(world)) == (purchase.order.price.amount, 0)
    world.pass_time(5 * MINUTE)
    assert len(intents(world)) == 2
    assert world.sound()


def test_a_page_can_be_opened_while_a_charge_is_undecided(world: World) -> None:
    purchase = start_purchase(world)
    card = save_card(world, purchase.buyer)
    world.payments.transport.faults.extend([Fault.LOSE_REQUEST] * 3)
    with pytest.raises(PaymentsPaused):
        pay_with_card(purchase, card)
    payment = world.call(START_PAYMENT, purchase.buyer, order_id=purchase.order.id)
    assert (payment.status, payment.saved_card) == (PaymentStatus.OPEN, None)


def test_nobody_can_pay_with_another_users_card(world: World) -> None:
    purchase = start_purchase(world)
    card = save_card(world, world.user("other"))
    with pytest.raises(CardNotFound):
        pay_with_card(purchase, card)
    assert (purchase.payments(), intents(world)) == ((), [])


def test_the_audit_finds_a_payment_with_another_users_card(world: World) -> None:
    purchase = start_purchase(world)
    pay_with_card(purchase, save_card(world, purchase.buyer))
    world.work()
    other = save_card(world, world.user("other"))
    change(world, "UPDATE payments SET card_id = :card", card=other.id)
    found = world.bus.database.read(audit)
    assert [(f.rule, f.id) for f in found] == [
        ("a saved card paid for another user's order", purchase.payment().id)
    ]


def test_nobody_can_pay_another_users_order(world: World) -> None:
    purchase = start_purchase(world)
    other = world.user("other")
    body = StartPayment(card_id=save_card(world, other).id)
    with pytest.raises(OrderNotFound):
        world.call(START_PAYMENT, other, body, order_id=purchase.order.id)
    assert purchase.payments() == ()


def test_a_saved_card_is_charged_only_before_the_deadline(world: World) -> None:
    purchase = start_purchase(world)
    card = save_card(world, purchase.buyer)
    world.clock.advance(15 * MINUTE)
    with pytest.raises(OrderOver):
        pay_with_card(purchase, card)
    assert intents(world) == []


def test_a_price_finer_than_stripes_unit_is_refused_and_others_are_converted(
    world: World,
) -> None:
    purchase = start_purchase(world)
    card = save_card(world, purchase.buyer)
    change(world, "UPDATE orders SET price_currency = 'KWD', price_amount = 4501")
    with pytest.raises(PaymentRefused):
        pay_with_card(purchase, card)
    change(world, "UPDATE orders SET price_currency = 'ISK', price_amount = 4500")
    pay_with_card(purchase, card)
    (intent,) = intents(world)
    assert (intent.amount, intent.currency) == (450_000, "isk")


def test_a_price_that_stripe_refuses_voids_the_payment(world: World) -> None:
    seller, buyer = world.user("seller"), world.user("buyer")
    ticket = world.list_ticket(seller)
    purchase = Purchase(world, seller, buyer, ticket, world.lock(buyer, ticket))
    change(world, "UPDATE orders SET price_amount = 1")
    with pytest.raises(PaymentRefused):
        pay_with_card(purchase, save_card(world, buyer))
    assert purchase.statuses() == [PaymentStatus.VOID]
    assert intents(world) == []


def test_a_finished_charge_leaves_no_job_pending(world: World) -> None:
    purchase = start_purchase(world)
    pay_with_card(purchase, save_card(world, purchase.buyer))
    world.pass_time(MINUTE)
    assert job_states(world)[charging.CHARGE] == "done"
    assert one(world, "SELECT count(*) FROM jobs WHERE state <> 'done'") == 0
