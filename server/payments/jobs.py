"""The jobs of payments: each calls Stripe, then decides in one transaction.

Here is also which job an event from Stripe wakes.
"""

from __future__ import annotations

from contract.orders import OrderStatus
from contract.payments import UNDECIDED_STATUSES, PaymentStatus
from server.bus import Bus
from server.cards import service as cards
from server.clock import SECOND
from server.jobs import Job, Snooze
from server.orders import service as orders
from server.payments import capture, checkout, repository, service
from server.payments.capture import CaptureJobs
from server.payments.charging import ChargeJobs
from server.payments.disputes import DISPUTE, DisputeJobs
from server.payments.refunds import repository as refunds
from server.payments.refunds.jobs import LIST_REFUNDS, RefundJobs
from server.payments.refunds.repository import REFUND
from server.payments.repository import PaymentRecord
from server.stripe import FundsState, Gateway, ReceivedEvent, RequestRefused, Wakeup, inbox
from server.tx import Tx


class PaymentJobs:
    """Every job of payments, with one gateway."""

    def __init__(self, gateway: Gateway) -> None:
        """Call Stripe through `gateway`."""
        self._gateway = gateway
        self.capture = CaptureJobs(gateway)
        self.charges = ChargeJobs(gateway, self.capture)
        self._disputes = DisputeJobs(gateway)
        self._refunds = RefundJobs(gateway)

    def jobs(self) -> tuple[Job, ...]:
        """Return every kind of job. None is given up: each holds a buyer's money."""
        return (
            Job(checkout.PAGE, self.open_page, most=None),
            Job(checkout.REFRESH, self.refresh, most=None),
            Job(service.VOID, self.void, most=None),
            *self.charges.jobs(),
            *self.capture.jobs(),
            *self._disputes.jobs(),
            *self._refunds.jobs(),
        )

    def open_page(self, bus: Bus, payment_id: str) -> None:
        """Create the page of a payment that has none yet."""
        payment = bus.read_now(lambda tx: repository.view(tx, payment_id=payment_id))
        if payment.status is not PaymentStatus.NEW:
            return
        try:
            state = self._gateway.create_session(payment.id, payment.parameters)
        except RequestRefused:
            # The page was never created, so nobody can pay on it.
            bus.write_now(lambda tx: service.voided(tx, payment_id), actor="payments")
            raise
        bus.write_now(lambda tx: checkout.opened(tx, payment_id, state), actor="payments")

    def refresh(self, bus: Bus, payment_id: str) -> None:
        """Retrieve a payment from Stripe and apply its state, until it is decided."""
        asked_at = bus.clock.now()
        payment = bus.read_now(lambda tx: repository.view(tx, payment_id=payment_id))
        if payment.card_id is None and payment.session_id is None:
            return  # the page is being created, and will be checked regularly from then on
        if payment.card_id is not None:
            state = self.charges.retrieve(bus, payment)
        else:
            state = capture.retrieve(self._gateway, payment)

        def decide(tx: Tx) -> PaymentRecord:
            decided = payment if state is None else service.apply(tx, payment_id, state)
            inbox.mark_handled(tx, payment_id, until=asked_at)
            return decided

        if bus.write_now(decide, actor="payments").status is PaymentStatus.OPEN:
            raise Snooze(bus.settings.payment_poll / SECOND)

    def void(self, bus: Bus, payment_id: str) -> None:
        """Close a page and release what is held, unless this payment has claimed the order."""
        payment = bus.read_now(lambda tx: repository.view(tx, payment_id=payment_id))
        if payment.status not in UNDECIDED_STATUSES or self._owns_order(bus, payment):
            return
        if payment.card_id is not None:
            self.charges.void(bus, payment)
            return
        session_id = payment.session_id or self._find_session(payment)
        if session_id is None:
            bus.write_now(lambda tx: service.voided(tx, payment_id), actor="payments")
            return
        self._gateway.expire_session(session_id)
        state = self._gateway.retrieve_session(session_id)
        if state.funds is FundsState.HELD and state.intent_id is not None:
            self.capture.release(bus, payment, state.intent_id)
            state = self._gateway.retrieve_session(session_id)
        bus.write_now(lambda tx: service.apply(tx, payment_id, state), actor="payments")

    def _owns_order(self, bus: Bus, payment: PaymentRecord) -> bool:
        known = bus.read_now(lambda tx: orders.view(tx, order_id=payment.order_id))
        return known.payment_id == payment.id and known.order.status is not OrderStatus.CANCELLED

    def _find_session(self, payment: PaymentRecord) -> str | None:
        """Return the id of a session whose creation was never answered; None if it never was."""
        try:
            return self._gateway.create_session(payment.id, payment.parameters).session_id
        except RequestRefused:
            return None


def receive(tx: Tx, event: ReceivedEvent) -> None:
    """Keep an event from Stripe once, and wake the job that it calls for."""
    inbox.receive(tx, event, job_for(tx, event))


def job_for(tx: Tx, event: ReceivedEvent) -> Wakeup | None:
    """Return the job an event calls for; None when it is about nothing of ours."""
    noted = event.metadata
    # Another shop on the same account may have payments too: those are not found here.
    payment = repository.find(tx, payment_id=noted.get("payment"), stripe_ids=event.object_ids)
    order_id = None if payment is None else payment.order_id
    if event.object_type == "dispute":
        return Wakeup(DISPUTE, event.object_ids[0], order_id)
    setup_id, refund_id = noted.get("setup"), noted.get("refund")
    if setup_id is not None and cards.setup_exists(tx, setup_id=setup_id):
        return Wakeup(cards.SETUP, setup_id, None)
    if refund_id is not None and refunds.view(tx, refund_id) is not None:
        return Wakeup(REFUND, refund_id, order_id)
    if payment is None:
        return None
    about_refunds = event.object_type == "refund" or event.type == "charge.refunded"
    return Wakeup(LIST_REFUNDS if about_refunds else checkout.REFRESH, payment.id, order_id)
