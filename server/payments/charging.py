"""Charging a saved card: pay an order without a page.

A charge is one intent at Stripe, created and confirmed in one call: it holds the money, or never
will. The call is repeated under its own key while the order can still be paid. After that it is
only looked for, because creating it again could hold the money twice.
"""

from __future__ import annotations

import msgspec

from contract.orders import OrderConfirming, OrderStatus
from contract.payments import PaymentStatus
from server import idempotency, jobs, stripe
from server.bus import Bus
from server.cards import service as cards
from server.clock import SECOND
from server.idempotency import StoredReply
from server.jobs import Job, Snooze
from server.orders import service as orders
from server.payments import checkout, repository, service
from server.payments.capture import CaptureJobs
from server.payments.repository import PaymentRecord
from server.principal import Principal
from server.stripe import FundsState, Gateway, PaymentState, ReplayedError, RequestRefused
from server.tx import Tx

#: The kind of job. Its subject is a payment.
CHARGE = "payment.charge"
#: The request itself calls Stripe; the job takes over only if that died on the way.
JOB_DELAY = 20 * SECOND
#: Longer than a call with all of the SDK's retries: what was not created by then never will be.
CALL_TAKES = 120 * SECOND
#: Stripe forgets an idempotency key after 24 hours; the same call would then hold money again.
KEY_LASTS = 23 * 3600 * SECOND
#: Seconds by which Stripe's clock may differ from ours when we list what was created since then.
CLOCKS_DIFFER = 3600
#: Seconds between looks for what an unanswered call may have created.
RECHECK_AFTER = 10


class ChargeJobs:
    """Charges saved cards, with one gateway."""

    def __init__(self, gateway: Gateway, capture: CaptureJobs) -> None:
        """Call Stripe through `gateway`; release holds as `capture` does."""
        self._gateway = gateway
        self._capture = capture

    def jobs(self) -> tuple[Job, ...]:
        """Return the job that charges; it is never given up."""
        return (Job(CHARGE, self.charge, most=None),)

    def charge(self, bus: Bus, payment_id: str) -> None:
        """Charge the card of a new payment, or find out how its charge went."""
        payment = bus.write_now(lambda tx: admit_charge(tx, payment_id), actor="payments")
        if payment is None:
            return
        state = self._end(bus, payment, self._create(bus, payment))
        bus.write_now(lambda tx: service.apply(tx, payment_id, state), actor="payments")

    def retrieve(self, bus: Bus, payment: PaymentRecord) -> PaymentState | None:
        """Return Stripe's state of a charge; None if Stripe does not know it.

        An event may arrive long after our call was given up. It may also arrive while the call is
        under way: the intent may then not be confirmed yet and must not be released.
        """
        if payment.intent_id is None and is_unanswered(payment):
            raise Snooze(bus.settings.payment_poll / SECOND)
        intent_id = payment.intent_id or self._find(payment)
        if intent_id is None:
            return None
        return self._end(bus, payment, self._gateway.retrieve_intent(intent_id))

    def void(self, bus: Bus, payment: PaymentRecord) -> None:
        """Release what a charge holds, even one whose call was never answered."""
        intent_id = payment.intent_id or self._find(payment)
        if intent_id is None:
            if bus.write_now(lambda tx: give_up(tx, payment), actor="payments"):
                return
            raise Snooze(RECHECK_AFTER)
        state = self._gateway.retrieve_intent(intent_id)
        if state.funds in (FundsState.NOT_HELD, FundsState.HELD):
            state = self._release(bus, payment, intent_id)
        bus.write_now(lambda tx: service.apply(tx, payment.id, state), actor="payments")

    def _create(self, bus: Bus, payment: PaymentRecord) -> PaymentState:
        """Make the one call of a charge, or repeat it; where it cannot be repeated, look for it."""
        failure: RequestRefused | ReplayedError | None = None
        if bus.clock.now() - payment.created_us < KEY_LASTS:
            try:
                return self._gateway.charge_card(payment.id, payment.parameters)
            except (RequestRefused, ReplayedError) as error:
                failure = error
        intent_id = self._find(payment)
        if intent_id is not None:
            return self._gateway.retrieve_intent(intent_id)
        bus.write_now(lambda tx: service.voided(tx, payment.id), actor="payments")
        raise failure or RequestRefused("", "", "the card was not charged in time")

    def _end(self, bus: Bus, payment: PaymentRecord, state: PaymentState) -> PaymentState:
        """Cancel an intent that holds nothing, and without a page never will; return its state."""
        if state.funds is not FundsState.NOT_HELD or state.intent_id is None:
            return state
        if state.requires_action:
            bus.write_now(lambda tx: store_required_action(tx, payment.id, state), actor="payments")
        return self._release(bus, payment, state.intent_id)

    def _find(self, payment: PaymentRecord) -> str | None:
        """Return the intent of a call that was never answered, if Stripe has it."""
        return self._gateway.cards.find_charge(
            payment.id,
            customer=payment.parameters["customer"],
            since=payment.created_us // SECOND - CLOCKS_DIFFER,
        )

    def _release(self, bus: Bus, payment: PaymentRecord, intent_id: str) -> PaymentState:
        self._capture.release(bus, payment, intent_id)
        return self._gateway.retrieve_intent(intent_id)


