"""The work payments does after commit: each job calls Stripe, then decides in one transaction."""

from __future__ import annotations

from contract.orders import OrderStatus
from contract.payments import PaymentStatus
from server.bus import Bus
from server.clock import SECOND
from server.jobs import Job, Snooze
from server.orders import service as orders
from server.payments import attempts, looking, opening, refunds, service, states, stripe
from server.payments import statements as sql
from server.payments.capturing import Capturing
from server.payments.cards.work import CardWork
from server.payments.disputes import Disputes
from server.payments.stripe import Gateway, Refused
from server.tx import Tx


class Work:
    """Payments' jobs, over one gateway."""

    def __init__(self, gateway: Gateway) -> None:
        """Do the work through `gateway`."""
        self.gateway = gateway
        self.cards = CardWork(gateway)
        self.capturing = Capturing(gateway)
        self._disputes = Disputes(gateway)
        self._refunds = refunds.Work(gateway)

    def jobs(self) -> tuple[Job, ...]:
        """Return every kind of job; those that hold a buyer's money are never given up."""
        return (
            Job(attempts.PAGE, self.open_page, most=None),
            Job(attempts.REFRESH, self.refresh, most=None),
            Job(attempts.VOID, self.void, most=None),
            *self.cards.jobs(),
            *self.capturing.jobs(),
            *self._disputes.jobs(),
            *self._refunds.jobs(),
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
        if attempt.card_id is None and attempt.session_id is None:
            return  # the page is still being opened, and will be looked after from then on
        by_card = attempt.card_id is not None
        truth = self.cards.look(bus, attempt) if by_card else looking.look(self.gateway, attempt)

        def decide(tx: Tx) -> attempts.Attempt:
            decided = attempt if truth is None else service.learn(tx, payment_id, truth)
            tx.execute(sql.HANDLED, payment=payment_id, until=asked, now=tx.now_us)
            return decided

        if bus.write_now(decide, actor="payments").status is PaymentStatus.OPEN:
            raise Snooze(bus.settings.payment_poll / SECOND)

    def void(self, bus: Bus, payment_id: str) -> None:
        """Close a page and release what is held, unless the order has been claimed by it."""
        attempt = bus.read_now(lambda tx: attempts.view(tx, payment_id=payment_id))
        if attempt.status not in states.UNDECIDED or self._owns(bus, attempt):
            return
        if attempt.card_id is not None:
            self.cards.void(bus, attempt)
            return
        session_id = attempt.session_id or self._lost_session(attempt)
        if session_id is None:
            bus.write_now(lambda tx: service.voided(tx, payment_id), actor="payments")
            return
        self.gateway.close_page(session_id)
        truth = self.gateway.look(session_id)
        if truth.money is stripe.Money.HELD and truth.intent_id is not None:
            self.capturing.release(bus, attempt, truth.intent_id)
            truth = self.gateway.look(session_id)
        bus.write_now(lambda tx: service.learn(tx, payment_id, truth), actor="payments")

    def _owns(self, bus: Bus, attempt: attempts.Attempt) -> bool:
        known = bus.read_now(lambda tx: orders.view(tx, order_id=attempt.order_id))
        return known.payment_id == attempt.id and known.order.status is not OrderStatus.CANCELLED

    def _lost_session(self, attempt: attempts.Attempt) -> str | None:
        """Learn the id of a page whose creation was never answered; None if it never was."""
        try:
            return self.gateway.open_page(attempt.id, attempt.parameters).session_id
        except Refused:
            return None
