"""Disputes: the bank takes money back for a while; the order stays complete."""

from __future__ import annotations

from typing import Any, cast

import pytest

from contract.alerts import AlertKind
from contract.orders import OrderStatus
from contract.payments import PaymentDisputed, PaymentDisputeLost, PaymentDisputeWon, PaymentStatus
from contract.tickets import TicketStatus
from server.payments import disputes
from server.sandbox.disputes import DECIDES_AFTER, OPENS_AFTER
from server.stripe import DisputeOutcome, DisputeState
from tests.clock import SECOND
from tests.server.payments.failures import DISPUTED, alert_detail, alert_subjects
from tests.server.payments.purchase import (
    Purchase,
    dashboard,
    hold_events,
    job_states,
    start_purchase,
)
from tests.server.rows import one, rows
from tests.world import World

HOUR = 3600 * SECOND


def disputed(world: World) -> Purchase:
    """Let a buyer buy a ticket and dispute the payment at the bank."""
    purchase = start_purchase(world)
    world.pay(purchase.order, DISPUTED)
    world.pass_time(OPENS_AFTER * SECOND)
    return purchase


def decide(world: World, evidence: str) -> None:
    """Answer the dispute, and let the bank decide."""
    (dispute,) = dashboard(world).v1.disputes.list().data
    said = cast("Any", {"evidence": {"uncategorized_text": evidence}})
    dashboard(world).v1.disputes.update(dispute.id, said)
    world.pass_time(DECIDES_AFTER * SECOND)


def dispute_events(world: World) -> list[str]:
    """Return the names of the events about disputes, in order."""
    return [name for name in world.names() if name.startswith("payment.dispute")]


def seen(purchase: Purchase, status: DisputeOutcome, **changes: Any) -> DisputeState:
    """Return a dispute of the whole payment, as Stripe may have it."""
    said: dict[str, Any] = {
        "id": "du_1", "intent_id": purchase.payment().intent_id, "payment_id": None,
        "amount": purchase.order.price, "reason": "fraudulent", "status": str(status),
        "outcome": status, "due_by": 1_800_000_000, "created": 1_799_000_000,
    }  # fmt: skip
    return DisputeState(**said | changes)


def test_a_dispute_marks_a_complete_order_and_leaves_it_complete(world: World) -> None:
    purchase = disputed(world)
    now = purchase.now()
    assert (now.status, now.disputed) == (OrderStatus.COMPLETE, True)
    assert purchase.statuses() == [PaymentStatus.PAID]
    assert world.ticket(purchase.ticket).status is TicketStatus.SOLD
    assert dispute_events(world) == ["payment.disputed"]
    assert world.sound()


def test_a_dispute_opens_an_alert_with_amount_reason_and_due_date(world: World) -> None:
    purchase = disputed(world)
    (dispute,) = dashboard(world).v1.disputes.list().data
    assert alert_subjects(world, AlertKind.DISPUTE) == [dispute.id]
    said = alert_detail(world, AlertKind.DISPUTE)
    assert "EUR 45.00" in said
    assert "fraudulent" in said
    assert "answer due by 2027-01-10 23:59 UTC" in said
    assert purchase.order.id in said


@pytest.mark.parametrize(
    ("evidence", "event", "marked"),
    [("winning_evidence", "payment.dispute_won", False),
     ("losing_evidence", "payment.dispute_lost", True)],
)  # fmt: skip
def test_a_decided_dispute_is_published_once_and_closes_its_alert(
    world: World, evidence: str, event: str, marked: bool
) -> None:
    purchase = disputed(world)
    decide(world, evidence)
    assert dispute_events(world) == ["payment.disputed", event]
    assert purchase.now().disputed is marked  # lost money cannot be refunded either
    assert alert_subjects(world, AlertKind.DISPUTE) == []
    assert purchase.now().status is OrderStatus.COMPLETE
    assert world.sound()


def test_every_step_of_a_dispute_is_a_version_of_its_payment(world: World) -> None:
    purchase = disputed(world)
    decide(world, "winning_evidence")
    found = [
        event for event in world.events(purchase.payment().id)
        if isinstance(event, PaymentDisputed | PaymentDisputeWon)
    ]  # fmt: skip
    last = purchase.payment().version
    assert [event.version for event in found] == [last - 1, last]
    assert found[0].disputed == purchase.order.price


def test_a_dispute_received_five_times_is_one(world: World) -> None:
    purchase = start_purchase(world)
    events = hold_events(world)
    purchase.type_card(purchase.page(), DISPUTED)
    for _ in range(2):  # the money is taken, then disputed
        world.pass_time(10 * SECOND)
    for raw, signature in events * 5:
        assert world.payments.receive(raw, signature)
    world.work()
    assert dispute_events(world) == ["payment.disputed"]
    assert one(world, "SELECT count(*) FROM disputes") == 1


