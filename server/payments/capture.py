"""Capture: take what is held for a claimed order, or release it, whatever the network does."""

from __future__ import annotations

from contract.alerts import AlertKind
from contract.orders import OrderStatus
from contract.payments import PaymentStatus
from server.alerts import service as alerts
from server.bus import Bus
from server.clock import SECOND
from server.jobs import Job
from server.orders import service as orders
from server.payments import repository, service
from server.payments.repository import PaymentRecord
from server.stripe import (
    AuthRejected,
    FundsState,
    Gateway,
    IdempotencyMismatch,
    OutcomeUnknown,
    PaymentState,
    ReplayedError,
    RequestRefused,
)
from server.tx import Tx

MINUTE = 60 * SECOND
#: A capture takes seconds. After this long an operator is alerted.
SLOW = 2 * MINUTE


class CaptureJobs:
    """Captures or releases what is held, with one gateway."""

    def __init__(self, gateway: Gateway) -> None:
        """Call Stripe through `gateway`."""
        self._gateway = gateway

    def jobs(self) -> tuple[Job, ...]:
        """Return the job that captures; it is never given up."""
        return (Job(service.CAPTURE, self.capture, most=None),)

    def capture(self, bus: Bus, payment_id: str) -> None:
        """Capture a payment that has claimed its order."""
        payment = bus.read_now(lambda tx: repository.view(tx, payment_id=payment_id))
        if payment.status is not PaymentStatus.AUTHORISED or payment.intent_id is None:
            return
        try:
            captured = self._capture(bus, payment, payment.intent_id)
        except (OutcomeUnknown, AuthRejected, IdempotencyMismatch):
            bus.write_now(alert_slow_captures, actor="payments")
            raise
        if captured:
            bus.write_now(lambda tx: service.captured(tx, payment_id), actor="payments")

    def void(self, bus: Bus, payment: PaymentRecord, *, actor: str = "payments") -> None:
        """Release what is held for a payment unless it was captured; apply what is then true.

        Raises OutcomeUnknown, AuthRejected while Stripe cannot be asked.
        """
        if payment.intent_id is None:
            return
        state = retrieve(self._gateway, payment)
        if state.funds is FundsState.HELD:
            self.release(bus, payment, payment.intent_id)
            state = retrieve(self._gateway, payment)
        if state.funds is FundsState.HELD:
            msg = f"{payment.id} is still held"
            raise OutcomeUnknown(msg)
        bus.write_now(lambda tx: service.apply(tx, payment.id, state), actor=actor)

    def release(self, bus: Bus, payment: PaymentRecord, intent_id: str) -> None:
        """Release what is held; an intent that is captured or cancelled already is left alone."""
        try:
            self._gateway.void(payment.id, intent_id)
        except RequestRefused:
            pass  # captured or cancelled a moment ago; the next retrieval tells which
        except ReplayedError:
            # As with a capture: an intent can be cancelled only once, under whatever key.
            undecided = (FundsState.HELD, FundsState.NOT_HELD)
            if self._gateway.retrieve_intent(intent_id).funds in undecided:
                self._gateway.void(payment.id, intent_id, retry=_retry_number(bus, payment))

    def _capture(self, bus: Bus, payment: PaymentRecord, intent_id: str) -> bool:
        """Capture the intent; return False if what happened was retrieved and applied instead."""
        try:
            self._gateway.capture(payment.id, intent_id)
        except RequestRefused:
            # Captured before, or no longer held: only Stripe knows which.
            self._refresh(bus, payment)
            return False
        except OutcomeUnknown as unknown:
            # It may have been captured: only retrieving it tells.
            if self._refresh(bus, payment).status is not PaymentStatus.AUTHORISED:
                return False
            if not isinstance(unknown, ReplayedError):
                raise
            # It was not captured, or it would not be held, and the same key repeats the error for
            # a day. A fresh key cannot capture twice: an intent can be captured only once.
            self._gateway.capture(payment.id, intent_id, retry=_retry_number(bus, payment))
        return True

    def _refresh(self, bus: Bus, payment: PaymentRecord) -> PaymentRecord:
        state = retrieve(self._gateway, payment)
        return bus.write_now(lambda tx: service.apply(tx, payment.id, state), actor="payments")


def retrieve(gateway: Gateway, payment: PaymentRecord) -> PaymentState:
    """Return Stripe's state of a payment, made on a page or with a saved card.

    Raises OutcomeUnknown, AuthRejected.
    """
    if payment.session_id is not None:
        return gateway.retrieve_session(payment.session_id)
    if payment.intent_id is not None:
        return gateway.retrieve_intent(payment.intent_id)
    msg = f"{payment.id} has neither a session nor an intent"
    raise RuntimeError(msg)


def confirming_payment(tx: Tx, *, order_id: str) -> PaymentRecord | None:
    """Return the payment that is being confirmed for an order. Raises OrderNotFound."""
    known = orders.view(tx, order_id=order_id)
    if known.order.status is not OrderStatus.CONFIRMING or known.payment_id is None:
        return None
    return repository.view(tx, payment_id=known.payment_id)


def alert_slow_captures(tx: Tx) -> None:
    """Alert operators of every order that has been confirming for too long."""
    for payment_id, order_id in repository.slow_captures(tx, before=tx.now_us - SLOW):
        alerts.open_alert(
            tx, AlertKind.SLOW_CAPTURE, payment_id, order_id=order_id,
            detail="The money is held, but it is not known yet whether it was captured. The server "
            "keeps trying; `release` frees the order if nothing was captured.",
        )  # fmt: skip


def _retry_number(bus: Bus, payment: PaymentRecord) -> int:
    """Return the payment's age in minutes as the number of a retry: no crash can lose count."""
    return 1 + (bus.clock.now() - payment.created_us) // MINUTE
