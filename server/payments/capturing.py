"""Capturing: take what is held for a claimed order, or let it go, whatever the network does."""

from __future__ import annotations

from contract.alerts import AlertKind
from contract.orders import OrderStatus
from contract.payments import PaymentStatus
from server.alerts import service as alerts
from server.bus import Bus
from server.clock import SECOND
from server.jobs import Job
from server.orders import service as orders
from server.payments import attempts, looking, service, stripe
from server.payments import statements as sql
from server.payments.attempts import Attempt
from server.payments.stripe import Gateway, Locked, Refused, Reused, Stuck, Unsure
from server.tx import Tx

MINUTE = 60 * SECOND
#: Confirming is a matter of seconds. After this long an operator is told.
SLOW = 2 * MINUTE


class Capturing:
    """Takes or lets go what is held, over one gateway."""

    def __init__(self, gateway: Gateway) -> None:
        """Do the work through `gateway`."""
        self._gateway = gateway

    def jobs(self) -> tuple[Job, ...]:
        """Return the job that captures; it is never given up."""
        return (Job(attempts.CAPTURE, self.capture, most=None),)

    def capture(self, bus: Bus, payment_id: str) -> None:
        """Take the money of a payment that has claimed its order."""
        attempt = bus.read_now(lambda tx: attempts.view(tx, payment_id=payment_id))
        if attempt.status is not PaymentStatus.AUTHORISED or attempt.intent_id is None:
            return
        try:
            captured = self._capture(bus, attempt, attempt.intent_id)
        except (Unsure, Locked, Reused):
            bus.write_now(tell_of_slow, actor="payments")
            raise
        if captured:
            bus.write_now(lambda tx: service.captured(tx, payment_id), actor="payments")

    def let_go(self, bus: Bus, attempt: Attempt, *, actor: str = "payments") -> None:
        """Release what is held for a payment unless it was captured, and act on what is true then.

        Raises Unsure, Locked while Stripe cannot say.
        """
        if attempt.intent_id is None:
            return
        truth = looking.look(self._gateway, attempt)
        if truth.money is stripe.Money.HELD:
            self.release(bus, attempt, attempt.intent_id)
            truth = looking.look(self._gateway, attempt)
        if truth.money is stripe.Money.HELD:
            msg = f"{attempt.id} is still held"
            raise Unsure(msg)
        bus.write_now(lambda tx: service.learn(tx, attempt.id, truth), actor=actor)

    def _capture(self, bus: Bus, attempt: Attempt, intent_id: str) -> bool:
        """Take the money; tell whether that is known, and not learned by looking."""
        try:
            self._gateway.capture(attempt.id, intent_id)
        except Refused:
            # Captured before, or the hold is gone: only Stripe knows which.
            self._learn(bus, attempt)
            return False
        except Unsure as unsure:
            # Carried out or not: only looking tells.
            if self._learn(bus, attempt).status is not PaymentStatus.AUTHORISED:
                return False
            if not isinstance(unsure, Stuck):
                raise
            # It did not happen, or it would not be held, and the same key says "500" for a day.
            # A fresh key cannot take the money twice: an intent can be captured only once, under
            # whatever key.
            self._gateway.capture(attempt.id, intent_id, again=_again(bus, attempt))
        return True

    def release(self, bus: Bus, attempt: Attempt, intent_id: str) -> None:
        """Release what is held; that it is released or captured already is as good."""
        try:
            self._gateway.let_go(attempt.id, intent_id)
        except Refused:
            pass  # captured or released a moment ago; looking tells
        except Stuck:
            # As with a capture: an intent can be cancelled only once.
            open_still = (stripe.Money.HELD, stripe.Money.NOWHERE)
            if self._gateway.look_at_intent(intent_id).money in open_still:
                self._gateway.let_go(attempt.id, intent_id, again=_again(bus, attempt))

    def _learn(self, bus: Bus, attempt: Attempt) -> Attempt:
        truth = looking.look(self._gateway, attempt)
        return bus.write_now(lambda tx: service.learn(tx, attempt.id, truth), actor="payments")


def owner(tx: Tx, *, order_id: str) -> Attempt | None:
    """Return the payment that is being confirmed for an order. Raises OrderNotFound."""
    known = orders.view(tx, order_id=order_id)
    if known.order.status is not OrderStatus.CONFIRMING or known.payment_id is None:
        return None
    return attempts.view(tx, payment_id=known.payment_id)


def tell_of_slow(tx: Tx) -> None:
    """Tell operators of every order that has been confirming for too long."""
    for payment_id, order_id in tx.all(sql.SLOW, before=tx.now_us - SLOW):
        alerts.open_alert(
            tx, AlertKind.SLOW_CAPTURE, payment_id, order_id=order_id,
            detail="The money is held, but whether it was captured is not known yet. It is tried "
            "on; `release` lets the order go, if nothing was captured.",
        )  # fmt: skip


def _again(bus: Bus, attempt: Attempt) -> int:
    """Name another try: by the payment's age in minutes, so that a crash does not lose count."""
    return 1 + (bus.clock.now() - attempt.created_us) // MINUTE
