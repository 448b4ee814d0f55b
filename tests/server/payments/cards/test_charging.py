"""Paying with a saved card: no page, one charge, and a page where the bank wants to be asked."""

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
from server.payments.cards import charging
from server.payments.stripe import ASKS, DISCREET
from server.sandbox.faults import Fault
from tests.clock import MINUTE
from tests.server.payments.cards.wallet import (
    ASKS_ALWAYS,
    ASKS_ONCE,
    FAILS_LATER,
    press,
    save,
    type_in,
)
from tests.server.payments.purchase import (
    Purchase,
    deaf,
    held,
    intents,
    jobs,
    purchase,
    taken,
)
from tests.server.rows import change, one
from tests.world import World

MASTERCARD = "5555555555554444"


def statuses(world: World) -> list[str]:
    """Return how everything that was ever tried at the bank stands."""
    return [intent["status"] for intent in intents(world)]


def ends(bought: Purchase) -> dict[bool, PaymentStatus]:
    """Return where the attempts of an order are: with a saved card (True), and on a page."""
    return {attempt.card_id is not None: attempt.status for attempt in bought.attempts()}


def test_a_saved_card_buys_the_ticket_without_a_page(world: World) -> None:
    bought = purchase(world)
    card = save(world, bought.buyer)
    told = press(bought, card)
    assert (told.status, told.saved_card) == (PaymentStatus.AUTHORISED, card.id)
    assert bought.now().status is OrderStatus.CONFIRMING
    world.work()
    assert bought.has_ticket()
    assert taken(world) == bought.order.price.amount
    paid = world.call(VIEW_PAYMENT, bought.buyer, order_id=bought.order.id)
    assert (paid.status, paid.card) == (PaymentStatus.PAID, "visa 4242")
    assert world.sound()


def test_the_bank_is_told_what_is_charged_and_for_what(world: World) -> None:
    bought = purchase(world)
    press(bought, save(world, bought.buyer))
    (intent,) = intents(world)
    assert (intent.amount, intent.currency, intent.capture_method) == (4500, "eur", "manual")
    assert intent.transfer_group == bought.order.id
    assert intent.metadata.to_dict() == {
        "order": bought.order.id, "payment": bought.attempt().id
    }  # fmt: skip
    assert "Curaçao v Haïti" in intent.description


def test_a_message_about_the_charge_is_no_more_than_a_wake_up(world: World) -> None:
    bought = purchase(world)
    card = save(world, bought.buyer)
    box = deaf(world)
    press(bought, card)
    world.sandbox.pump()
    world.work()
    for raw, signature in box:
        world.payments.receive(raw, signature)
    world.work()
    assert bought.has_ticket()
    assert world.names(bought.attempt().id).count("payment.created") == 1
    assert one(world, "SELECT count(*) FROM inbox WHERE handled_at IS NULL") == 0


def test_a_bank_that_wants_to_be_asked_sends_the_buyer_to_the_page(world: World) -> None:
    bought = purchase(world)
    told = press(bought, save(world, bought.buyer, ASKS_ALWAYS))
    assert (told.status, told.declined, told.declines) == (PaymentStatus.VOID, ASKS, 0)
    assert statuses(world) == ["canceled"]
    assert not [event for event in world.events() if isinstance(event, PaymentDeclined)]
    assert bought.now().status is OrderStatus.AWAITING_PAYMENT
    assert type_in(world, bought.page(), ASKS_ALWAYS) == "paid"
    world.work()
    assert bought.has_ticket()
    assert taken(world) == bought.order.price.amount
    assert world.sound()


def test_a_bank_that_wants_to_be_asked_often_fails_no_order(world: World) -> None:
    bought = purchase(world)
    card = save(world, bought.buyer, ASKS_ALWAYS)
    for _ in range(4):
        press(bought, card)
    assert bought.now().status is OrderStatus.AWAITING_PAYMENT
    assert one(world, "SELECT count(*) FROM declines") == 0


def test_a_bank_that_was_asked_when_the_card_was_saved_asks_no_more(world: World) -> None:
    bought = purchase(world)
    press(bought, save(world, bought.buyer, ASKS_ONCE))
    world.work()
    assert bought.has_ticket()


