"""External refunds: made in Stripe's dashboard, beside ours or at the same moment."""

from __future__ import annotations

import pytest

from contract.alerts import AlertKind
from contract.orders import OrderStatus
from contract.payments import PaymentStatus
from contract.refunds import RefundReason, RefundStatus, RefundTooLarge
from contract.tickets import TicketStatus
from tests.server.payments.paid_purchase import (
    BANK_DECIDES_AFTER,
    FAILS_LATER,
    PENDS_FIRST,
    open_alerts,
    paid_purchase,
    refunded_amounts,
    resolve_alert,
)
from tests.server.payments.purchase import Purchase, dashboard, start_purchase
from tests.server.rows import rows
from tests.world import World

REFUNDS = "SELECT reason, status, amount FROM refunds ORDER BY id"


def intent_of(world: World, session_id: object) -> str:
    """Return the intent behind a page."""
    return str(dashboard(world).v1.checkout.sessions.retrieve(str(session_id))["payment_intent"])


def late(world: World) -> Purchase:
    """Capture a cancelled order's payment in the dashboard; no job has run yet."""
    purchase = start_purchase(world)
    purchase.type_card(purchase.page())
    purchase.cancel()
    dashboard(world).v1.payment_intents.capture(intent_of(world, purchase.payment().session_id))
    return purchase


def test_an_external_refund_is_recorded_once(world: World) -> None:
    purchase = paid_purchase(world)
    purchase.refund_in_dashboard(1500)
    world.work()
    world.work()
    (refund,) = purchase.refunds()
    assert (refund.reason, refund.status) == (RefundReason.ELSEWHERE, RefundStatus.DONE)
    assert refund.amount.amount == purchase.now().refunded.amount == 1500
    assert purchase.refund_events() == ["payment.refunded"]
    with pytest.raises(RefundTooLarge):
        purchase.request_refund(3001)
    assert purchase.refund().amount.amount == 3000
    assert world.sound()


def test_a_full_external_refund_leaves_nothing_to_refund(world: World) -> None:
    purchase = paid_purchase(world)
    purchase.refund_in_dashboard()
    world.work()
    assert purchase.statuses() == [PaymentStatus.REFUNDED]
    assert purchase.now().status is OrderStatus.COMPLETE
    assert purchase.has_ticket()
    assert world.sound()


def test_a_second_payment_is_refunded_and_the_ticket_stays_valid(world: World) -> None:
    purchase = start_purchase(world)
    for page in (purchase.page(), purchase.second_page()):
        purchase.type_card(page)
    twice = next(a for a in purchase.payments() if a.id.startswith("pay_second"))
    dashboard(world).v1.payment_intents.capture(intent_of(world, twice.session_id))
    world.work()
    statuses = {attempt.id == twice.id: attempt.status for attempt in purchase.payments()}
    assert statuses == {True: PaymentStatus.REFUNDED, False: PaymentStatus.PAID}
    assert rows(world, REFUNDS) == [("late", "done", 4500)]
    assert refunded_amounts(world) == [4500]
    assert purchase.has_ticket()
    assert purchase.now().refunded.amount == 0
    assert world.ticket(purchase.ticket).status is TicketStatus.SOLD
    assert world.sound()


def test_a_second_payment_refunded_in_the_dashboard_first_is_refunded_once(
    world: World,
) -> None:
    purchase = late(world)
    dashboard(world).v1.refunds.create(
        {"payment_intent": intent_of(world, purchase.payment().session_id)}
    )
    world.work()
    assert refunded_amounts(world) == [4500]
    assert purchase.statuses() == [PaymentStatus.REFUNDED]
    done = [row for row in rows(world, REFUNDS) if row[1] == "done"]
    assert done == [("elsewhere", "done", 4500)]
    assert world.sound()


def test_the_rest_of_a_partly_refunded_late_payment_is_refunded(world: World) -> None:
    purchase = late(world)
    intent = intent_of(world, purchase.payment().session_id)
    dashboard(world).v1.refunds.create({"payment_intent": intent, "amount": 1000})
    world.work()
    assert refunded_amounts(world) == [1000, 3500]
    assert purchase.statuses() == [PaymentStatus.REFUNDED]
    assert ("late", "dropped", 4500) in rows(world, REFUNDS)
    assert purchase.now().refunded.amount == 0
    assert world.sound()


def test_a_refund_that_no_longer_fits_beside_an_external_one_is_dropped(
    world: World,
) -> None:
    purchase = paid_purchase(world)
    purchase.request_refund(4000)
    purchase.refund_in_dashboard(1000)
    world.work()
    assert refunded_amounts(world) == [1000]
    assert {(r.reason, r.status) for r in purchase.refunds()} == {
        (RefundReason.OPERATOR, RefundStatus.DROPPED),
        (RefundReason.ELSEWHERE, RefundStatus.DONE),
    }
    assert purchase.statuses() == [PaymentStatus.PAID]
    assert purchase.refund().amount.amount == 3500
    assert world.sound()


def test_a_refund_that_fits_beside_an_external_one_is_sent_too(world: World) -> None:
    purchase = paid_purchase(world)
    purchase.request_refund(2000)
    purchase.refund_in_dashboard(1000)
    world.work()
    assert sorted(refunded_amounts(world)) == [1000, 2000]
    assert purchase.now().refunded.amount == 3000
    assert world.sound()


def test_a_failed_refund_repeated_in_the_dashboard_counts_once(world: World) -> None:
    purchase = paid_purchase(world, card=FAILS_LATER)
    purchase.refund()
    world.pass_time(BANK_DECIDES_AFTER)
    purchase.refund_in_dashboard()
    world.work()
    assert purchase.statuses() == [PaymentStatus.REFUNDED]
    (alert,) = open_alerts(world, purchase.operator)
    resolve_alert(world, purchase.operator, alert)
    assert {r.status for r in purchase.refunds()} == {RefundStatus.DROPPED, RefundStatus.DONE}
    assert purchase.now().refunded == purchase.order.price
    assert world.sound()


def test_an_external_refund_that_fails_opens_an_alert_too(world: World) -> None:
    purchase = paid_purchase(world, card=FAILS_LATER)
    purchase.refund_in_dashboard()
    world.work()
    world.pass_time(BANK_DECIDES_AFTER)
    assert [r.status for r in purchase.refunds()] == [RefundStatus.FAILED]
    assert purchase.now().refunded.amount == 0
    assert [m.kind for m in open_alerts(world, purchase.operator)] == [AlertKind.REFUND_FAILED]
    assert world.sound()


def test_a_slow_external_refund_is_recorded_when_it_arrives(world: World) -> None:
    purchase = paid_purchase(world, card=PENDS_FIRST)
    purchase.refund_in_dashboard(700)
    world.work()
    assert purchase.refunds() == ()
    world.pass_time(BANK_DECIDES_AFTER)
    assert [r.amount.amount for r in purchase.refunds()] == [700]


def test_an_external_refund_larger_than_what_is_left_is_a_mismatch(world: World) -> None:
    purchase = paid_purchase(world, card=FAILS_LATER)
    purchase.refund()
    world.pass_time(BANK_DECIDES_AFTER)
    resolve_alert(world, purchase.operator, open_alerts(world, purchase.operator)[0])
    purchase.refund_in_dashboard(1000)
    world.work()
    (alert,) = open_alerts(world, purchase.operator)
    assert (alert.kind, alert.order_id) == (AlertKind.MISMATCH, purchase.order.id)
    assert purchase.now().refunded == purchase.order.price
    assert world.sound()
