"""Refunds that were made in the bank's dashboard, beside ours, or at the same moment."""

from __future__ import annotations

import pytest

from contract.alerts import AlertKind
from contract.orders import OrderStatus
from contract.payments import PaymentStatus
from contract.refunds import RefundReason, RefundStatus, RefundTooLarge
from contract.tickets import TicketStatus
from tests.server.payments.purchase import Purchase, bank, purchase
from tests.server.payments.refunding import (
    ANSWERED,
    FAILS_LATER,
    PENDS_FIRST,
    open_alerts,
    sale,
    sent_back,
    settle,
)
from tests.server.rows import rows
from tests.world import World

REFUNDS = "SELECT reason, status, amount FROM refunds ORDER BY id"


def intent_of(world: World, session_id: object) -> str:
    """Return the intent behind a page."""
    return str(bank(world).v1.checkout.sessions.retrieve(str(session_id))["payment_intent"])


def late(world: World) -> Purchase:
    """Let money be captured behind our back for an order that was given up; nobody heard yet."""
    bought = purchase(world)
    bought.type_card(bought.page())
    bought.cancel()
    bank(world).v1.payment_intents.capture(intent_of(world, bought.attempt().session_id))
    return bought


def test_a_refund_made_in_the_dashboard_is_written_down_once(world: World) -> None:
    sold = sale(world)
    sold.dashboard(1500)
    world.work()
    world.work()
    (refund,) = sold.refunds()
    assert (refund.reason, refund.status) == (RefundReason.ELSEWHERE, RefundStatus.DONE)
    assert refund.amount.amount == sold.now().refunded.amount == 1500
    assert sold.told() == ["payment.refunded"]
    with pytest.raises(RefundTooLarge):
        sold.send_back(3001)
    assert sold.refund().amount.amount == 3000
    assert world.sound()


def test_a_whole_refund_in_the_dashboard_leaves_nothing_to_send(world: World) -> None:
    sold = sale(world)
    sold.dashboard()
    world.work()
    assert sold.statuses() == [PaymentStatus.REFUNDED]
    assert sold.now().status is OrderStatus.COMPLETE
    assert sold.has_ticket()
    assert world.sound()


def test_e22_what_was_paid_twice_goes_back_and_the_ticket_stays_valid(world: World) -> None:
    bought = purchase(world)
    for page in (bought.page(), bought.second_page()):
        bought.type_card(page)
    twice = next(a for a in bought.attempts() if a.id.startswith("pay_second"))
    bank(world).v1.payment_intents.capture(intent_of(world, twice.session_id))
    world.work()
    statuses = {attempt.id == twice.id: attempt.status for attempt in bought.attempts()}
    assert statuses == {True: PaymentStatus.REFUNDED, False: PaymentStatus.PAID}
    assert rows(world, REFUNDS) == [("late", "done", 4500)]
    assert sent_back(world) == [4500]
    assert bought.has_ticket()
    assert bought.now().refunded.amount == 0
    assert world.ticket(bought.ticket).status is TicketStatus.SOLD
    assert world.sound()


def test_e22_a_double_payment_refunded_in_the_dashboard_first_goes_back_once(
    world: World,
) -> None:
    bought = late(world)
    bank(world).v1.refunds.create({"payment_intent": intent_of(world, bought.attempt().session_id)})
    world.work()
    assert sent_back(world) == [4500]
    assert bought.statuses() == [PaymentStatus.REFUNDED]
    done = [row for row in rows(world, REFUNDS) if row[1] == "done"]
    assert done == [("elsewhere", "done", 4500)]
    assert world.sound()


def test_e20_of_late_money_that_partly_went_back_the_rest_follows(world: World) -> None:
    bought = late(world)
    intent = intent_of(world, bought.attempt().session_id)
    bank(world).v1.refunds.create({"payment_intent": intent, "amount": 1000})
    world.work()
    assert sent_back(world) == [1000, 3500]
    assert bought.statuses() == [PaymentStatus.REFUNDED]
    assert ("late", "dropped", 4500) in rows(world, REFUNDS)
    assert bought.now().refunded.amount == 0
    assert world.sound()


def test_a_part_the_dashboard_forestalled_is_dropped_and_not_sent_in_its_place(
    world: World,
) -> None:
    sold = sale(world)
    sold.send_back(4000)
    sold.dashboard(1000)
    world.work()
    assert sent_back(world) == [1000]
    assert {(r.reason, r.status) for r in sold.refunds()} == {
        (RefundReason.OPERATOR, RefundStatus.DROPPED),
        (RefundReason.ELSEWHERE, RefundStatus.DONE),
    }
    assert sold.statuses() == [PaymentStatus.PAID]
    assert sold.refund().amount.amount == 3500
    assert world.sound()


def test_a_part_that_fits_beside_the_dashboards_is_sent_too(world: World) -> None:
    sold = sale(world)
    sold.send_back(2000)
    sold.dashboard(1000)
    world.work()
    assert sorted(sent_back(world)) == [1000, 2000]
    assert sold.now().refunded.amount == 3000
    assert world.sound()


def test_a_failed_refund_paid_again_in_the_dashboard_counts_once(world: World) -> None:
    sold = sale(world, card=FAILS_LATER)
    sold.refund()
    world.pass_time(ANSWERED)
    sold.dashboard()
    world.work()
    assert sold.statuses() == [PaymentStatus.REFUNDED]
    (alert,) = open_alerts(world, sold.operator)
    settle(world, sold.operator, alert)
    assert {r.status for r in sold.refunds()} == {RefundStatus.DROPPED, RefundStatus.DONE}
    assert sold.now().refunded == sold.order.price
    assert world.sound()


def test_a_refund_of_the_dashboards_that_fails_is_a_matter_too(world: World) -> None:
    sold = sale(world, card=FAILS_LATER)
    sold.dashboard()
    world.work()
    world.pass_time(ANSWERED)
    assert [r.status for r in sold.refunds()] == [RefundStatus.FAILED]
    assert sold.now().refunded.amount == 0
    assert [m.kind for m in open_alerts(world, sold.operator)] == [AlertKind.REFUND_FAILED]
    assert world.sound()


def test_a_slow_refund_of_the_dashboards_is_written_down_when_it_arrives(world: World) -> None:
    sold = sale(world, card=PENDS_FIRST)
    sold.dashboard(700)
    world.work()
    assert sold.refunds() == ()
    world.pass_time(ANSWERED)
    assert [r.amount.amount for r in sold.refunds()] == [700]


def test_more_from_the_dashboard_than_our_books_allow_is_a_mismatch(world: World) -> None:
    sold = sale(world, card=FAILS_LATER)
    sold.refund()
    world.pass_time(ANSWERED)
    settle(world, sold.operator, open_alerts(world, sold.operator)[0])
    sold.dashboard(1000)
    world.work()
    (alert,) = open_alerts(world, sold.operator)
    assert (alert.kind, alert.order_id) == (AlertKind.MISMATCH, sold.order.id)
    assert sold.now().refunded == sold.order.price
    assert world.sound()
