"""Attempts: what happens to an intent when a card is tried, a challenge answered, a hold ended."""

from __future__ import annotations

from server.sandbox import cards, charges, declines, methods
from server.sandbox.cards import Decline
from server.sandbox.shapes import Charge, Data, Intent, PaymentMethod
from server.sandbox.states import IntentStatus
from server.sandbox.turn import Turn

#: The timer that ends a hold nobody captured.
LAPSE = "intent.lapse"


def attempt(
    turn: Turn, intent: Intent, method: PaymentMethod, *, challenge: Data | Decline
) -> Intent:
    """Try a card: it is declined, held, taken, or its bank asks for `challenge` first.

    A decline in the place of the challenge is what such a bank says to somebody who is not there.
    """
    if methods.asks(turn, method):
        if isinstance(challenge, Decline):
            return _refused(turn, intent, method, decline=challenge)
        waiting = turn.change(
            intent,
            status=IntentStatus.REQUIRES_ACTION,
            payment_method=method.id,
            next_action=challenge,
            last_payment_error=None,
        )
        turn.emit("payment_intent.requires_action", waiting)
        return waiting
    return _ask_bank(turn, intent, method)


def answer(turn: Turn, intent: Intent, *, passed: bool) -> Intent:
    """Go on after a 3-D Secure challenge: ask the bank, or give the attempt up."""
    method = turn.store.find(PaymentMethod, str(intent.payment_method))
    if passed:
        return _ask_bank(turn, intent, method)
    return _decline(turn, intent, method, decline=cards.NOT_AUTHENTICATED, charge=None)


def cancel(turn: Turn, intent: Intent, *, reason: str | None) -> Intent:
    """End an intent for good. A hold is released, which is no refund: its charge stays as it is.

    Until 2025-03-31.basil it did become one (docs.stripe.com/changelog/basil).
    """
    ended = turn.change(
        intent,
        status=IntentStatus.CANCELED,
        amount_capturable=0,
        canceled_at=turn.now,
        cancellation_reason=reason,
        next_action=None,
    )
    turn.emit("payment_intent.canceled", ended)
    return ended


def lapse(turn: Turn, intent_id: str) -> None:
    """End a hold that nobody captured in time; otherwise do nothing."""
    intent = turn.store.find(Intent, intent_id)
    if intent.status == IntentStatus.REQUIRES_CAPTURE:
        turn.emit("charge.expired", turn.store.find(Charge, str(intent.latest_charge)))
        cancel(turn, intent, reason="expired")


def _ask_bank(turn: Turn, intent: Intent, method: PaymentMethod) -> Intent:
    decline = methods.card_of(method).decline
    if decline is not None:
        return _refused(turn, intent, method, decline=decline)
    charge = charges.attempt(turn, intent, method, decline=None)
    if intent.setup_future_usage is not None:
        methods.keep(turn, method, customer=intent.customer)
    else:
        methods.spend(turn, method)
    held = not charge.captured
    accepted = turn.change(
        intent,
        status=IntentStatus.REQUIRES_CAPTURE if held else IntentStatus.SUCCEEDED,
        payment_method=method.id,
        latest_charge=charge.id,
        amount_capturable=intent.amount if held else 0,
        amount_received=0 if held else intent.amount,
        last_payment_error=None,
        next_action=None,
    )
    if held:
        turn.at(turn.now + charges.HOLD, LAPSE, intent.id)
        turn.emit("payment_intent.amount_capturable_updated", accepted)
    else:
        turn.emit("payment_intent.succeeded", accepted)
    return accepted


def _refused(turn: Turn, intent: Intent, method: PaymentMethod, *, decline: Decline) -> Intent:
    """Have the bank say no, which leaves a charge that failed."""
    charge = charges.attempt(turn, intent, method, decline=decline)
    return _decline(turn, intent, method, decline=decline, charge=charge)


def _decline(
    turn: Turn,
    intent: Intent,
    method: PaymentMethod,
    *,
    decline: Decline,
    charge: Charge | None,
) -> Intent:
    declined = turn.change(
        intent,
        status=IntentStatus.REQUIRES_PAYMENT_METHOD,
        payment_method=None,
        latest_charge=charge.id if charge else intent.latest_charge,
        last_payment_error=declines.error(decline, method, charge=charge),
        next_action=None,
    )
    turn.emit("payment_intent.payment_failed", declined)
    return declined
