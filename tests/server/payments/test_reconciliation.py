"""Reconciliation: a difference from Stripe wakes a job or opens an alert."""

from __future__ import annotations

from typing import Any

import pytest

from contract.alerts import RESOLVE_ALERT, AlertKind, ResolveAlert
from contract.orders import OrderStatus
from contract.payments import PaymentsPaused, PaymentStatus
from contract.reconciliation import (
    RECONCILE,
    Difference,
    Reconcile,
    Reconciliation,
    ReconciliationAction,
)
from tests.clock import MINUTE, SECOND
from tests.server.payments.failures import DISPUTED, alert_subjects, claimed_purchase, reconciler
from tests.server.payments.purchase import (
    Purchase,
    captured,
    dashboard,
    held,
    hold_events,
    job_states,
    start_purchase,
    unreachable,
)
from tests.server.rows import change, one, rows
from tests.world import World

HOUR = 60 * MINUTE
DAY = 24 * HOUR


def compare(world: World, *, dry_run: bool = False) -> Reconciliation:
    """Compare as the background task does."""
    return reconciler(world).compare(world.bus, dry_run=dry_run)


def found(reply: Reconciliation) -> list[tuple[Difference, ReconciliationAction]]:
    """Return each difference and what is done about it."""
    return [(finding.difference, finding.action) for finding in reply.findings]


def paid(world: World) -> Purchase:
    """Let a buyer buy a ticket."""
    purchase = start_purchase(world)
    world.pay(purchase.order)
    return purchase


def unknown_hold(world: World, **metadata: str) -> Any:
    """Hold money at Stripe for a payment we have no row for."""
    return dashboard(world).v1.payment_intents.create(
        {"amount": 4500, "currency": "eur", "capture_method": "manual", "confirm": True,
         "payment_method": "pm_card_visa", "metadata": metadata,
         "automatic_payment_methods": {"enabled": True, "allow_redirects": "never"}}
    )  # fmt: skip


def everything(world: World) -> list[object]:
    """Return every row a comparison could have changed."""
    tables = ("orders", "payments", "refunds", "disputes", "jobs", "attention", "events", "inbox")
    return [rows(world, f"SELECT * FROM {table} ORDER BY id") for table in tables]  # noqa: S608


def test_payments_that_agree_with_stripe_have_no_findings(world: World) -> None:
    paid(world)
    before = everything(world)
    reply = compare(world)
    assert (reply.findings, reply.payments, reply.intents) == ((), 0, 1)
    assert everything(world) == before


def test_a_payment_whose_events_are_missing_is_found_and_completes(world: World) -> None:
    purchase = start_purchase(world)
    page = purchase.page()
    hold_events(world)
    purchase.type_card(page)
    change(world, "UPDATE jobs SET state = 'done' WHERE kind = 'payment.refresh'")
    reply = compare(world)
    assert found(reply) == [(Difference.UNDECIDED, ReconciliationAction.LOOK_AGAIN)]
    assert reply.findings[0].order_id == purchase.order.id
    world.work()
    assert purchase.has_ticket()
    assert compare(world).findings == ()


def test_a_page_that_was_left_open_is_closed(world: World) -> None:
    purchase = start_purchase(world)
    purchase.page()
    with unreachable(world):
        world.pass_time(15 * MINUTE)
    change(world, "UPDATE jobs SET state = 'done'")  # the job that was to close it is lost
    assert purchase.statuses() == [PaymentStatus.OPEN]
    world.clock.advance(HOUR)
    compare(world)
    world.work()
    assert purchase.statuses() == [PaymentStatus.VOID]


def test_a_hold_cancelled_at_stripe_voids_its_payment(
    world: World,
) -> None:
    purchase = start_purchase(world)
    hold_events(world)
    purchase.type_card(purchase.page())
    purchase.cancel()
    (intent,) = dashboard(world).v1.payment_intents.list().data
    dashboard(world).v1.payment_intents.cancel(intent.id)
    change(world, "UPDATE jobs SET state = 'done'")
    assert found(compare(world)) == [(Difference.UNDECIDED, ReconciliationAction.LOOK_AGAIN)]
    world.work()
    assert purchase.statuses() == [PaymentStatus.VOID]
    assert (captured(world), held(world)) == (0, 0)