def begin_charge(tx: Tx, principal: Principal, *, order_id: str, card_id: str) -> PaymentRecord:
    """Begin to charge a saved card, or return the charge that this same request began before.

    Raises OrderNotFound, OrderOver, OrderConfirming, CardNotFound, PaymentRefused, KeyReused.
    """
    orders.view_own(tx, order_id=order_id, buyer_id=principal.user_id)
    if principal.key is None:
        return _begin(tx, user_id=principal.user_id, order_id=order_id, card_id=card_id)
    request = f"pay {order_id} {card_id}"
    known = idempotency.find_reply(
        tx, user_id=principal.user_id, key=principal.key, request=request
    )
    if known is not None:
        payment_id: str = msgspec.json.decode(known.body, type=dict[str, str])["payment"]
        return repository.view(tx, payment_id=payment_id)
    payment = _begin(tx, user_id=principal.user_id, order_id=order_id, card_id=card_id)
    reply = StoredReply(200, msgspec.json.encode({"payment": payment.id}))
    idempotency.store_reply(
        tx, user_id=principal.user_id, key=principal.key, request=request, reply=reply
    )
    return payment


def _begin(tx: Tx, *, user_id: str, order_id: str, card_id: str) -> PaymentRecord:
    tx.advisory_lock(f"payment:{order_id}")
    order = checkout.payable(tx, order_id=order_id).order
    card = cards.view(tx, user_id=user_id, card_id=card_id)
    for payment in repository.of_order(tx, order_id=order_id):
        if is_unanswered(payment):
            if payment.card_id == card_id:
                return payment
            raise OrderConfirming("Another card is being charged for this order.", retry_after=2)
    payment_id = tx.new_id("pay")
    parameters = stripe.charge_parameters(
        amount=checkout.charge_amount(order),
        currency=order.price.currency,
        customer=cards.customer(tx, user_id=user_id) or "",
        method=card.method_id,
        metadata={"order": order.id, "payment": payment_id},
        description=checkout.product_text(tx, order).name,
    )
    payment = repository.create(tx, order, payment_id, parameters=parameters, card_id=card.id)
    jobs.enqueue(tx, CHARGE, payment.id, order_id=order.id, after=JOB_DELAY)
    return payment


def admit_charge(tx: Tx, payment_id: str) -> PaymentRecord | None:
    """Record that the card is charged now; None if it must not be, or its charge was decided."""
    payment = repository.view(tx, payment_id=payment_id)
    tx.advisory_lock(f"payment:{payment.order_id}")
    order = orders.view(tx, order_id=payment.order_id).order
    if order.status is OrderStatus.AWAITING_PAYMENT and order.expires_at > tx.now:
        return payment if repository.begin_charge(tx, payment_id) else None
    if payment.status is PaymentStatus.NEW:
        jobs.enqueue(tx, service.VOID, payment_id, order_id=payment.order_id)
    return None


def store_required_action(tx: Tx, payment_id: str, state: PaymentState) -> None:
    """Store that the bank wants the buyer to confirm: no decline, but this charge cannot go on."""
    repository.store_ids(tx, payment_id, state)
    repository.set_declined(tx, payment_id, stripe.AUTHENTICATION_REQUIRED)


def give_up(tx: Tx, payment: PaymentRecord) -> bool:
    """Void a charge unknown to Stripe, unless its call may still be under way; tell whether."""
    tx.advisory_lock(f"payment:{payment.order_id}")
    if repository.charge_begun_since(tx, payment.id, since=tx.now_us - CALL_TAKES):
        return False
    service.voided(tx, payment.id)
    return True


def is_unanswered(payment: PaymentRecord) -> bool:
    """Tell whether the charge of a saved card is under way."""
    return payment.status is PaymentStatus.NEW and payment.card_id is not None
