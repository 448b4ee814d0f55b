"""Reconciling: our rows held against what Stripe knows. It wakes work or tells an operator.

Never does it change anything about money by itself: what differs is looked at again by the job
that would have, or is a matter for people.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from functools import partial
from typing import NamedTuple

from sqlalchemy import bindparam, select

from contract.alerts import AlertKind
from contract.payments import PaymentStatus
from contract.reconciliation import Action, Difference, Finding, Reconciliation
from db.schema.payments import UNDECIDED, payments
from db.statement import Row, Statement
from server import jobs
from server.alerts import service as alerts
from server.bus import Bus
from server.clock import SECOND
from server.payments import attempts, capturing, comparing, disputes
from server.payments.attempts import Attempt
from server.payments.refunds.work import LOOK as LOOK_AT_REFUNDS
from server.payments.stripe import DisputeSeen, Gateway, IntentSeen, Money, Outcome, Refused
from server.tx import Tx

DAY = 24 * 3600
#: A card is held for at most 7 days; a day more is for clocks and for the bank's own delay. Before
#: that no money can come of a payment any more that is not captured already.
PAYMENTS_BACK = 8 * DAY
#: As long as Stripe keeps events: longer than the time to answer most disputes in.
DISPUTES_BACK = 30 * DAY
#: Rows looked at in one transaction.
ROWS = 200
#: An operator has so many alerts open at most before he has other worries.
MOST_MATTERS = 500
#: By which job a payment that is not decided goes on. One that is new has a job of its own.
KINDS = {
    PaymentStatus.OPEN: attempts.REFRESH,
    PaymentStatus.AUTHORISED: attempts.CAPTURE,
    PaymentStatus.SURPLUS: attempts.VOID,
}

NOT_DECIDED = Statement(
    select(payments.c.id, payments.c.order_id, payments.c.status)
    .where(payments.c.status.in_(UNDECIDED), payments.c.id > bindparam("after"))
    .order_by(payments.c.id)
    .limit(ROWS)
)


class Step(NamedTuple):
    """A finding, and the job that looks into it; without one an operator must."""

    finding: Finding
    kind: str | None
    subject: str


class Reconciler:
    """Compares, through one gateway."""

    def __init__(self, gateway: Gateway) -> None:
        """Compare with what `gateway` lists."""
        self._gateway = gateway
        self._stopped = threading.Event()

    def stop(self) -> None:
        """End a comparison after the page it is at."""
        self._stopped.set()

    def compare(self, bus: Bus, *, dry_run: bool) -> Reconciliation:
        """Compare everything, and unless `dry_run` act on it. Raises Unsure, Locked."""
        now = bus.clock.now() // SECOND
        waiting = self._wake_undecided(bus, dry_run=dry_run)
        listed, steps = 0, list[Step]()
        for page in self._gateway.records.intents(since=now - PAYMENTS_BACK):
            listed += len(page)
            steps += self._did(bus, self._of_page(bus, page, now=now), dry_run=dry_run)
            if self._stopped.is_set():
                break
        else:
            steps += self._did(bus, self._of_disputes(bus, now=now), dry_run=dry_run)
            if not dry_run:
                self._mend(bus, steps, now=now)
        return Reconciliation(
            payments=waiting, intents=listed, findings=tuple(step.finding for step in steps),
            dry_run=dry_run, live=self._gateway.live,
        )  # fmt: skip

    def _wake_undecided(self, bus: Bus, *, dry_run: bool) -> int:
        """Look again at every payment that is not decided, page by page; return how many."""
        count, last = 0, ""
        while rows := bus.read_now(partial(_not_decided, after=last)):
            count, last = count + len(rows), rows[-1][0]
            if not dry_run:
                bus.write_now(lambda tx, rows=rows: _wake(tx, rows), actor="payments")  # type: ignore[misc]
        if not dry_run and count:
            bus.write_now(capturing.tell_of_slow, actor="payments")
        return count

    def _of_page(self, bus: Bus, page: Sequence[IntentSeen], *, now: int) -> list[Step]:
        def compare(tx: Tx) -> list[Finding]:
            pairs = [(seen, comparing.ours(tx, seen)) for seen in page]
            return [
                found for seen, known in pairs for found in comparing.differences(seen, known, now)
            ]

        found = bus.read_now(compare)
        return [_step(finding) for finding in found if self._is_sure(finding)]

    def _is_sure(self, finding: Finding) -> bool:
        """Look once more where our rows, read after the list was made, may have run ahead of it.

        Complete here and not captured there is only true if it is not captured now either.
        """
        if finding.difference is not Difference.COMPLETE_NOT_CAPTURED:
            return True
        return self._gateway.records.intent(str(finding.intent)).money is not Money.OURS

    def _of_disputes(self, bus: Bus, *, now: int) -> list[Step]:
        listed = self._gateway.records.disputes(since=now - DISPUTES_BACK)
        taken = [seen for seen in listed if seen.outcome not in (Outcome.INQUIRY, Outcome.NONE)]

        def compare(tx: Tx) -> list[Step]:
            steps = []
            for seen in taken:
                about = disputes.payment(tx, seen)
                known = disputes.outcome(tx, dispute_id=seen.id)
                if about is not None and known is not seen.outcome:
                    steps.append(_of_dispute(seen, about, known))
            return steps

        return bus.read_now(compare)

    def _did(self, bus: Bus, steps: list[Step], *, dry_run: bool) -> list[Step]:
        """Act on what was found on a page, at once; return it."""
        if steps and not dry_run:
            bus.write_now(lambda tx: _act(tx, steps), actor="payments")
        return steps

    def _mend(self, bus: Bus, steps: Iterable[Step], *, now: int) -> None:
        """Close the alerts of differences that are gone; those too old to be listed are asked."""
        still = {_matter(step.finding) for step in steps}
        for subject in bus.read_now(_open_matters):
            difference, _, intent_id = subject.partition(":")
            if subject not in still and not self._differs(bus, difference, intent_id, now=now):
                bus.write_now(lambda tx, subject=subject: _gone(tx, subject), actor="payments")  # type: ignore[misc]

    def _differs(self, bus: Bus, difference: str, intent_id: str, *, now: int) -> bool:
        if difference == Difference.DISPUTE:
            return True  # two verdicts on one dispute: only people can tell what that means
        try:
            seen = self._gateway.records.intent(intent_id)
        except Refused:
            return True
        found = self._of_page(bus, (seen,), now=now)
        return any(step.finding.difference == difference for step in found)


def _not_decided(tx: Tx, *, after: str) -> list[Row]:
    return tx.all(NOT_DECIDED, after=after)


def _wake(tx: Tx, rows: Iterable[Sequence[str]]) -> None:
    for payment_id, order_id, status in rows:
        kind = KINDS.get(PaymentStatus(status))
        if kind is not None:
            jobs.enqueue(tx, kind, payment_id, order_id=order_id)


def _step(finding: Finding) -> Step:
    kind = None
    if finding.action is not Action.TELL_OPERATOR:
        refunds = finding.difference is Difference.REFUNDS
        kind = LOOK_AT_REFUNDS if refunds else attempts.REFRESH
    return Step(finding, kind, str(finding.payment_id))


def _of_dispute(seen: DisputeSeen, about: Attempt, known: Outcome | None) -> Step:
    """Have a dispute looked at; a second verdict, which our rows cannot follow, is for people."""
    decided = known not in (None, Outcome.OPEN)
    finding = Finding(
        difference=Difference.DISPUTE,
        action=Action.TELL_OPERATOR if decided else Action.LOOK_AGAIN,
        order_id=about.order_id, payment_id=about.id, intent=seen.intent_id,
        detail=f"{seen.id} about {seen.amount} is {seen.outcome}; ours is {known or 'unknown'}",
    )  # fmt: skip
    return Step(finding, None if decided else attempts.DISPUTE, seen.id)


def _act(tx: Tx, steps: Iterable[Step]) -> None:
    for step in steps:
        if step.kind is None:
            _tell(tx, step.finding)
        else:
            jobs.enqueue(tx, step.kind, step.subject, order_id=step.finding.order_id)


def _tell(tx: Tx, finding: Finding) -> None:
    subject = _matter(finding)
    # Settled by hand it has been seen to, and the provider's side of it may never change again.
    if not alerts.was_resolved(tx, AlertKind.MISMATCH, subject):
        alerts.open_alert(
            tx, AlertKind.MISMATCH, subject, order_id=finding.order_id, detail=finding.detail
        )


def _matter(finding: Finding) -> str:
    """Return the subject of a matter: a difference, and Stripe's name of the payment."""
    return f"{finding.difference}:{finding.intent}"


def _open_matters(tx: Tx) -> list[str]:
    found = alerts.list_alerts(
        tx, kind=AlertKind.MISMATCH, include_resolved=False, before_id="att_~", limit=MOST_MATTERS
    )
    return [m.subject for m in found if m.subject.partition(":")[0] in list(Difference)]


def _gone(tx: Tx, subject: str) -> None:
    alerts.auto_resolve(tx, AlertKind.MISMATCH, subject, note="The difference is gone.")
