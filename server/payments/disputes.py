"""Disputes: a buyer's bank takes money back until it has decided who keeps it.

The order stays complete, and whether the ticket stays valid is the operator's decision. Each step
of a dispute is published once, in whatever order Stripe's events arrive.
"""

from __future__ import annotations

from sqlalchemy import bindparam, func, insert, select, update

from contract.alerts import AlertKind
from contract.payments import PaymentDisputed, PaymentDisputeLost, PaymentDisputeWon
from db.schema.payments import disputes
from db.statement import Row, Statement
from db.types import from_us
from server.alerts import service as alerts
from server.bus import Bus
from server.clock import SECOND
from server.jobs import Job, Snooze
from server.orders import service as orders
from server.payments import repository
from server.payments.repository import PaymentRecord
from server.stripe import DisputeOutcome, DisputeState, Gateway, inbox
from server.tx import Tx

DisputeEvent = PaymentDisputed | PaymentDisputeWon | PaymentDisputeLost

#: The kind of job. Its subject is Stripe's id of a dispute.
DISPUTE = "payment.dispute"
#: Seconds between looks at a dispute that is not decided; an event wakes it sooner.
RECHECK_AFTER = 3600
UNDECIDED = (DisputeOutcome.OPEN, DisputeOutcome.INQUIRY)

INSERT = Statement(insert(disputes))
OUTCOME = Statement(select(disputes.c.outcome).where(disputes.c.id == bindparam("dispute")))
UPDATE = Statement(
    update(disputes)
    .where(disputes.c.id == bindparam("dispute"))
    .values(
        status=bindparam("new_status"), outcome=bindparam("new_outcome"), due_by=bindparam("due"),
        updated_at=bindparam("now"),
    )
)  # fmt: skip
#: Disputes in which money is with the bank, or was lost to it.
NOT_WON = Statement(
    select(func.count()).where(
        disputes.c.order_id == bindparam("order"), disputes.c.outcome != DisputeOutcome.WON
    )
)
ANY_OPEN = Statement(
    select(disputes.c.id).where(disputes.c.outcome == DisputeOutcome.OPEN).limit(1)
)


class DisputeJobs:
    """The job of disputes, with one gateway."""

    def __init__(self, gateway: Gateway) -> None:
        """Call Stripe through `gateway`."""
        self._gateway = gateway

    def jobs(self) -> tuple[Job, ...]:
        """Return the job; it is never given up."""
        return (Job(DISPUTE, self.refresh, most=None),)

    def refresh(self, bus: Bus, dispute_id: str) -> None:
        """Retrieve a dispute from Stripe and apply its state, until it is decided."""
        asked_at = bus.clock.now()
        state = self._gateway.records.dispute(dispute_id)

        def decide(tx: Tx) -> bool:
            inbox.mark_handled(tx, dispute_id, until=asked_at)
            return apply(tx, state)

        if bus.write_now(decide, actor="payments") and state.outcome in UNDECIDED:
            raise Snooze(RECHECK_AFTER)


def apply(tx: Tx, state: DisputeState) -> bool:
    """Apply what Stripe says of a dispute; tell whether it is about a payment of ours."""
    payment = payment_of(tx, state)
    if payment is None:
        return False
    tx.advisory_lock(f"payment:{payment.order_id}")
    if state.outcome in (DisputeOutcome.INQUIRY, DisputeOutcome.NONE):
        _apply_inquiry(tx, payment, state)
        return True
    before = outcome(tx, dispute_id=state.id)
    if before is None:
        _open(tx, payment, state)
    if before in (None, DisputeOutcome.OPEN):
        _update(tx, payment, state)
    return True


def outcome(tx: Tx, *, dispute_id: str) -> DisputeOutcome | None:
    """Return the outcome we have stored of a dispute, if we know it."""
    row: Row | None = tx.first(OUTCOME, dispute=dispute_id)
    return None if row is None else DisputeOutcome(row[0])


def any_open(tx: Tx) -> bool:
    """Tell whether any dispute is not decided."""
    return tx.first(ANY_OPEN) is not None