def test_a_decline_is_told_in_words_counts_and_leaves_the_lock(world: World) -> None:
    bought = purchase(world)
    told = press(bought, save(world, bought.buyer, FAILS_LATER))
    assert (told.status, told.declines, told.declined) == (PaymentStatus.VOID, 1, DISCREET)
    (event,) = [event for event in world.events() if isinstance(event, PaymentDeclined)]
    assert event.attempts_left == 2
    assert bought.now().status is OrderStatus.AWAITING_PAYMENT
    assert statuses(world) == ["canceled"]
    world.work()
    assert bought.attempt().declines == 1
    assert world.sound()


def test_declines_of_a_saved_card_and_of_a_page_count_together(world: World) -> None:
    bought = purchase(world)
    card = save(world, bought.buyer, FAILS_LATER)
    world.pay(bought.order, "4000000000000002")
    press(bought, card)
    assert bought.now().status is OrderStatus.AWAITING_PAYMENT
    assert press(bought, card).status is PaymentStatus.VOID
    assert bought.now().reason is CancelReason.PAYMENT_FAILED
    world.work()
    assert world.ticket(bought.ticket).status is TicketStatus.AVAILABLE
    assert bought.statuses() == [PaymentStatus.VOID] * 3
    assert world.sound()


def test_after_a_decline_another_saved_card_pays(world: World) -> None:
    bought = purchase(world)
    press(bought, save(world, bought.buyer, FAILS_LATER))
    press(bought, save(world, bought.buyer))
    world.work()
    assert bought.has_ticket()
    assert world.sound()


def test_two_presses_of_the_button_are_one_charge(world: World) -> None:
    bought = purchase(world)
    card = save(world, bought.buyer)
    press(bought, card)
    with pytest.raises(OrderConfirming):
        press(bought, card)
    world.work()
    with pytest.raises(OrderOver):
        press(bought, card)
    assert len(intents(world)) == 1
    assert taken(world) == bought.order.price.amount


@pytest.mark.parametrize("number", ["4242424242424242", FAILS_LATER, ASKS_ALWAYS])
def test_a_press_that_is_sent_again_is_answered_and_not_done_again(
    world: World, number: str
) -> None:
    bought = purchase(world)
    card = save(world, bought.buyer, number)
    first = press(bought, card, key="one-press")
    assert press(bought, card, key="one-press") == first
    assert len(intents(world)) == len(bought.attempts()) == 1


def test_a_press_is_not_sent_again_as_another(world: World) -> None:
    bought = purchase(world)
    one_card, other = save(world, bought.buyer), save(world, bought.buyer, MASTERCARD)
    press(bought, one_card, key="one-press")
    with pytest.raises(KeyReused):
        press(bought, other, key="one-press")


def test_a_press_whose_answer_was_lost_is_gone_on_with_by_the_next(world: World) -> None:
    bought = purchase(world)
    card = save(world, bought.buyer)
    world.payments.transport.faults.extend([Fault.LOSE_REPLY] * 3)
    with pytest.raises(PaymentsPaused):
        press(bought, card)
    assert press(bought, card).status is PaymentStatus.AUTHORISED
    world.work()
    assert len(intents(world)) == 1
    assert taken(world) == bought.order.price.amount


def test_while_one_card_is_tried_another_has_to_wait(world: World) -> None:
    bought = purchase(world)
    one_card, other = save(world, bought.buyer), save(world, bought.buyer, MASTERCARD)
    world.payments.transport.faults.extend([Fault.LOSE_REPLY] * 3)
    with pytest.raises(PaymentsPaused):
        press(bought, one_card)
    with pytest.raises(OrderConfirming):
        press(bought, other)
    assert len(bought.attempts()) == 1


def test_an_open_page_beside_it_is_closed_once_the_card_has_claimed_the_order(
    world: World,
) -> None:
    bought = purchase(world)
    page = bought.page()
    press(bought, save(world, bought.buyer))
    world.work()
    assert ends(bought) == {True: PaymentStatus.PAID, False: PaymentStatus.VOID}
    assert bought.type_card(page) == "expired"
    assert (taken(world), held(world)) == (bought.order.price.amount, 0)
    assert world.sound()


