"""The jobs of saved cards: each calls Stripe, then decides in one transaction."""

from __future__ import annotations

from contract.cards import CardSetupStatus
from server.bus import Bus
from server.cards import service
from server.clock import SECOND
from server.jobs import Job, Snooze
from server.stripe import Gateway, ReplayedError, RequestRefused, inbox


class CardJobs:
    """The jobs of saved cards, with one gateway."""

    def __init__(self, gateway: Gateway) -> None:
        """Call Stripe through `gateway`."""
        self._gateway = gateway

    def jobs(self) -> tuple[Job, ...]:
        """Return every kind of job. None is given up: each ends once Stripe answers."""
        return (
            Job(service.SETUP, self.refresh, most=None),
            Job(service.DETACH, self.detach, most=None),
        )

    def open_page(self, bus: Bus, setup_id: str) -> None:
        """Create the page of a setup that has none yet, and the customer it is for."""
        setup = bus.read_now(lambda tx: service.view_setup(tx, setup_id=setup_id))
        if setup.status is not CardSetupStatus.NEW:
            return
        customer_id = self._customer(bus, setup)
        frozen = bus.write_now(
            lambda tx: service.freeze(tx, setup, customer_id=customer_id), actor="payments"
        )
        try:
            state = self._gateway.cards.create_session(setup_id, frozen.parameters or {})
        except (RequestRefused, ReplayedError):
            # Nobody has the address of such a page, so no card can be saved on it.
            bus.write_now(lambda tx: service.void(tx, setup_id), actor="payments")
            raise
        bus.write_now(lambda tx: service.opened(tx, setup_id, state), actor="payments")

    def refresh(self, bus: Bus, setup_id: str) -> None:
        """Retrieve a setup from Stripe and apply its state, until it is decided."""
        asked_at = bus.clock.now()
        self.open_page(bus, setup_id)
        setup = bus.read_now(lambda tx: service.view_setup(tx, setup_id=setup_id))
        if setup.status is CardSetupStatus.OPEN and setup.session_id is not None:
            state = self._gateway.cards.retrieve_session(setup.session_id)
            setup = bus.write_now(lambda tx: service.apply(tx, setup_id, state), actor="payments")
        bus.write_now(lambda tx: inbox.mark_handled(tx, setup_id, until=asked_at), actor="payments")
        if setup.status is CardSetupStatus.OPEN:
            raise Snooze(bus.settings.payment_poll / SECOND)

    def detach(self, bus: Bus, method_id: str) -> None:
        """Delete a card at Stripe that was removed, or replaced by a newer payment method."""
        self._gateway.cards.detach(method_id)
        bus.write_now(lambda tx: service.detached(tx, method_id), actor="payments")

    def _customer(self, bus: Bus, setup: service.CardSetupRecord) -> str:
        user_id = setup.user_id
        known = bus.read_now(lambda tx: service.customer(tx, user_id=user_id))
        if known is not None:
            return known
        created = self._gateway.cards.create_customer(user_id, setup_id=setup.id)
        return bus.write_now(
            lambda tx: service.store_customer(tx, user_id=user_id, stripe_id=created),
            actor="payments",
        )