def test_events_about_a_dispute_are_marked_handled(world: World) -> None:
    disputed(world)
    assert one(world, "SELECT count(*) FROM inbox WHERE type LIKE 'charge.dispute%'") == 2
    assert one(world, "SELECT count(*) FROM inbox WHERE handled_at IS NULL") == 0


def test_a_decision_whose_event_is_missing_is_found_within_the_hour(world: World) -> None:
    disputed(world)
    hold_events(world)
    decide(world, "losing_evidence")
    assert dispute_events(world) == ["payment.disputed"]
    world.pass_time(HOUR)
    assert dispute_events(world) == ["payment.disputed", "payment.dispute_lost"]
    assert job_states(world)["payment.dispute"] == "done"


def test_a_decision_that_arrives_first_publishes_the_dispute_before_it(world: World) -> None:
    purchase = start_purchase(world)
    world.pay(purchase.order)
    world.bus.write_now(lambda tx: disputes.apply(tx, seen(purchase, DisputeOutcome.LOST)))
    assert dispute_events(world) == ["payment.disputed", "payment.dispute_lost"]
    (lost,) = [event for event in world.events() if isinstance(event, PaymentDisputeLost)]
    assert lost.dispute_id == "du_1"


@pytest.mark.parametrize("first", [DisputeOutcome.WON, DisputeOutcome.LOST])
@pytest.mark.parametrize("then", list(DisputeOutcome))
def test_a_decided_dispute_stays_decided(
    world: World, first: DisputeOutcome, then: DisputeOutcome
) -> None:
    purchase = start_purchase(world)
    world.pay(purchase.order)
    world.bus.write_now(lambda tx: disputes.apply(tx, seen(purchase, first)))
    before = len(world.events())
    world.bus.write_now(lambda tx: disputes.apply(tx, seen(purchase, then)))
    assert rows(world, "SELECT outcome FROM disputes") == [(first,)]
    events = [event.name for event in world.events()[before:]]
    assert not [name for name in events if name.startswith("payment.")]


def test_an_inquiry_takes_no_money_and_opens_an_alert(world: World) -> None:
    purchase = start_purchase(world)
    world.pay(purchase.order)
    world.bus.write_now(lambda tx: disputes.apply(tx, seen(purchase, DisputeOutcome.INQUIRY)))
    assert dispute_events(world) == []
    assert not purchase.now().disputed
    assert alert_subjects(world, AlertKind.DISPUTE) == ["du_1"]
    world.bus.write_now(lambda tx: disputes.apply(tx, seen(purchase, DisputeOutcome.NONE)))
    assert alert_subjects(world, AlertKind.DISPUTE) == []


def test_an_inquiry_that_becomes_a_dispute_opens_a_new_alert(world: World) -> None:
    purchase = start_purchase(world)
    world.pay(purchase.order)
    for stage in (DisputeOutcome.INQUIRY, DisputeOutcome.OPEN):
        world.bus.write_now(lambda tx, stage=stage: disputes.apply(tx, seen(purchase, stage)))  # type: ignore[misc]
    assert dispute_events(world) == ["payment.disputed"]
    assert alert_subjects(world, AlertKind.DISPUTE) == ["du_1"]
    assert "took EUR 45.00 back" in alert_detail(world, AlertKind.DISPUTE)


def test_of_two_disputes_one_won_leaves_the_order_disputed(world: World) -> None:
    purchase = start_purchase(world)
    world.pay(purchase.order)
    for name, stage in (
        ("du_1", DisputeOutcome.OPEN),
        ("du_2", DisputeOutcome.OPEN),
        ("du_1", DisputeOutcome.WON),
    ):
        said = seen(purchase, stage, id=name)
        world.bus.write_now(lambda tx, said=said: disputes.apply(tx, said))  # type: ignore[misc]
    assert purchase.now().disputed
    world.bus.write_now(
        lambda tx: disputes.apply(tx, seen(purchase, DisputeOutcome.WON, id="du_2"))
    )
    assert not purchase.now().disputed


def test_a_dispute_about_another_shops_payment_changes_nothing(world: World) -> None:
    purchase = start_purchase(world)
    world.pay(purchase.order)
    before = len(world.events())
    strange = seen(purchase, DisputeOutcome.OPEN, intent_id="pi_other", payment_id="pay_other")
    assert not world.bus.write_now(lambda tx: disputes.apply(tx, strange))
    assert len(world.events()) == before
