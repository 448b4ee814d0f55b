"""Sessions: the calls of `/v1/checkout/sessions`, and the end of a session nobody used."""

from __future__ import annotations

from urllib.parse import urlsplit

import msgspec

from server.sandbox import (
    amounts,
    attempts,
    customers,
    hosted,
    intents,
    line_items,
    methods,
    setup_attempts,
    setups,
)
from server.sandbox.checkout import Draft, Session
from server.sandbox.lists import page, same
from server.sandbox.params import Params
from server.sandbox.refusals import Refused, invalid
from server.sandbox.shapes import Data
from server.sandbox.turn import Turn

#: A page lives at least 30 minutes and at most 24 hours; 24 unless the form says otherwise.
SHORTEST, LONGEST = 30 * 60, 24 * 60 * 60
#: The timer that closes a page nobody paid on.
EXPIRE = "session.expire"
SUBMIT_TYPES = ("auto", "book", "donate", "pay")


def create(turn: Turn, params: Params) -> Session:
    """Open a page on which a card is charged (`mode=payment`) or only saved (`mode=setup`)."""
    session_id = turn.new_id("cs_test", 58)
    mode = params.choice("mode", ("payment", "setup"))
    if mode is None:
        raise params.lacks("mode")
    said = _said(turn, params, session_id)
    session = _paying(turn, params, said) if mode == "payment" else _saving(turn, params, said)
    turn.at(session.expires_at, EXPIRE, session.id)
    return session


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
    """Return sessions, newest first: all, a customer's, or the one that opened an intent."""
    where = same(params, "customer", "payment_intent", "status")
    return page(turn, Session, params, url="/v1/checkout/sessions", where=where)


def lapse(turn: Turn, session_id: str) -> None:
    """Close a page whose time is over; one that was used or closed before stays as it is."""
    session = turn.store.find(Session, session_id)
    if session.status == "open":
        _close(turn, session)


def _said(turn: Turn, params: Params, session_id: str) -> Data:
    """Read what a form may say in either mode."""
    customer = customers.named(turn, params)
    email = params.text("customer_email", limit=800)
    if customer is not None and email is not None:
        message = "You may only specify one of these parameters: customer, customer_email."
        raise invalid(message, param="customer_email")
    return {
        "id": session_id,
        "created": turn.now,
        "expires_at": _expiry(turn, params),
        "url": f"{turn.base_url}/sandbox/pay/{session_id}",
        "allowed_payment_method_types": methods.allowed(params),
        "success_url": _web(params.needed("success_url"), param="success_url"),
        "cancel_url": _web(params.text("cancel_url"), param="cancel_url"),
        "client_reference_id": params.text("client_reference_id", limit=200),
        "customer": customer,
        "customer_creation": "if_required" if customer is None else None,
        "customer_email": email,
        "locale": params.text("locale", limit=10),
        "metadata": params.metadata(),
    }


def _paying(turn: Turn, params: Params, said: Data) -> Session:
    """Open a page for the line items. Its intent comes into being with the first card tried."""
    items = line_items.read(turn, params.items("line_items"))
    currency, total = items[0][0].currency, sum(item.amount_total for item, _ in items)
    about = params.group("payment_intent_data")
    drafted = intents.draft(turn, about, amount=total, currency=currency)
    if drafted.setup_future_usage is not None and said["customer"] is None:
        message = "The sandbox saves a card only for a customer who is named."
        raise invalid(message, param=about.name("setup_future_usage"))
    submit_type = params.choice("submit_type", SUBMIT_TYPES)
    params.finish()
    amounts.refuse_bad(total, currency, param="line_items")
    session = turn.add(
        Session(
            amount_subtotal=total,
            amount_total=total,
            currency=currency,
            submit_type=submit_type,
            **said,
        )
    )
    for item, product in items:
        turn.add(item, owner=session.id)
        turn.add(product, owner=item.id)
    drafted = msgspec.structs.replace(drafted, customer=session.customer)
    turn.add(Draft(id=turn.new_id("draft"), intent=drafted), owner=session.id)
    return session


def _saving(turn: Turn, params: Params, said: Data) -> Session:
    """Open a page that saves a card. Its setup is there from the start, as at Stripe."""
    currency, allowed = params.text("currency"), said["allowed_payment_method_types"]
    if currency is not None:
        amounts.refuse_unknown(currency.lower())
    elif allowed is None:
        raise params.lacks("currency")
    drafted = setups.draft(turn, params.group("setup_intent_data"), customer=said["customer"])
    params.finish()
    session = Session(
        mode="setup",
        amount_subtotal=None,
        amount_total=None,
        currency=currency and currency.lower(),
        payment_method_collection="always",
        payment_status="no_payment_required",
        setup_intent=drafted.id,
        total_details=None,
        **said,
    )
    setup = msgspec.structs.replace(drafted, allowed_payment_method_types=allowed)
    setups.open_(turn, setup, owner=session.id)
    return turn.add(session)


def _close(turn: Turn, session: Session) -> Session:
    intent, setup = hosted.intent_of(turn, session), hosted.setup_of(turn, session)
    if intent is not None:
        attempts.cancel(turn, intent, reason="automatic")
    if setup is not None:
        setup_attempts.cancel(turn, setup, reason=None)
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
