"""Looking: ask Stripe what has become of an attempt, be it made on a page or with a saved card."""

from __future__ import annotations

from server.payments import stripe
from server.payments.attempts import Attempt
from server.payments.stripe import Gateway, Truth


def look(gateway: Gateway, attempt: Attempt) -> Truth:
    """Return what Stripe says of an attempt that it knows of. Raises Unsure, Locked."""
    if attempt.session_id is not None:
        return ours(gateway, attempt, gateway.look(attempt.session_id))
    if attempt.intent_id is not None:
        return ours(gateway, attempt, gateway.look_at_intent(attempt.intent_id))
    msg = f"{attempt.id} has neither a session nor an intent"
    raise RuntimeError(msg)


def ours(gateway: Gateway, attempt: Attempt, truth: Truth) -> Truth:
    """Return the truth if it is of the mode our key is for. Raises Locked."""
    if truth.live != gateway.live:
        msg = f"{attempt.id}: livemode is {truth.live}, our key says {gateway.live}"
        raise stripe.Locked(msg)
    return truth
