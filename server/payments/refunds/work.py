"""The work refunds do after commit: send money back, and look what became of it."""

from __future__ import annotations

from contract.refunds import Refund, RefundStatus
from db.types import to_us
from server.bus import Bus
from server.clock import SECOND
from server.jobs import Job, Snooze
from server.payments import attempts, stripe
from server.payments import statements as payments_sql
from server.payments.attempts import Attempt
from server.payments.refunds import book, elsewhere, service
from server.payments.refunds import statements as sql
from server.payments.stripe import Gateway, RefundSeen, Refused
from server.tx import Tx

#: Looks at what Stripe lists for a payment. The subject is the payment.
LOOK = "payment.refunds"
#: Seconds between looks at a refund that its bank has not answered; the inbox wakes it sooner.
LOOK_AGAIN = 3600
#: Stripe forgets a key after a day. From here on a repeated call might send the money twice.
KEY_LASTS = 23 * 3600 * SECOND
#: Refusals that stay so however often we ask. Whatever else is refused is tried again.
FINAL = (
    "charge_already_refunded", "charge_disputed", "charge_not_refundable", "amount_too_large",
    "refund_disputed_payment",
)  # fmt: skip


class Work:
    """Refunds' jobs, over one gateway."""

    def __init__(self, gateway: Gateway) -> None:
        """Do the work through `gateway`."""
        self._gateway = gateway

    def jobs(self) -> tuple[Job, ...]:
        """Return every kind of job; a buyer's money is never given up."""
        return (Job(attempts.REFUND, self.send, most=None), Job(LOOK, self.look, most=None))

    def send(self, bus: Bus, refund_id: str) -> None:
        """Send money back, or look what became of it; until it has arrived or failed."""
        asked = bus.clock.now()
        refund, stripe_id, attempt = bus.read_now(lambda tx: _read(tx, refund_id))
        match refund.status:
            case RefundStatus.DUE:
                seen = self._sent(bus, refund, attempt)
            case RefundStatus.SENT | RefundStatus.DONE:
                seen = self._gateway.look_at_refund(str(stripe_id))
            case _:
                seen = None

        def decide(tx: Tx) -> None:
            if seen is not None:
                service.learn(tx, refund_id, seen)
            tx.execute(payments_sql.HANDLED, payment=refund_id, until=asked, now=tx.now_us)

        bus.write_now(decide, actor="payments")
        if seen is not None and not (seen.arrived or seen.failed):
            raise Snooze(LOOK_AGAIN)

    def look(self, bus: Bus, payment_id: str) -> None:
        """Learn what Stripe lists for a payment: ours, and what was made in its dashboard."""
        asked = bus.clock.now()
        attempt = bus.read_now(lambda tx: attempts.view(tx, payment_id=payment_id))
        if attempt.intent_id is None:
            return  # a saved card is being tried; what is learned of it marks the message
        found = self._gateway.refunds_of(attempt.intent_id)

        def decide(tx: Tx) -> bool:
            decided = elsewhere.heard(tx, payment_id, found)
            tx.execute(payments_sql.HANDLED, payment=payment_id, until=asked, now=tx.now_us)
            return decided

        if not bus.write_now(decide, actor="payments"):
            raise Snooze(LOOK_AGAIN)

    def _sent(self, bus: Bus, refund: Refund, attempt: Attempt) -> RefundSeen | None:
        """Return the refund as Stripe made it, once; None when it never will."""
        intent = _intent(attempt)
        if bus.clock.now() - to_us(refund.created_at) >= KEY_LASTS:
            for seen in self._gateway.refunds_of(intent):
                if seen.refund_id == refund.id:
                    return seen
        try:
            return self._gateway.refund(
                refund.id, intent_id=intent, amount=stripe.minor_units(refund.amount)
            )
        except Refused as no:
            if no.code not in FINAL:
                raise
            found, why = self._gateway.refunds_of(intent), str(no)
            bus.write_now(
                lambda tx: elsewhere.refused(tx, refund.id, found, why=why), actor="payments"
            )
            return None


def _read(tx: Tx, refund_id: str) -> tuple[Refund, str | None, Attempt]:
    """Return a refund, what Stripe calls it, and its payment."""
    row = tx.first(sql.VIEW, refund_id=refund_id)
    if row is None:
        msg = f"there is no refund {refund_id}"
        raise LookupError(msg)
    refund = book.told(tx, row)
    return refund, row[8], attempts.view(tx, payment_id=refund.payment_id)


def _intent(attempt: Attempt) -> str:
    if attempt.intent_id is None:
        msg = f"{attempt.id} has no intent to refund"
        raise RuntimeError(msg)
    return attempt.intent_id
