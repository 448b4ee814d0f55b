"""Disputes: a buyer's bank takes money back until it has decided whose it is.

The order stays complete, and whether the ticket is worth anything is the operator's decision. What
the money does is told as events, each once, in whatever order Stripe's messages come.
"""

from __future__ import annotations

from sqlalchemy import bindparam, func, insert, select, update

from contract.alerts import AlertKind
from contract.payments import (
    PaymentDisputed,
    PaymentDisputeLost,
    PaymentDisputeWon,
    PaymentNotStarted,
)
from db.schema.payments import disputes
from db.statement import Row, Statement
from db.types import from_us
from server.alerts import service as alerts
from server.bus import Bus
from server.clock import SECOND
from server.jobs import Job, Snooze
from server.orders import service as orders
from server.payments import attempts, inbox
from server.payments import statements as sql
from server.payments.attempts import Attempt
from server.payments.stripe import DisputeSeen, Gateway, Outcome
from server.tx import Tx

Event = PaymentDisputed | PaymentDisputeWon | PaymentDisputeLost

#: Seconds between looks at a dispute that is not decided; the inbox wakes it sooner.
LOOK_AGAIN = 3600
UNDECIDED = (Outcome.OPEN, Outcome.INQUIRY)

INSERT = Statement(insert(disputes))
OUTCOME = Statement(select(disputes.c.outcome).where(disputes.c.id == bindparam("dispute")))
FOLLOW = Statement(
    update(disputes)
    .where(disputes.c.id == bindparam("dispute"))
    .values(
        status=bindparam("said"), outcome=bindparam("ended"), due_by=bindparam("due"),
        updated_at=bindparam("now"),
    )
)  # fmt: skip
#: What is with the bank, or was lost to it: such money cannot be refunded.
HELD_BACK = Statement(
    select(func.count()).where(
        disputes.c.order_id == bindparam("order"), disputes.c.outcome != Outcome.WON
    )
)


class Disputes:
    """Looks at disputes, over one gateway."""

    def __init__(self, gateway: Gateway) -> None:
        """Look through `gateway`."""
        self._gateway = gateway

    def jobs(self) -> tuple[Job, ...]:
        """Return the job; its subject is a dispute, in Stripe's name for it."""
        return (Job(attempts.DISPUTE, self.look, most=None),)

    def look(self, bus: Bus, dispute_id: str) -> None:
        """Ask Stripe how a dispute stands and act on it, until it is decided."""
        asked = bus.clock.now()
        seen = self._gateway.records.dispute(dispute_id)

        def decide(tx: Tx) -> bool:
            inbox.handled(tx, dispute_id, until=asked)
            return learn(tx, seen)

        if bus.write_now(decide, actor="payments") and seen.outcome in UNDECIDED:
            raise Snooze(LOOK_AGAIN)


def learn(tx: Tx, seen: DisputeSeen) -> bool:
    """Decide from what Stripe says of a dispute; tell whether it is about a payment of ours."""
    attempt = payment(tx, seen)
    if attempt is None:
        return False
    tx.advisory_lock(f"payment:{attempt.order_id}")
    if seen.outcome in (Outcome.INQUIRY, Outcome.NONE):
        _inquiry(tx, attempt, seen)
        return True
    before = outcome(tx, dispute_id=seen.id)
    if before is None:
        _open(tx, attempt, seen)
    if before in (None, Outcome.OPEN):
        _follow(tx, attempt, seen)
    return True


def outcome(tx: Tx, *, dispute_id: str) -> Outcome | None:
    """Return how a dispute stands with us, if we know it."""
    row: Row | None = tx.first(OUTCOME, dispute=dispute_id)
    return None if row is None else Outcome(row[0])


def payment(tx: Tx, seen: DisputeSeen) -> Attempt | None:
    """Find the payment a dispute is about; None when it is another shop's."""
    row = tx.first(sql.BY_STRIPE_ID, stripe=seen.intent_id)
    payment_id = seen.payment_id if row is None else row[0]
    try:
        return None if payment_id is None else attempts.view(tx, payment_id=payment_id)
    except PaymentNotStarted:
        return None


def _inquiry(tx: Tx, attempt: Attempt, seen: DisputeSeen) -> None:
    """Tell of a bank that only asks. Nothing was taken, and a refund would still settle it."""
    if seen.outcome is Outcome.NONE:
        alerts.auto_resolve(tx, AlertKind.DISPUTE, seen.id, note=f"The inquiry is {seen.status}.")
        return
    alerts.open_alert(
        tx, AlertKind.DISPUTE, seen.id, order_id=attempt.order_id,
        detail=f"The bank asks about {seen.amount} ({seen.reason}){_due(seen)}; nothing was taken "
        f"yet. Answer in the provider's dashboard, or refund.{_hint(attempt)}",
    )  # fmt: skip


def _open(tx: Tx, attempt: Attempt, seen: DisputeSeen) -> None:
    tx.execute(
        INSERT,
        id=seen.id, payment_id=attempt.id, order_id=attempt.order_id, amount=seen.amount.amount,
        currency=seen.amount.currency, reason=seen.reason, status=seen.status,
        outcome=Outcome.OPEN.value, due_by=_us(seen.due_by), opened_at=seen.created * SECOND,
        updated_at=tx.now_us,
    )  # fmt: skip
    orders.dispute(tx, order_id=attempt.order_id, disputed=True)
    _publish(tx, PaymentDisputed, attempt, seen)
    # The matter of an inquiry that became a dispute says too little now.
    alerts.auto_resolve(tx, AlertKind.DISPUTE, seen.id, note="The inquiry became a dispute.")
    alerts.open_alert(
        tx, AlertKind.DISPUTE, seen.id, order_id=attempt.order_id,
        detail=f"The bank took {seen.amount} back ({seen.reason}){_due(seen)}. Answer in the "
        f"provider's dashboard.{_hint(attempt)}",
    )  # fmt: skip


def _follow(tx: Tx, attempt: Attempt, seen: DisputeSeen) -> None:
    """Write down how an open dispute goes on, and say so once it is decided."""
    tx.execute(
        FOLLOW,
        dispute=seen.id, said=seen.status, ended=seen.outcome.value, due=_us(seen.due_by),
        now=tx.now_us,
    )  # fmt: skip
    if seen.outcome is Outcome.OPEN:
        return
    (held_back,) = tx.first(HELD_BACK, order=attempt.order_id) or (0,)
    orders.dispute(tx, order_id=attempt.order_id, disputed=held_back > 0)
    if seen.outcome is Outcome.WON:
        _publish(tx, PaymentDisputeWon, attempt, seen)
    else:
        _publish(tx, PaymentDisputeLost, attempt, seen)
    alerts.auto_resolve(tx, AlertKind.DISPUTE, seen.id, note=f"The dispute was {seen.outcome}.")


def _publish(tx: Tx, kind: type[Event], attempt: Attempt, seen: DisputeSeen) -> None:
    now = attempts.touched(tx, attempt.id)
    tx.publish(
        kind(
            id=now.id, version=now.version, order_id=now.order_id, buyer_id=now.buyer_id,
            status=now.status, amount=now.amount, dispute_id=seen.id, disputed=seen.amount,
        )
    )  # fmt: skip


def _hint(attempt: Attempt) -> str:
    return f" Evidence: `ticketing admin trace {attempt.order_id}`, the receipt, the scan."


def _due(seen: DisputeSeen) -> str:
    at = _us(seen.due_by)
    return "" if at is None else f", answer due by {from_us(at):%Y-%m-%d %H:%M} UTC"


def _us(seconds: int | None) -> int | None:
    return None if seconds is None else seconds * SECOND