def test_a_capture_that_every_event_and_job_missed_is_found(world: World) -> None:
    purchase = claimed_purchase(world)
    hold_events(world)
    dashboard(world).v1.payment_intents.capture(str(purchase.payment().intent_id))
    change(world, "UPDATE jobs SET state = 'done'")
    assert found(compare(world)) == [
        (Difference.CAPTURED_NOT_COMPLETE, ReconciliationAction.LOOK_AGAIN)
    ]
    world.work()
    assert purchase.has_ticket()
    assert world.sound()


def test_money_captured_for_a_cancelled_order_is_found_and_refunded(world: World) -> None:
    purchase = start_purchase(world)
    hold_events(world)
    purchase.type_card(purchase.page())
    purchase.cancel()
    (intent,) = dashboard(world).v1.payment_intents.list().data
    dashboard(world).v1.payment_intents.capture(intent.id)
    change(world, "UPDATE payments SET status = 'void'")
    change(world, "UPDATE jobs SET state = 'done'")
    assert found(compare(world)) == [
        (Difference.CAPTURED_NOT_COMPLETE, ReconciliationAction.LOOK_AGAIN)
    ]
    world.work()
    assert purchase.statuses() == [PaymentStatus.REFUNDED]
    assert compare(world).findings == ()


def test_an_old_hold_without_an_order_is_released(world: World) -> None:
    purchase = start_purchase(world)
    hold_events(world)
    purchase.type_card(purchase.page())
    purchase.cancel()
    change(world, "UPDATE payments SET status = 'void', intent_id = NULL")
    change(world, "UPDATE jobs SET state = 'done'")
    assert compare(world).findings == ()
    world.clock.advance(HOUR + SECOND)
    assert found(compare(world)) == [(Difference.OLD_HOLD, ReconciliationAction.RELEASE_HOLD)]
    world.work()
    assert held(world) == 0
    assert compare(world).findings == ()


def test_a_complete_order_without_a_capture_opens_an_alert_and_changes_nothing(
    world: World,
) -> None:
    purchase = paid(world)
    change(world, "UPDATE orders SET status = 'complete'")
    other = unknown_hold(world, order=purchase.order.id, payment=purchase.payment().id)
    reply = compare(world)
    assert (Difference.COMPLETE_NOT_CAPTURED, ReconciliationAction.TELL_OPERATOR) in found(reply)
    assert alert_subjects(world, AlertKind.MISMATCH) == [f"complete_not_captured:{other.id}"]
    assert purchase.now().status is OrderStatus.COMPLETE
    assert held(world) == 4500