def test_a_page_that_was_paid_first_makes_the_card_let_go(world: World) -> None:
    bought = purchase(world)
    card = save(world, bought.buyer)
    page = bought.page()
    world.payments.transport.faults.extend([Fault.LOSE_REPLY] * 3)
    with pytest.raises(PaymentsPaused):
        press(bought, card)
    bought.type_card(page)
    world.work()
    assert ends(bought) == {True: PaymentStatus.VOID, False: PaymentStatus.PAID}
    assert (taken(world), held(world)) == (bought.order.price.amount, 0)
    world.pass_time(5 * MINUTE)
    assert len(intents(world)) == 2
    assert world.sound()


def test_a_page_can_be_opened_beside_a_card_whose_answer_is_not_known(world: World) -> None:
    bought = purchase(world)
    card = save(world, bought.buyer)
    world.payments.transport.faults.extend([Fault.LOSE_REQUEST] * 3)
    with pytest.raises(PaymentsPaused):
        press(bought, card)
    told = world.call(START_PAYMENT, bought.buyer, order_id=bought.order.id)
    assert (told.status, told.saved_card) == (PaymentStatus.OPEN, None)


def test_nobody_pays_with_anothers_card(world: World) -> None:
    bought = purchase(world)
    card = save(world, world.user("other"))
    with pytest.raises(CardNotFound):
        press(bought, card)
    assert (bought.attempts(), intents(world)) == ((), [])


def test_the_audit_finds_a_payment_with_anothers_card(world: World) -> None:
    bought = purchase(world)
    press(bought, save(world, bought.buyer))
    world.work()
    other = save(world, world.user("other"))
    change(world, "UPDATE payments SET card_id = :card", card=other.id)
    found = world.bus.database.read(audit)
    assert [(f.rule, f.id) for f in found] == [
        ("a saved card paid for another user's order", bought.attempt().id)
    ]


def test_nobody_pays_anothers_order(world: World) -> None:
    bought = purchase(world)
    other = world.user("other")
    body = StartPayment(card_id=save(world, other).id)
    with pytest.raises(OrderNotFound):
        world.call(START_PAYMENT, other, body, order_id=bought.order.id)
    assert bought.attempts() == ()


def test_a_saved_card_is_charged_only_in_time(world: World) -> None:
    bought = purchase(world)
    card = save(world, bought.buyer)
    world.clock.advance(15 * MINUTE)
    with pytest.raises(OrderOver):
        press(bought, card)
    assert intents(world) == []


def test_a_price_the_bank_cannot_count_is_refused_and_one_it_counts_otherwise_is_not(
    world: World,
) -> None:
    bought = purchase(world)
    card = save(world, bought.buyer)
    change(world, "UPDATE orders SET price_currency = 'KWD', price_amount = 4501")
    with pytest.raises(PaymentRefused):
        press(bought, card)
    change(world, "UPDATE orders SET price_currency = 'ISK', price_amount = 4500")
    press(bought, card)
    (intent,) = intents(world)
    assert (intent.amount, intent.currency) == (450_000, "isk")


def test_a_price_the_bank_does_not_take_ends_the_try_and_says_so(world: World) -> None:
    seller, buyer = world.user("seller"), world.user("buyer")
    ticket = world.list_ticket(seller, amount=1)
    bought = Purchase(world, seller, buyer, ticket, world.lock(buyer, ticket))
    with pytest.raises(PaymentRefused):
        press(bought, save(world, buyer))
    assert bought.statuses() == [PaymentStatus.VOID]
    assert intents(world) == []


def test_a_press_leaves_work_that_ends_by_itself(world: World) -> None:
    bought = purchase(world)
    press(bought, save(world, bought.buyer))
    world.pass_time(MINUTE)
    assert jobs(world)[charging.CHARGE] == "done"
    assert one(world, "SELECT count(*) FROM jobs WHERE state <> 'done'") == 0
