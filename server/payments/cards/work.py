"""The work saved cards do after commit: each job calls Stripe, then decides in one transaction."""

from __future__ import annotations

from contract.cards import SetupStatus
from contract.payments import PaymentStatus
from server.bus import Bus
from server.clock import SECOND
from server.jobs import Job, Snooze
from server.payments import attempts, inbox, looking, stripe
from server.payments import service as payments
from server.payments.attempts import Attempt
from server.payments.capturing import Capturing
from server.payments.cards import charging, service
from server.payments.stripe import Gateway, Money, Refused, Stuck, Truth

#: Stripe forgets an idempotency key after 24 hours; the same call would then hold money anew.
KEY_LASTS = 23 * 3600 * SECOND
#: Stripe's clock may differ from ours when we ask for what was made since a moment.
CLOCKS_DIFFER = 3600
#: Seconds between looks for what a call may have left behind.
LOOK_AGAIN = 10


class CardWork:
    """Saved cards' jobs, over one gateway."""

    def __init__(self, gateway: Gateway) -> None:
        """Do the work through `gateway`."""
        self._gateway = gateway
        self._capturing = Capturing(gateway)

    def jobs(self) -> tuple[Job, ...]:
        """Return every kind of job. None is given up: each ends by itself once Stripe answers."""
        return (
            Job(service.SETUP, self.look_after, most=None),
            Job(service.DETACH, self.detach, most=None),
            Job(charging.CHARGE, self.charge, most=None),
        )

    def open_page(self, bus: Bus, setup_id: str) -> None:
        """Create the page of a setup that has none yet, and the customer it is for."""
        setup = bus.read_now(lambda tx: service.view(tx, setup_id=setup_id))
        if setup.status is not SetupStatus.NEW:
            return
        customer_id = self._customer(bus, setup)
        frozen = bus.write_now(
            lambda tx: service.freeze(tx, setup, customer_id=customer_id), actor="payments"
        )
        try:
            seen = self._gateway.cards.open_page(setup_id, frozen.parameters or {})
        except (Refused, Stuck):
            # Nobody has the address of such a page, so no card can come of it.
            bus.write_now(lambda tx: service.voided(tx, setup_id), actor="payments")
            raise
        bus.write_now(lambda tx: service.opened(tx, setup_id, seen), actor="payments")

    def look_after(self, bus: Bus, setup_id: str) -> None:
        """Ask Stripe what has become of a setup and act on it, until it is decided."""
        asked = bus.clock.now()
        self.open_page(bus, setup_id)
        setup = bus.read_now(lambda tx: service.view(tx, setup_id=setup_id))
        if setup.status is SetupStatus.OPEN and setup.session_id is not None:
            seen = self._gateway.cards.look(setup.session_id)
            if seen.live != self._gateway.live:
                msg = f"{setup_id}: livemode is {seen.live}, our key says {self._gateway.live}"
                raise stripe.Locked(msg)
            setup = bus.write_now(lambda tx: service.learn(tx, setup_id, seen), actor="payments")
        bus.write_now(lambda tx: inbox.handled(tx, setup_id, until=asked), actor="payments")
        if setup.status is SetupStatus.OPEN:
            raise Snooze(bus.settings.payment_poll / SECOND)

    def detach(self, bus: Bus, method_id: str) -> None:
        """Have Stripe forget a card that was removed, or saved again under a newer name."""
        self._gateway.cards.detach(method_id)
        bus.write_now(lambda tx: service.detached(tx, method_id), actor="payments")

    def charge(self, bus: Bus, payment_id: str) -> None:
        """Try the card of a payment that was not tried yet, or learn how the try went."""
        attempt = bus.write_now(lambda tx: charging.about_to(tx, payment_id), actor="payments")
        if attempt is None:
            return
        truth = self._ended(bus, attempt, self._try(bus, attempt))
        bus.write_now(lambda tx: payments.learn(tx, payment_id, truth), actor="payments")

    def look(self, bus: Bus, attempt: Attempt) -> Truth | None:
        """Return what Stripe says of a try, None where it knows of none.

        A message may come long after our call was given up; or while it is still out, and then
        what it is about may not be confirmed yet, and must not be let go.
        """
        if attempt.intent_id is None and is_unanswered(attempt):
            raise Snooze(bus.settings.payment_poll / SECOND)
        intent_id = attempt.intent_id or self._lost(attempt)
        if intent_id is None:
            return None
        truth = self._gateway.look_at_intent(intent_id)
        return self._ended(bus, attempt, looking.ours(self._gateway, attempt, truth))

    def void(self, bus: Bus, attempt: Attempt) -> None:
        """Release what a try holds, also one whose call was never answered."""
        intent_id = attempt.intent_id or self._lost(attempt)
        if intent_id is None:
            if bus.write_now(lambda tx: charging.give_up(tx, attempt), actor="payments"):
                return
            raise Snooze(LOOK_AGAIN)
        truth = looking.ours(self._gateway, attempt, self._gateway.look_at_intent(intent_id))
        if truth.money in (Money.NOWHERE, Money.HELD):
            truth = self._let_go(bus, attempt, intent_id)
        bus.write_now(lambda tx: payments.learn(tx, attempt.id, truth), actor="payments")

    def _customer(self, bus: Bus, setup: service.Setup) -> str:
        user_id = setup.user_id
        known = bus.read_now(lambda tx: service.customer(tx, user_id=user_id))
        if known is not None:
            return known
        made = self._gateway.cards.make_customer(user_id, setup_id=setup.id)
        return bus.write_now(
            lambda tx: service.keep_customer(tx, user_id=user_id, stripe_id=made), actor="payments"
        )

    def _try(self, bus: Bus, attempt: Attempt) -> Truth:
        """Make the one call of a try, or repeat it; look instead where it cannot be repeated."""
        failure: Refused | Stuck | None = None
        if bus.clock.now() - attempt.created_us < KEY_LASTS:
            try:
                truth = self._gateway.charge_card(attempt.id, attempt.parameters)
                return looking.ours(self._gateway, attempt, truth)
            except (Refused, Stuck) as why:
                failure = why
        intent_id = self._lost(attempt)
        if intent_id is not None:
            return self._gateway.look_at_intent(intent_id)
        bus.write_now(lambda tx: attempts.move(tx, "void", attempt.id), actor="payments")
        raise failure or Refused("", "", "the card was not tried in time")

    def _ended(self, bus: Bus, attempt: Attempt, truth: Truth) -> Truth:
        """End a try that holds nothing, and without a page never will; return what is then true."""
        if truth.money is not Money.NOWHERE or truth.intent_id is None:
            return truth
        if truth.asks:
            bus.write_now(lambda tx: charging.asked(tx, attempt.id, truth), actor="payments")
        return self._let_go(bus, attempt, truth.intent_id)

    def _lost(self, attempt: Attempt) -> str | None:
        """Find the intent of a call that was never answered; making it again is no way to learn."""
        return self._gateway.cards.lost_charge(
            attempt.id,
            customer=attempt.parameters["customer"],
            since=attempt.created_us // SECOND - CLOCKS_DIFFER,
        )

    def _let_go(self, bus: Bus, attempt: Attempt, intent_id: str) -> Truth:
        self._capturing.release(bus, attempt, intent_id)
        return self._gateway.look_at_intent(intent_id)


def is_unanswered(attempt: Attempt) -> bool:
    """Tell whether the call of a try with a saved card is still on its way."""
    return attempt.status is PaymentStatus.NEW and attempt.card_id is not None
