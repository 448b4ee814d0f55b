"""Reconciliation: compare our payments with Stripe's; wake a job or alert an operator.

It never changes anything about money itself: a difference is handed to the job that would have
acted on it, or to a person.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

from contract.alerts import AlertKind
from contract.money import Money
from contract.orders import OrderStatus
from contract.payments import UNDECIDED_STATUSES, PaymentStatus
from contract.reconciliation import (
    Difference,
    Reconciliation,
    ReconciliationAction,
    ReconciliationFinding,
)
from db.statement import Row
from server import jobs, stripe
from server.alerts import service as alerts
from server.bus import Bus
from server.clock import SECOND
from server.orders import service as orders
from server.payments import capture, checkout, disputes, repository, service
from server.payments.refunds import repository as refunds
from server.payments.refunds.jobs import LIST_REFUNDS
from server.payments.repository import PaymentRecord
from server.stripe import (
    DisputeOutcome,
    DisputeState,
    FundsState,
    Gateway,
    IntentState,
    RequestRefused,
)
from server.tx import Tx

DAY = 24 * 3600
#: A card is held for at most 7 days; one day more covers clocks and the bank's own delay. No money
#: can come of an older payment that is not captured.
PAYMENTS_BACK = 8 * DAY
#: As long as Stripe keeps events: longer than most disputes may be answered.
DISPUTES_BACK = 30 * DAY
#: Rows read in one transaction.
ROWS = 200
#: More open alerts than this are not looked at in one comparison.
MAX_ALERTS = 500
#: Seconds after which a hold is no longer one that is being captured.
OLD_HOLD = 3600
#: The job that carries on a payment that is not decided. A new one has a job of its own.
JOB_KINDS = {
    PaymentStatus.OPEN: checkout.REFRESH,
    PaymentStatus.AUTHORISED: service.CAPTURE,
    PaymentStatus.SURPLUS: service.VOID,
}
REFUNDING = (PaymentStatus.REFUND_DUE, PaymentStatus.REFUNDED, PaymentStatus.REFUND_FAILED)
#: The statuses of ours that fit each state of the money at Stripe.
AGREES = {
    FundsState.NOT_HELD: (PaymentStatus.NEW, PaymentStatus.OPEN, PaymentStatus.VOID),
    FundsState.HELD: (PaymentStatus.AUTHORISED, PaymentStatus.SURPLUS),
    FundsState.CAPTURED: (PaymentStatus.PAID, *REFUNDING),
    FundsState.RELEASED: (PaymentStatus.VOID,),
}


class PlannedJob(NamedTuple):
    """A finding, and the job to wake for it; without one an operator is alerted."""

    finding: ReconciliationFinding
    kind: str | None
    subject: str


@dataclass(frozen=True)
class OurPayment:
    """A payment of ours, with what it takes to compare it.

    `refunded` has reached the buyer and `underway` has not, in our minor units.
    """

    payment: PaymentRecord
    order: OrderStatus
    owns_order: bool
    refunded: int
    underway: int


class Reconciler:
    """Compares, through one gateway."""

    def __init__(self, gateway: Gateway) -> None:
        """Compare with what `gateway` lists."""
        self._gateway = gateway
        self._stopped = threading.Event()

    def stop(self) -> None:
        """End a comparison after its current page."""
        self._stopped.set()

    def compare(self, bus: Bus, *, dry_run: bool) -> Reconciliation:
        """Compare everything, and unless `dry_run` act on it.

        Raises OutcomeUnknown, AuthRejected.
        """
        now = bus.clock.now() // SECOND
        undecided = self._wake_undecided(bus, dry_run=dry_run)
        listed, found = 0, list[PlannedJob]()
        for page in self._gateway.records.intents(since=now - PAYMENTS_BACK):
            listed += len(page)
            found += self._act(bus, self._compare_page(bus, page, now=now), dry_run=dry_run)
            if self._stopped.is_set():
                break
        else:
            found += self._act(bus, self._compare_disputes(bus, now=now), dry_run=dry_run)
            if not dry_run:
                self._resolve_alerts(bus, found, now=now)
        return Reconciliation(
            payments=undecided, intents=listed,
            findings=tuple(planned.finding for planned in found), dry_run=dry_run,
            live=self._gateway.live,
        )  # fmt: skip

    def _wake_undecided(self, bus: Bus, *, dry_run: bool) -> int:
        """Wake the job of every payment that is not decided; return how many there are."""
        count, last = 0, ""
        while rows := bus.read_now(partial(repository.not_decided, after=last, most=ROWS)):
            count, last = count + len(rows), rows[-1][0]
            if not dry_run:
                bus.write_now(partial(_wake, rows=rows), actor="payments")
        if not dry_run and count:
            bus.write_now(capture.alert_slow_captures, actor="payments")
        return count

    def _compare_page(self, bus: Bus, page: Sequence[IntentState], *, now: int) -> list[PlannedJob]:
        def compare(tx: Tx) -> list[ReconciliationFinding]:
            pairs = [(intent, our_payment(tx, intent)) for intent in page]
            return [found for intent, ours in pairs for found in differences(intent, ours, now)]

        found = bus.read_now(compare)
        return [_plan(finding) for finding in found if self._is_certain(finding)]

    def _is_certain(self, finding: ReconciliationFinding) -> bool:
        """Retrieve the intent again where our rows, read after the list, may be newer than it.

        An order that is complete without a capture is one only if it is not captured now either.
        """
        if finding.difference is not Difference.COMPLETE_NOT_CAPTURED:
            return True
        intent = self._gateway.records.intent(str(finding.intent))
        return intent.funds is not FundsState.CAPTURED

    def _compare_disputes(self, bus: Bus, *, now: int) -> list[PlannedJob]:
        listed = self._gateway.records.disputes(since=now - DISPUTES_BACK)
        inquiries = (DisputeOutcome.INQUIRY, DisputeOutcome.NONE)
        taken = [dispute for dispute in listed if dispute.outcome not in inquiries]

        def compare(tx: Tx) -> list[PlannedJob]:
            found = []
            for dispute in taken:
                payment = disputes.payment_of(tx, dispute)
                known = disputes.outcome(tx, dispute_id=dispute.id)
                if payment is not None and known is not dispute.outcome:
                    found.append(_plan_dispute(dispute, payment, known))
            return found

        return bus.read_now(compare)

    def _act(self, bus: Bus, found: list[PlannedJob], *, dry_run: bool) -> list[PlannedJob]:
        """Act at once on what was found on a page; return it."""
        if found and not dry_run:
            bus.write_now(partial(_wake_or_alert, found=found), actor="payments")
        return found

    def _resolve_alerts(self, bus: Bus, found: Iterable[PlannedJob], *, now: int) -> None:
        """Resolve the alerts of differences that are gone; retrieve those too old to be listed."""
        current = {_alert_subject(planned.finding) for planned in found}
        for subject in bus.read_now(_open_alerts):
            difference, _, intent_id = subject.partition(":")
            if subject not in current and not self._differs(bus, difference, intent_id, now=now):
                bus.write_now(partial(_resolve_alert, subject=subject), actor="payments")

    def _differs(self, bus: Bus, difference: str, intent_id: str, *, now: int) -> bool:
        if difference == Difference.DISPUTE:
            return True  # a dispute decided twice: only a person can tell what that means
        try:
            intent = self._gateway.records.intent(intent_id)
        except RequestRefused:
            return True
        found = self._compare_page(bus, (intent,), now=now)
        return any(planned.finding.difference == difference for planned in found)


def our_payment(tx: Tx, intent: IntentState) -> OurPayment | None:
    """Return what we know of an intent's payment; None when it has no row here."""
    payment = repository.find(tx, payment_id=intent.payment_id, stripe_ids=())
    if payment is None:
        return None
    known = orders.view(tx, order_id=payment.order_id)
    refunded, underway = refunds.amounts(tx, payment_id=payment.id)
    owns_order = known.payment_id == payment.id
    return OurPayment(payment, known.order.status, owns_order, refunded, underway)