def payment_of(tx: Tx, state: DisputeState) -> PaymentRecord | None:
    """Return the payment a dispute is about; None when another shop took it."""
    ids = () if state.intent_id is None else (state.intent_id,)
    return repository.find(tx, payment_id=None, stripe_ids=ids) or repository.find(
        tx, payment_id=state.payment_id, stripe_ids=()
    )


def _apply_inquiry(tx: Tx, payment: PaymentRecord, state: DisputeState) -> None:
    """Alert operators of a bank that only inquires: no money is taken, and a refund settles it."""
    if state.outcome is DisputeOutcome.NONE:
        note = f"The inquiry is {state.status}."
        alerts.auto_resolve(tx, AlertKind.DISPUTE, state.id, note=note)
        return
    alerts.open_alert(
        tx, AlertKind.DISPUTE, state.id, order_id=payment.order_id,
        detail=f"The bank inquires about {state.amount} ({state.reason}){_due(state)}; no money "
        f"was taken yet. Answer in the provider's dashboard, or refund.{_evidence(payment)}",
    )  # fmt: skip


def _open(tx: Tx, payment: PaymentRecord, state: DisputeState) -> None:
    tx.execute(
        INSERT,
        id=state.id, payment_id=payment.id, order_id=payment.order_id, amount=state.amount.amount,
        currency=state.amount.currency, reason=state.reason, status=state.status,
        outcome=DisputeOutcome.OPEN.value, due_by=_us(state.due_by),
        opened_at=state.created * SECOND, updated_at=tx.now_us,
    )  # fmt: skip
    orders.dispute(tx, order_id=payment.order_id, disputed=True)
    _publish(tx, PaymentDisputed, payment, state)
    # The alert of an inquiry that became a dispute says too little now.
    alerts.auto_resolve(tx, AlertKind.DISPUTE, state.id, note="The inquiry became a dispute.")
    alerts.open_alert(
        tx, AlertKind.DISPUTE, state.id, order_id=payment.order_id,
        detail=f"The bank took {state.amount} back ({state.reason}){_due(state)}. Answer in the "
        f"provider's dashboard.{_evidence(payment)}",
    )  # fmt: skip


def _update(tx: Tx, payment: PaymentRecord, state: DisputeState) -> None:
    """Store the state of an open dispute, and publish it once it is decided."""
    tx.execute(
        UPDATE,
        dispute=state.id, new_status=state.status, new_outcome=state.outcome.value,
        due=_us(state.due_by), now=tx.now_us,
    )  # fmt: skip
    if state.outcome is DisputeOutcome.OPEN:
        return
    (not_won,) = tx.first(NOT_WON, order=payment.order_id) or (0,)
    orders.dispute(tx, order_id=payment.order_id, disputed=not_won > 0)
    if state.outcome is DisputeOutcome.WON:
        _publish(tx, PaymentDisputeWon, payment, state)
    else:
        if state.amount == payment.amount:
            orders.lose_dispute(tx, order_id=payment.order_id)
        _publish(tx, PaymentDisputeLost, payment, state)
    note = f"The dispute was {state.outcome}."
    alerts.auto_resolve(tx, AlertKind.DISPUTE, state.id, note=note)


def _publish(tx: Tx, kind: type[DisputeEvent], payment: PaymentRecord, state: DisputeState) -> None:
    now = repository.touch(tx, payment.id)
    tx.publish(
        kind(
            id=now.id, version=now.version, order_id=now.order_id, buyer_id=now.buyer_id,
            status=now.status, amount=now.amount, dispute_id=state.id, disputed=state.amount,
        )
    )  # fmt: skip


def _evidence(payment: PaymentRecord) -> str:
    return f" Evidence: `ticketing admin trace {payment.order_id}`, the receipt, the gate scan."


def _due(state: DisputeState) -> str:
    at = _us(state.due_by)
    return "" if at is None else f", answer due by {from_us(at):%Y-%m-%d %H:%M} UTC"


def _us(seconds: int | None) -> int | None:
    return None if seconds is None else seconds * SECOND
