"""Declines: another card may be tried, a few times; each refusal counts once."""

from __future__ import annotations

import pytest

from contract.orders import CancelReason, OrderStatus
from contract.payments import PaymentDeclined, PaymentStatus
from contract.tickets import TicketStatus
from server.payments import service
from server.payments.stripe import DISCREET, Decline, Money, Truth
from tests.clock import MINUTE, SECOND
from tests.server.payments.purchase import deaf, held, purchase, taken
from tests.server.rows import one
from tests.world import CARD, DECLINED, World

POOR, LOST, CHALLENGED = "4000000000009995", "4000000000009987", "4000002500003155"


def test_a_decline_leaves_the_lock_and_says_how_many_tries_are_left(world: World) -> None:
    bought = purchase(world)
    assert world.pay(bought.order, POOR) == "declined"
    assert bought.now().status is OrderStatus.AWAITING_PAYMENT
    attempt = bought.attempt()
    assert (attempt.declines, attempt.declined) == (1, "The card has insufficient funds.")
    (told,) = [event for event in world.events() if isinstance(event, PaymentDeclined)]
    assert (told.attempts_left, told.declined) == (2, attempt.declined)


def test_the_third_decline_fails_the_order_and_frees_the_ticket(world: World) -> None:
    bought = purchase(world)
    page = bought.page()
    for _ in range(3):
        assert bought.now().status is OrderStatus.AWAITING_PAYMENT
        bought.type_card(page, DECLINED)
        world.work()
    assert bought.now().reason is CancelReason.PAYMENT_FAILED
    assert world.ticket(bought.ticket).status is TicketStatus.AVAILABLE
    names = world.names(bought.attempt().id)
    assert (names.count("payment.declined"), names.count("payment.failed")) == (2, 1)
    assert world.sound()


def test_after_the_last_decline_the_page_is_closed(world: World) -> None:
    bought = purchase(world)
    page = bought.page()
    for _ in range(3):
        bought.type_card(page, DECLINED)
        world.work()
    assert bought.type_card(page, CARD) == "expired"
    assert bought.statuses() == [PaymentStatus.VOID]
    assert (taken(world), held(world)) == (0, 0)


def test_three_declines_heard_of_all_at_once_fail_the_order_too(world: World) -> None:
    bought = purchase(world)
    deaf(world)
    page = bought.page()
    for _ in range(3):
        bought.type_card(page, DECLINED)
    world.pass_time(3 * SECOND)
    assert bought.now().reason is CancelReason.PAYMENT_FAILED


def test_e15_two_declines_and_a_good_card_buy_the_ticket(world: World) -> None:
    bought = purchase(world)
    for card in (DECLINED, POOR):
        world.pay(bought.order, card)
    assert world.pay(bought.order) == "paid"
    assert bought.has_ticket()
    assert bought.attempt().declines == 2
    assert world.sound()


def test_a_decline_counts_once_however_often_it_is_heard_of(world: World) -> None:
    bought = purchase(world)
    world.pay(bought.order, DECLINED)
    for _ in range(5):
        world.pass_time(3 * SECOND)
    assert bought.attempt().declines == 1
    assert one(world, "SELECT count(*) FROM declines") == 1
    assert world.names().count("payment.declined") == 1


def test_the_number_of_tries_is_a_setting(world: World) -> None:
    world.with_settings(max_declines=1)
    bought = purchase(world)
    world.pay(bought.order, DECLINED)
    assert bought.now().reason is CancelReason.PAYMENT_FAILED


def test_declines_of_an_order_count_together_whichever_page_they_were_on(world: World) -> None:
    bought = purchase(world)
    pages = bought.page(), bought.second_page()
    for page in (*pages, pages[0]):
        assert bought.now().status is OrderStatus.AWAITING_PAYMENT
        bought.type_card(page, DECLINED)
        world.work()
    assert bought.now().reason is CancelReason.PAYMENT_FAILED


def test_a_card_reported_lost_is_only_ever_called_declined(world: World) -> None:
    bought = purchase(world)
    world.pay(bought.order, LOST)
    assert bought.attempt().declined == DISCREET
    assert "lost" not in str(world.events(bought.attempt().id)[-1]).lower()


def test_e17_a_challenge_that_is_abandoned_holds_nothing_and_lapses(world: World) -> None:
    bought = purchase(world)
    page = bought.page()
    assert bought.type_card(page, CHALLENGED) == "challenge"
    world.pass_time(15 * MINUTE)
    assert bought.now().reason is CancelReason.EXPIRED
    assert (taken(world), held(world)) == (0, 0)
    assert bought.statuses() == [PaymentStatus.VOID]


def test_a_challenge_that_is_passed_pays(world: World) -> None:
    bought = purchase(world)
    page = bought.page()
    bought.type_card(page, CHALLENGED)
    world.visit("POST", f"{page}/challenge", "answer=pass", "application/json")
    world.work()
    assert bought.has_ticket()


@pytest.mark.parametrize("money", list(Money))
def test_a_decline_heard_of_late_hurts_no_order_that_is_complete(
    world: World, money: Money
) -> None:
    bought = purchase(world)
    world.pay(bought.order)
    attempt = bought.attempt()
    declines = tuple(Decline(charge_id=f"ch_{n}", code="x", words="No.") for n in range(3))
    truth = Truth(
        session_id=str(attempt.session_id), intent_id=attempt.intent_id, url=None,
        page_open=money is Money.NOWHERE, money=money, declines=declines, live=False,
    )  # fmt: skip
    world.bus.write_now(lambda tx: service.learn(tx, attempt.id, truth))
    assert bought.now().status is OrderStatus.COMPLETE
    assert world.ticket(bought.ticket).status is TicketStatus.SOLD