def differences(
    intent: IntentState, ours: OurPayment | None, now: int
) -> Iterator[ReconciliationFinding]:
    """Yield how an intent differs from our payment; `now` is in Unix seconds.

    An intent without our metadata belongs to another shop on the same account and is ignored.
    """
    if intent.payment_id is None:
        return
    if ours is None:
        if intent.funds in (FundsState.HELD, FundsState.CAPTURED):
            yield _finding(
                Difference.UNKNOWN_MONEY, ReconciliationAction.TELL_OPERATOR, intent,
                f"{_amount(intent)} is {intent.funds} for a payment that has no row here: another "
                "shop uses the same account, or rows were lost",
            )  # fmt: skip
        return
    yield from _compare_amount(intent, ours)
    yield from _compare_status(intent, ours, now=now)
    if intent.funds is FundsState.CAPTURED:
        yield from _compare_refunds(intent, ours)


def _compare_amount(intent: IntentState, ours: OurPayment) -> Iterator[ReconciliationFinding]:
    amount = ours.payment.amount
    captured = intent.funds is FundsState.CAPTURED
    if (stripe.minor_units(amount), amount.currency) != (intent.amount, intent.currency) or (
        captured and intent.captured != intent.amount
    ):
        yield _finding(
            Difference.AMOUNT, ReconciliationAction.TELL_OPERATOR, intent,
            f"{_amount(intent)}, of which {intent.captured} is captured; our payment is {amount}",
        )  # fmt: skip


