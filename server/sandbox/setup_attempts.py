"""Setup attempts: what happens to a setup when a card is tried, or a challenge answered."""

from __future__ import annotations

from server.sandbox import cards, declines, methods
from server.sandbox.cards import Decline
from server.sandbox.saving import Setup
from server.sandbox.shapes import Data, PaymentMethod
from server.sandbox.states import SetupStatus
from server.sandbox.turn import Turn


def attempt(turn: Turn, setup: Setup, method: PaymentMethod, *, challenge: Data) -> Setup:
    """Try a card: it is declined, saved, or its bank asks for `challenge` first."""
    if methods.asks(turn, method):
        waiting = turn.change(
            setup,
            status=SetupStatus.REQUIRES_ACTION,
            payment_method=method.id,
            next_action=challenge,
            last_setup_error=None,
        )
        turn.emit("setup_intent.requires_action", waiting)
        return waiting
    return _ask_bank(turn, setup, method)


def answer(turn: Turn, setup: Setup, *, passed: bool) -> Setup:
    """Go on after a 3-D Secure challenge: ask the bank, or give the attempt up."""
    method = turn.store.find(PaymentMethod, str(setup.payment_method))
    if passed:
        return _ask_bank(turn, setup, method)
    return _decline(turn, setup, method, decline=cards.NOT_SET_UP)


def cancel(turn: Turn, setup: Setup, *, reason: str | None) -> Setup:
    """End a setup for good."""
    ended = turn.change(
        setup, status=SetupStatus.CANCELED, cancellation_reason=reason, next_action=None
    )
    turn.emit("setup_intent.canceled", ended)
    return ended


def _ask_bank(turn: Turn, setup: Setup, method: PaymentMethod) -> Setup:
    card = methods.card_of(method)
    if card.decline is not None and not card.saves:
        return _decline(turn, setup, method, decline=card.decline)
    methods.keep(turn, method, customer=setup.customer)
    saved = turn.change(
        setup,
        status=SetupStatus.SUCCEEDED,
        payment_method=method.id,
        last_setup_error=None,
        next_action=None,
    )
    turn.emit("setup_intent.succeeded", saved)
    return saved


def _decline(turn: Turn, setup: Setup, method: PaymentMethod, *, decline: Decline) -> Setup:
    declined = turn.change(
        setup,
        status=SetupStatus.REQUIRES_PAYMENT_METHOD,
        payment_method=None,
        last_setup_error=declines.error(decline, method),
        next_action=None,
    )
    turn.emit("setup_intent.setup_failed", declined)
    return declined
