"""The jobs of refunds: send one, and find out what became of it."""

from __future__ import annotations

from contract.refunds import Refund, RefundStatus
from db.types import to_us
from server import stripe
from server.bus import Bus
from server.clock import SECOND
from server.jobs import Job, Snooze
from server.payments import repository as payments
from server.payments.refunds import external, repository, service
from server.payments.refunds.repository import REFUND
from server.payments.repository import PaymentRecord
from server.stripe import Gateway, RefundState, RequestRefused, inbox
from server.tx import Tx

#: The kind of job that reads what Stripe lists for a payment. Its subject is the payment.
LIST_REFUNDS = "payment.refunds"
#: Seconds between looks at a refund that its bank has not answered; an event wakes it sooner.
RECHECK_AFTER = 3600
#: Stripe forgets an idempotency key after a day; a repeated call might then refund twice.
KEY_LASTS = 23 * 3600 * SECOND
#: Refusals that will not change. Any other refusal is tried again.
FINAL = (
    "charge_already_refunded", "charge_disputed", "charge_not_refundable", "amount_too_large",
    "refund_disputed_payment",
)  # fmt: skip


class RefundJobs:
    """The jobs of refunds, with one gateway."""

    def __init__(self, gateway: Gateway) -> None:
        """Call Stripe through `gateway`."""
        self._gateway = gateway

    def jobs(self) -> tuple[Job, ...]:
        """Return every kind of job. None is given up: each holds a buyer's money."""
        return (Job(REFUND, self.send, most=None), Job(LIST_REFUNDS, self.check, most=None))

    def send(self, bus: Bus, refund_id: str) -> None:
        """Send a refund, or retrieve one that was sent, until it has succeeded or failed."""
        asked_at = bus.clock.now()
        refund, stripe_id, payment = bus.read_now(lambda tx: _read(tx, refund_id))
        match refund.status:
            case RefundStatus.DUE:
                state = self._create(bus, refund, payment)
            case RefundStatus.SENT | RefundStatus.DONE:
                state = self._gateway.retrieve_refund(str(stripe_id))
            case _:
                state = None

        def decide(tx: Tx) -> None:
            if state is not None:
                service.apply(tx, refund_id, state)
            inbox.mark_handled(tx, refund_id, until=asked_at)

        bus.write_now(decide, actor="payments")
        if state is not None and not (state.succeeded or state.failed):
            raise Snooze(RECHECK_AFTER)

    def check(self, bus: Bus, payment_id: str) -> None:
        """Apply what Stripe lists for a payment: our refunds and those made in its dashboard."""
        asked_at = bus.clock.now()
        payment = bus.read_now(lambda tx: payments.view(tx, payment_id=payment_id))
        if payment.intent_id is None:
            return  # its saved card is being charged; the result will mark the event as handled
        found = self._gateway.list_refunds(payment.intent_id)

        def decide(tx: Tx) -> bool:
            decided = external.apply_all(tx, payment_id, found)
            inbox.mark_handled(tx, payment_id, until=asked_at)
            return decided

        if not bus.write_now(decide, actor="payments"):
            raise Snooze(RECHECK_AFTER)

    def _create(self, bus: Bus, refund: Refund, payment: PaymentRecord) -> RefundState | None:
        """Create the refund at Stripe once and return its state; None if Stripe never will."""
        if payment.intent_id is None:
            msg = f"{payment.id} has no intent to refund"
            raise RuntimeError(msg)
        intent = payment.intent_id
        if bus.clock.now() - to_us(refund.created_at) >= KEY_LASTS:
            for state in self._gateway.list_refunds(intent):
                if state.refund_id == refund.id:
                    return state
        try:
            return self._gateway.refund(
                refund.id, intent_id=intent, amount=stripe.minor_units(refund.amount)
            )
        except RequestRefused as refused:
            if refused.code not in FINAL:
                raise
            found, why = self._gateway.list_refunds(intent), str(refused)
            bus.write_now(
                lambda tx: external.give_up(tx, refund.id, found, why=why), actor="payments"
            )
            return None


def _read(tx: Tx, refund_id: str) -> tuple[Refund, str | None, PaymentRecord]:
    """Return a refund, Stripe's id of it, and its payment."""
    refund = repository.view(tx, refund_id)
    if refund is None:
        msg = f"there is no refund {refund_id}"
        raise LookupError(msg)
    payment = payments.view(tx, payment_id=refund.payment_id)
    return refund, repository.stripe_id_of(tx, refund_id), payment