def _compare_status(
    intent: IntentState, ours: OurPayment, *, now: int
) -> Iterator[ReconciliationFinding]:
    status, captured = ours.payment.status, intent.funds is FundsState.CAPTURED
    complete = ours.owns_order and ours.order is OrderStatus.COMPLETE
    if complete and not captured:
        yield _finding(
            Difference.COMPLETE_NOT_CAPTURED, ReconciliationAction.TELL_OPERATOR, intent,
            f"the order is complete, and the money is {intent.funds}",
        )  # fmt: skip
    elif captured and not complete and status not in REFUNDING:
        yield _finding(
            Difference.CAPTURED_NOT_COMPLETE, ReconciliationAction.LOOK_AGAIN, intent,
            f"{_amount(intent)} is captured, and our payment is {status}",
        )  # fmt: skip
    elif intent.funds is FundsState.HELD and now - intent.created > OLD_HOLD:
        confirming = status is PaymentStatus.AUTHORISED
        look_again, release = ReconciliationAction.LOOK_AGAIN, ReconciliationAction.RELEASE_HOLD
        minutes = (now - intent.created) // 60
        yield _finding(
            Difference.OLD_HOLD, look_again if confirming else release, intent,
            f"{_amount(intent)} has been held for {minutes} min; our payment is {status}",
        )  # fmt: skip
    elif status in UNDECIDED_STATUSES and status not in AGREES[intent.funds]:
        yield _finding(
            Difference.UNDECIDED, ReconciliationAction.LOOK_AGAIN, intent,
            f"the money is {intent.funds}, and our payment is {status}",
        )  # fmt: skip


def _compare_refunds(intent: IntentState, ours: OurPayment) -> Iterator[ReconciliationFinding]:
    """Compare the refunded amounts. Stripe may or may not count one that is under way."""
    refunded, underway = (
        stripe.minor_units(Money(amount=amount, currency=intent.currency))
        for amount in (ours.refunded, ours.underway)
    )
    if intent.refunded not in (refunded, refunded + underway):
        yield _finding(
            Difference.REFUNDS, ReconciliationAction.LOOK_AGAIN, intent,
            f"{intent.refunded} is refunded; we know of {refunded}, and {underway} is under way",
        )  # fmt: skip


def _amount(intent: IntentState) -> str:
    return f"{intent.currency} {intent.amount} (smallest units)"


def _finding(
    difference: Difference, action: ReconciliationAction, intent: IntentState, detail: str
) -> ReconciliationFinding:
    return ReconciliationFinding(
        difference=difference, action=action, order_id=intent.order_id,
        payment_id=intent.payment_id, intent=intent.id, detail=detail,
    )  # fmt: skip


def _plan(finding: ReconciliationFinding) -> PlannedJob:
    kind = None
    if finding.action is not ReconciliationAction.TELL_OPERATOR:
        about_refunds = finding.difference is Difference.REFUNDS
        kind = LIST_REFUNDS if about_refunds else checkout.REFRESH
    return PlannedJob(finding, kind, str(finding.payment_id))


def _plan_dispute(
    dispute: DisputeState, payment: PaymentRecord, known: DisputeOutcome | None
) -> PlannedJob:
    """Refresh an open dispute; one that is decided otherwise with us needs an operator."""
    decided = known not in (None, DisputeOutcome.OPEN)
    look_again, alert = ReconciliationAction.LOOK_AGAIN, ReconciliationAction.TELL_OPERATOR
    finding = ReconciliationFinding(
        difference=Difference.DISPUTE,
        action=alert if decided else look_again,
        order_id=payment.order_id, payment_id=payment.id, intent=dispute.intent_id,
        detail=f"{dispute.id} about {dispute.amount} is {dispute.outcome}; we have it as "
        f"{known or 'unknown'}",
    )  # fmt: skip
    return PlannedJob(finding, None if decided else disputes.DISPUTE, dispute.id)


def _wake(tx: Tx, *, rows: Iterable[Row]) -> None:
    for payment_id, order_id, status in rows:
        kind = JOB_KINDS.get(PaymentStatus(status))
        if kind is not None:
            jobs.enqueue(tx, kind, payment_id, order_id=order_id)


def _wake_or_alert(tx: Tx, *, found: Iterable[PlannedJob]) -> None:
    for planned in found:
        if planned.kind is None:
            _open_alert(tx, planned.finding)
        else:
            order_id = planned.finding.order_id
            jobs.enqueue(tx, planned.kind, planned.subject, order_id=order_id)


def _open_alert(tx: Tx, finding: ReconciliationFinding) -> None:
    subject = _alert_subject(finding)
    # An operator may have resolved it by hand, and the provider's side may never change again.
    if not alerts.was_resolved(tx, AlertKind.MISMATCH, subject):
        alerts.open_alert(
            tx, AlertKind.MISMATCH, subject, order_id=finding.order_id, detail=finding.detail
        )


def _alert_subject(finding: ReconciliationFinding) -> str:
    """Return the subject of an alert: the difference, and Stripe's id of the payment."""
    return f"{finding.difference}:{finding.intent}"


def _open_alerts(tx: Tx) -> list[str]:
    found = alerts.list_alerts(
        tx, kind=AlertKind.MISMATCH, include_resolved=False, before_id="att_~", limit=MAX_ALERTS
    )
    return [a.subject for a in found if a.subject.partition(":")[0] in list(Difference)]


def _resolve_alert(tx: Tx, *, subject: str) -> None:
    alerts.auto_resolve(tx, AlertKind.MISMATCH, subject, note="The difference is gone.")
