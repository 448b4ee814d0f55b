"""Sessions: the calls of `/v1/checkout/sessions`, and what a session's page does to it."""

from __future__ import annotations

from urllib.parse import urlsplit

import msgspec

from server.payments.sandbox import amounts, attempts, intents, line_items, methods
from server.payments.sandbox.checkout import Draft, Session
from server.payments.sandbox.line_items import Sold
from server.payments.sandbox.lists import page
from server.payments.sandbox.params import Params
from server.payments.sandbox.refusals import Refused, invalid
from server.payments.sandbox.shapes import Data, Intent, PaymentMethod
from server.payments.sandbox.states import IntentStatus
from server.payments.sandbox.turn import Turn

#: A page lives at least 30 minutes and at most 24 hours; 24 unless the form says otherwise.
SHORTEST, LONGEST = 30 * 60, 24 * 60 * 60
#: The timer that closes a page nobody paid on.
EXPIRE = "session.expire"
SUBMIT_TYPES = ("auto", "book", "donate", "pay")


def create(turn: Turn, params: Params) -> Session:
    """Open a page for the line items. Its intent comes into being with the first card tried."""
    session_id = turn.new_id("cs_test", 58)
    if params.choice("mode", ("payment",)) is None:
        raise params.lacks("mode")
    items = line_items.read(turn, params.items("line_items"))
    currency, total = items[0][0].currency, sum(item.amount_total for item, _ in items)
    drafted = intents.draft(
        turn, params.group("payment_intent_data"), amount=total, currency=currency
    )
    session = Session(
        id=session_id,
        created=turn.now,
        expires_at=_expiry(turn, params),
        amount_subtotal=total,
        amount_total=total,
        currency=currency,
        url=f"{turn.base_url}/sandbox/pay/{session_id}",
        allowed_payment_method_types=methods.allowed(params),
        success_url=_web(params.needed("success_url"), param="success_url"),
        cancel_url=_web(params.text("cancel_url"), param="cancel_url"),
        client_reference_id=params.text("client_reference_id", limit=200),
        customer_email=params.text("customer_email", limit=800),
        locale=params.text("locale", limit=10),
        metadata=params.metadata(),
        submit_type=params.choice("submit_type", SUBMIT_TYPES),
    )
    params.finish()
    amounts.refuse_bad(total, currency, param="line_items")
    return _open(turn, session, items, drafted)


def expire(turn: Turn, params: Params, session_id: str) -> Session:
    """Close an open page for good. Stripe gives this refusal no code, so neither do we."""
    session = turn.store.find(Session, session_id, param="session")
    params.finish()
    if session.status != "open":
        message = (
            'Only Checkout Sessions with a status in ["open"] can be expired. '
            f"This Checkout Session has a status of `{session.status}`."
        )
        raise Refused(message, final=True)
    return _close(turn, session)


def retrieve(turn: Turn, _: Params, session_id: str) -> Session:
    """Return a session."""
    return turn.store.find(Session, session_id, param="session")


def list_all(turn: Turn, params: Params) -> Data:
    """Return sessions, newest first, or the one that opened an intent."""
    intent = params.text("payment_intent")
    where = {"json_extract(body, '$.payment_intent') = ?": intent} if intent else {}
    return page(turn, Session, params, url="/v1/checkout/sessions", where=where)


def pay(turn: Turn, session: Session, method: PaymentMethod) -> Session:
    """Try a card on an open session's page."""
    intent = intent_of(turn, session) or _open_intent(turn, session)
    session = turn.change(session, payment_intent=intent.id)
    challenge = {
        "type": "redirect_to_url",
        "redirect_to_url": {"return_url": session.url, "url": f"{session.url}/challenge"},
    }
    return _follow(turn, session, attempts.attempt(turn, intent, method, challenge=challenge))


def answer(turn: Turn, session: Session, *, passed: bool) -> Session:
    """Answer the challenge that an open session's bank asks."""
    intent = turn.store.find(Intent, str(session.payment_intent))
    return _follow(turn, session, attempts.answer(turn, intent, passed=passed))


def intent_of(turn: Turn, session: Session) -> Intent | None:
    """Return the session's intent; there is none before the first card is tried."""
    if session.payment_intent is None:
        return None
    return turn.store.find(Intent, session.payment_intent)


def lapse(turn: Turn, session_id: str) -> None:
    """Close a page whose time is over; one that was paid or closed before stays as it is."""
    session = turn.store.find(Session, session_id)
    if session.status == "open":
        _close(turn, session)


def _open(turn: Turn, session: Session, items: list[Sold], drafted: Intent) -> Session:
    turn.add(session)
    for item, product in items:
        turn.add(item, owner=session.id)
        turn.add(product, owner=item.id)
    turn.add(Draft(id=turn.new_id("draft"), intent=drafted), owner=session.id)
    turn.at(session.expires_at, EXPIRE, session.id)
    return session


def _open_intent(turn: Turn, session: Session) -> Intent:
    (draft,) = turn.store.owned(Draft, session.id)
    intent = msgspec.structs.replace(draft.intent, created=turn.now)
    return intents.open_(turn, intent, owner=session.id)


def _follow(turn: Turn, session: Session, intent: Intent) -> Session:
    """Complete the session when its intent holds or has the money."""
    if intent.status not in {IntentStatus.REQUIRES_CAPTURE, IntentStatus.SUCCEEDED}:
        return session
    paid = intent.status == IntentStatus.SUCCEEDED
    complete = turn.change(
        session, status="complete", url=None, payment_status="paid" if paid else "unpaid"
    )
    turn.emit("checkout.session.completed", complete)
    return complete


def _close(turn: Turn, session: Session) -> Session:
    intent = intent_of(turn, session)
    if intent is not None:
        attempts.cancel(turn, intent, reason="automatic")
    expired = turn.change(session, status="expired", url=None)
    turn.emit("checkout.session.expired", expired)
    return expired


def _expiry(turn: Turn, params: Params) -> int:
    at = params.integer("expires_at")
    if at is None:
        return turn.now + LONGEST
    if at < turn.now + SHORTEST:
        bound = "at least 30 minutes from"
    elif at > turn.now + LONGEST:
        bound = "less than 24 hours after"
    else:
        return at
    message = f"The `expires_at` timestamp must be {bound} Checkout Session creation."
    raise invalid(message, param="expires_at")


def _web(url: str | None, *, param: str) -> str | None:
    """Refuse what is no absolute web address: behind a link it could run as script."""
    if url is not None and urlsplit(url).scheme not in {"http", "https"}:
        raise invalid(f"Not a valid URL: {param}", param=param, code="url_invalid")
    return url
