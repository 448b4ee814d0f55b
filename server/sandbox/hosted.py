"""Hosted: what somebody on the page of a session does to it."""

from __future__ import annotations

import msgspec

from server.sandbox import attempts, intents, setup_attempts
from server.sandbox.checkout import Draft, Session
from server.sandbox.saving import Setup
from server.sandbox.shapes import Data, Intent, PaymentMethod
from server.sandbox.states import IntentStatus, SetupStatus
from server.sandbox.turn import Turn


def submit(turn: Turn, session: Session, method: PaymentMethod) -> Session:
    """Try a card on an open session's page: charge it, or save it."""
    challenge: Data = {
        "type": "redirect_to_url",
        "redirect_to_url": {"return_url": session.url, "url": f"{session.url}/challenge"},
    }
    setup = setup_of(turn, session)
    if setup is not None:
        tried = setup_attempts.attempt(turn, setup, method, challenge=challenge)
        return _saved(turn, session, tried)
    intent = intent_of(turn, session) or _open_intent(turn, session)
    session = turn.change(session, payment_intent=intent.id)
    return _paid(turn, session, attempts.attempt(turn, intent, method, challenge=challenge))


def answer(turn: Turn, session: Session, *, passed: bool) -> Session:
    """Answer the challenge that an open session's bank asks."""
    setup = setup_of(turn, session)
    if setup is not None:
        return _saved(turn, session, setup_attempts.answer(turn, setup, passed=passed))
    intent = turn.store.find(Intent, str(session.payment_intent))
    return _paid(turn, session, attempts.answer(turn, intent, passed=passed))


def intent_of(turn: Turn, session: Session) -> Intent | None:
    """Return the session's intent; there is none before the first card is tried."""
    if session.payment_intent is None:
        return None
    return turn.store.find(Intent, session.payment_intent)


def setup_of(turn: Turn, session: Session) -> Setup | None:
    """Return the setup of a session that saves a card; there is none where one is charged."""
    return None if session.setup_intent is None else turn.store.find(Setup, session.setup_intent)


def _open_intent(turn: Turn, session: Session) -> Intent:
    (draft,) = turn.store.owned(Draft, session.id)
    intent = msgspec.structs.replace(draft.intent, created=turn.now)
    return intents.open_(turn, intent, owner=session.id)


def _paid(turn: Turn, session: Session, intent: Intent) -> Session:
    """Complete the session when its intent holds or has the money."""
    if intent.status not in {IntentStatus.REQUIRES_CAPTURE, IntentStatus.SUCCEEDED}:
        return session
    paid = intent.status == IntentStatus.SUCCEEDED
    return _complete(turn, turn.change(session, payment_status="paid" if paid else "unpaid"))


def _saved(turn: Turn, session: Session, setup: Setup) -> Session:
    """Complete the session when its card is saved."""
    return _complete(turn, session) if setup.status == SetupStatus.SUCCEEDED else session


def _complete(turn: Turn, session: Session) -> Session:
    complete = turn.change(session, status="complete", url=None)
    turn.emit("checkout.session.completed", complete)
    return complete
