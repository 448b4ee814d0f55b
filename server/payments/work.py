"""The work payments does after commit: each job calls Stripe, then decides in one transaction."""

from __future__ import annotations

from contract.money import Money
from contract.orders import OrderStatus
from contract.payments import PaymentStatus
from server.bus import Bus
from server.clock import SECOND
from server.jobs import Job, Later
from server.orders import service as orders
from server.payments import attempts, opening, service, states, stripe
from server.payments import statements as sql
from server.payments.stripe import Gateway, Refused, Unsure
from server.tx import Tx


class Work:
    """Payments' jobs, over one gateway."""

    def __init__(self, gateway: Gateway) -> None:
        """Do the work through `gateway`."""
        self.gateway = gateway

    def jobs(self) -> tuple[Job, ...]:
        """Return every kind of job; those that hold a buyer's money are never given up."""
        return (
            Job(attempts.PAGE, self.open_page, most=None),
            Job(attempts.REFRESH, self.refresh, most=None),
            Job(attempts.CAPTURE, self.capture, most=None),
            Job(attempts.VOID, self.void, most=None),
            Job(attempts.REFUND, self.refund, most=None),
        )

    def open_page(self, bus: Bus, payment_id: str) -> None:
        """Create the page of a payment that has none yet."""
        attempt = bus.read_now(lambda tx: attempts.view(tx, payment_id=payment_id))
        if attempt.status is not PaymentStatus.NEW:
            return
        try:
            truth = self.gateway.open_page(attempt.id, attempt.parameters)
        except Refused:
            # A page that was refused was never made, so no money can come of it.
            bus.write_now(lambda tx: service.voided(tx, payment_id), actor="payments")
            raise
        bus.write_now(lambda tx: opening.opened(tx, payment_id, truth), actor="payments")

    def refresh(self, bus: Bus, payment_id: str) -> None:
        """Ask Stripe what has become of a payment and act on it, until it is decided."""
        asked = bus.clock.now()
        attempt = bus.read_now(lambda tx: attempts.view(tx, payment_id=payment_id))
        if attempt.session_id is None:
            return  # the page is still being opened, and will be looked after from then on
        truth = self.gateway.look(attempt.session_id)
        if truth.live != self.gateway.live:
            msg = f"{payment_id}: livemode is {truth.live}, our key says {self.gateway.live}"
            raise stripe.Locked(msg)

        def decide(tx: Tx) -> attempts.Attempt:
            decided = service.learn(tx, payment_id, truth)
            tx.change(sql.HANDLED, payment=payment_id, until=asked, now=tx.now_us)
            return decided

        if bus.write_now(decide, actor="payments").status is PaymentStatus.OPEN:
            raise Later(bus.settings.payment_poll / SECOND)

    def capture(self, bus: Bus, payment_id: str) -> None:
        """Take the money of a payment that has claimed its order."""
        attempt = bus.read_now(lambda tx: attempts.view(tx, payment_id=payment_id))
        if attempt.status is not PaymentStatus.AUTHORISED or attempt.intent_id is None:
            return
        try:
            self.gateway.capture(attempt.id, attempt.intent_id)
        except Refused:
            # Captured before, or the hold is gone: only Stripe knows which.
            self._relearn(bus, attempt)
            return
        except Unsure:
            # A 500 is replayed for a day, whether it was carried out or not: only looking tells.
            if self._relearn(bus, attempt).status is PaymentStatus.AUTHORISED:
                raise
            return
        bus.write_now(lambda tx: service.captured(tx, payment_id), actor="payments")

    def void(self, bus: Bus, payment_id: str) -> None:
        """Close a page and release what is held, unless the order has been claimed by it."""
        attempt = bus.read_now(lambda tx: attempts.view(tx, payment_id=payment_id))
        if attempt.status not in states.UNDECIDED or self._owns(bus, attempt):
            return
        session_id = attempt.session_id or self._lost_session(attempt)
        if session_id is None:
            bus.write_now(lambda tx: service.voided(tx, payment_id), actor="payments")
            return
        self.gateway.close_page(session_id)
        truth = self.gateway.look(session_id)
        if truth.money is stripe.Money.HELD and truth.intent_id is not None:
            self.gateway.let_go(attempt.id, truth.intent_id)
            truth = self.gateway.look(session_id)
        bus.write_now(lambda tx: service.learn(tx, payment_id, truth), actor="payments")

    def refund(self, bus: Bus, refund_id: str) -> None:
        """Send money back."""
        row = bus.read_now(lambda tx: tx.first(sql.REFUND, refund_id=refund_id))
        if row is None or row[3] != "due":
            return
        attempt = bus.read_now(lambda tx: attempts.view(tx, payment_id=row[1]))
        if attempt.intent_id is None:
            msg = f"{refund_id}: {attempt.id} has no intent to refund"
            raise RuntimeError(msg)
        try:
            owed = stripe.minor_units(Money(amount=row[2], currency=attempt.amount.currency))
            stripe_id, failed = self.gateway.refund(
                refund_id, intent_id=attempt.intent_id, amount=owed
            )
        except Refused as refused:
            if refused.code != "charge_already_refunded":
                raise
            stripe_id, failed = refund_id, False
        bus.write_now(
            lambda tx: service.refunded(tx, refund_id, stripe_id=stripe_id, failed=failed),
            actor="payments",
        )

    def _relearn(self, bus: Bus, attempt: attempts.Attempt) -> attempts.Attempt:
        if attempt.session_id is None:
            msg = f"{attempt.id} is authorised but has no session"
            raise RuntimeError(msg)
        truth = self.gateway.look(attempt.session_id)
        return bus.write_now(lambda tx: service.learn(tx, attempt.id, truth), actor="payments")

    def _owns(self, bus: Bus, attempt: attempts.Attempt) -> bool:
        known = bus.read_now(lambda tx: orders.view(tx, order_id=attempt.order_id))
        return known.payment_id == attempt.id and known.order.status is not OrderStatus.CANCELLED

    def _lost_session(self, attempt: attempts.Attempt) -> str | None:
        """Learn the id of a page whose creation was never answered; None if it never was."""
        try:
            return self.gateway.open_page(attempt.id, attempt.parameters).session_id
        except Refused:
            return None