def test_an_order_that_completed_after_the_list_was_read_is_no_finding(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    claimed_purchase(world)
    records = world.payments.gateway.records
    stale = list(records.intents(since=0))
    monkeypatch.setattr(records, "intents", lambda **_: iter(stale))
    world.work()
    assert compare(world).findings == ()


def test_a_different_amount_opens_an_alert(world: World) -> None:
    purchase = start_purchase(world)
    world.pay(purchase.order)
    change(world, "UPDATE payments SET amount = 9900")
    intent = str(purchase.payment().intent_id)
    assert (Difference.AMOUNT, ReconciliationAction.TELL_OPERATOR) in found(compare(world))
    assert alert_subjects(world, AlertKind.MISMATCH) == [f"amount:{intent}"]


def test_money_without_a_row_opens_one_alert_and_is_never_touched(world: World) -> None:
    made = unknown_hold(world, order="ord_lost", payment="pay_lost")
    for _ in range(3):
        assert found(compare(world)) == [
            (Difference.UNKNOWN_MONEY, ReconciliationAction.TELL_OPERATOR)
        ]
    assert alert_subjects(world, AlertKind.MISMATCH) == [f"unknown_money:{made.id}"]
    assert held(world) == 4500


def test_money_without_our_metadata_is_ignored(world: World) -> None:
    unknown_hold(world, shop="another")
    assert compare(world).findings == ()


def test_a_difference_that_is_gone_resolves_its_alert(world: World) -> None:
    made = unknown_hold(world, order="ord_lost", payment="pay_lost")
    compare(world)
    dashboard(world).v1.payment_intents.cancel(made.id)
    compare(world)
    assert alert_subjects(world, AlertKind.MISMATCH) == []
    assert one(world, "SELECT closed_by FROM attention") == "system"


def test_an_alert_too_old_to_be_listed_is_checked_before_it_is_resolved(
    world: World,
) -> None:
    purchase = paid(world)
    change(world, "UPDATE payments SET amount = 9900")
    compare(world)
    world.clock.advance(9 * DAY)
    assert compare(world).intents == 0
    assert len(alert_subjects(world, AlertKind.MISMATCH)) == 1
    change(world, "UPDATE payments SET amount = :price", price=purchase.order.price.amount)
    compare(world)
    assert alert_subjects(world, AlertKind.MISMATCH) == []


def test_an_alert_resolved_by_an_operator_is_not_opened_again(world: World) -> None:
    operator = world.user("operator", admin=True)
    unknown_hold(world, order="ord_lost", payment="pay_lost")
    compare(world)
    alert = one(world, "SELECT id FROM attention")
    world.call(RESOLVE_ALERT, operator, ResolveAlert(note="our other shop"), alert_id=alert)
    compare(world)
    assert alert_subjects(world, AlertKind.MISMATCH) == []


def test_a_dispute_whose_event_is_missing_is_found(world: World) -> None:
    purchase = start_purchase(world)
    hold_events(world)
    purchase.type_card(purchase.page(), DISPUTED)
    for _ in range(2):
        world.pass_time(10 * SECOND)
    reply = compare(world)
    assert found(reply) == [(Difference.DISPUTE, ReconciliationAction.LOOK_AGAIN)]
    world.work()
    assert purchase.now().disputed
    assert compare(world).findings == ()


def test_an_external_refund_whose_event_is_missing_is_found(world: World) -> None:
    purchase = paid(world)
    hold_events(world)
    intent = str(purchase.payment().intent_id)
    dashboard(world).v1.refunds.create({"payment_intent": intent, "amount": 500})
    assert found(compare(world)) == [(Difference.REFUNDS, ReconciliationAction.LOOK_AGAIN)]
    world.work()
    assert purchase.now().refunded.amount == 500
    assert compare(world).findings == ()
    assert world.sound()


def test_a_dry_run_reports_and_changes_nothing(world: World) -> None:
    operator = world.user("operator", admin=True)
    purchase = start_purchase(world)
    page = purchase.page()
    hold_events(world)
    purchase.type_card(page)
    unknown_hold(world, order="ord_lost", payment="pay_lost")
    before = everything(world)
    reply = world.call(RECONCILE, operator, Reconcile(dry_run=True))
    assert reply.dry_run
    assert not reply.live
    assert sorted(found(reply)) == [
        (Difference.UNDECIDED, ReconciliationAction.LOOK_AGAIN),
        (Difference.UNKNOWN_MONEY, ReconciliationAction.TELL_OPERATOR),
    ]
    assert everything(world) == before


def test_with_stripe_down_nothing_is_compared_and_no_alert_opened(world: World) -> None:
    operator = world.user("operator", admin=True)
    paid(world)
    with unreachable(world), pytest.raises(PaymentsPaused):
        world.call(RECONCILE, operator, Reconcile())
    assert alert_subjects(world, AlertKind.MISMATCH) == []


def test_more_payments_than_fit_a_page_are_all_compared(world: World) -> None:
    for number in range(101):
        unknown_hold(world, order="ord_lost", payment=f"pay_{number}")
    reply = compare(world, dry_run=True)
    assert reply.intents == 101
    assert len({finding.payment_id for finding in reply.findings}) == 101


def test_an_open_payment_is_checked_again_and_is_no_finding(world: World) -> None:
    purchase = start_purchase(world)
    purchase.page()
    change(world, "UPDATE jobs SET state = 'done'")
    reply = compare(world)
    assert (reply.payments, reply.findings) == (1, ())
    assert job_states(world)["payment.refresh"] == "pending"
