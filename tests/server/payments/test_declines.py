"""Declines: another card may be tried a few times; each decline counts once."""

from __future__ import annotations

import pytest

from contract.orders import CancelReason, OrderStatus
from contract.payments import PaymentDeclined, PaymentStatus
from contract.tickets import TicketStatus
from server.payments import service
from server.stripe import GENERIC_DECLINE, ChargeDecline, FundsState, PaymentState
from tests.clock import MINUTE, SECOND
from tests.server.payments.purchase import captured, held, hold_events, start_purchase
from tests.server.rows import one
from tests.world import CARD, DECLINED, World

POOR, LOST, CHALLENGED = "4000000000009995", "4000000000009987", "4000002500003155"


def test_a_decline_keeps_the_lock_and_says_how_many_attempts_are_left(world: World) -> None:
    purchase = start_purchase(world)
    assert world.pay(purchase.order, POOR) == "declined"
    assert purchase.now().status is OrderStatus.AWAITING_PAYMENT
    attempt = purchase.payment()
    assert (attempt.declines, attempt.declined) == (1, "The card has insufficient funds.")
    (published,) = [event for event in world.events() if isinstance(event, PaymentDeclined)]
    assert (published.attempts_left, published.declined) == (2, attempt.declined)


def test_the_third_decline_fails_the_order_and_frees_the_ticket(world: World) -> None:
    purchase = start_purchase(world)
    page = purchase.page()
    for _ in range(3):
        assert purchase.now().status is OrderStatus.AWAITING_PAYMENT
        purchase.type_card(page, DECLINED)
        world.work()
    assert purchase.now().reason is CancelReason.PAYMENT_FAILED
    assert world.ticket(purchase.ticket).status is TicketStatus.AVAILABLE
    names = world.names(purchase.payment().id)
    assert (names.count("payment.declined"), names.count("payment.failed")) == (2, 1)
    assert world.sound()


def test_after_the_last_decline_the_page_is_closed(world: World) -> None:
    purchase = start_purchase(world)
    page = purchase.page()
    for _ in range(3):
        purchase.type_card(page, DECLINED)
        world.work()
    assert purchase.type_card(page, CARD) == "expired"
    assert purchase.statuses() == [PaymentStatus.VOID]
    assert (captured(world), held(world)) == (0, 0)


def test_three_declines_learned_of_at_once_fail_the_order_too(world: World) -> None:
    purchase = start_purchase(world)
    hold_events(world)
    page = purchase.page()
    for _ in range(3):
        purchase.type_card(page, DECLINED)
    world.pass_time(3 * SECOND)
    assert purchase.now().reason is CancelReason.PAYMENT_FAILED


def test_two_declines_and_a_good_card_buy_the_ticket(world: World) -> None:
    purchase = start_purchase(world)
    for card in (DECLINED, POOR):
        world.pay(purchase.order, card)
    assert world.pay(purchase.order) == "paid"
    assert purchase.has_ticket()
    assert purchase.payment().declines == 2
    assert world.sound()


def test_a_decline_counts_once_however_often_it_is_retrieved(world: World) -> None:
    purchase = start_purchase(world)
    world.pay(purchase.order, DECLINED)
    for _ in range(5):
        world.pass_time(3 * SECOND)
    assert purchase.payment().declines == 1
    assert one(world, "SELECT count(*) FROM declines") == 1
    assert world.names().count("payment.declined") == 1


def test_the_number_of_attempts_is_a_setting(world: World) -> None:
    world.with_settings(max_declines=1)
    purchase = start_purchase(world)
    world.pay(purchase.order, DECLINED)
    assert purchase.now().reason is CancelReason.PAYMENT_FAILED


def test_the_declines_of_an_orders_pages_count_together(world: World) -> None:
    purchase = start_purchase(world)
    pages = purchase.page(), purchase.second_page()
    for page in (*pages, pages[0]):
        assert purchase.now().status is OrderStatus.AWAITING_PAYMENT
        purchase.type_card(page, DECLINED)
        world.work()
    assert purchase.now().reason is CancelReason.PAYMENT_FAILED


def test_a_card_reported_lost_is_only_called_declined(world: World) -> None:
    purchase = start_purchase(world)
    world.pay(purchase.order, LOST)
    assert purchase.payment().declined == GENERIC_DECLINE
    assert "lost" not in str(world.events(purchase.payment().id)[-1]).lower()


def test_an_abandoned_challenge_holds_nothing_and_expires(world: World) -> None:
    purchase = start_purchase(world)
    page = purchase.page()
    assert purchase.type_card(page, CHALLENGED) == "challenge"
    world.pass_time(15 * MINUTE)
    assert purchase.now().reason is CancelReason.EXPIRED
    assert (captured(world), held(world)) == (0, 0)
    assert purchase.statuses() == [PaymentStatus.VOID]


def test_a_passed_challenge_pays(world: World) -> None:
    purchase = start_purchase(world)
    page = purchase.page()
    purchase.type_card(page, CHALLENGED)
    world.visit("POST", f"{page}/challenge", "answer=pass", "application/json")
    world.work()
    assert purchase.has_ticket()


@pytest.mark.parametrize("funds", list(FundsState))
def test_a_decline_learned_of_late_does_not_affect_a_complete_order(
    world: World, funds: FundsState
) -> None:
    purchase = start_purchase(world)
    world.pay(purchase.order)
    attempt = purchase.payment()
    declines = tuple(ChargeDecline(charge_id=f"ch_{n}", code="x", message="No.") for n in range(3))
    truth = PaymentState(
        session_id=str(attempt.session_id), intent_id=attempt.intent_id, url=None,
        page_open=funds is FundsState.NOT_HELD, funds=funds, declines=declines, live=False,
    )  # fmt: skip
    world.bus.write_now(lambda tx: service.apply(tx, attempt.id, truth))
    assert purchase.now().status is OrderStatus.COMPLETE
    assert world.ticket(purchase.ticket).status is TicketStatus.SOLD
