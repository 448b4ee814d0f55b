"""Intents: the calls of `/v1/payment_intents`."""

from __future__ import annotations

import msgspec

from server.sandbox import (
    amounts,
    attempts,
    charges,
    confirming,
    customers,
    declines,
    methods,
)
from server.sandbox.checkout import Session
from server.sandbox.confirming import Terms
from server.sandbox.lists import page, same
from server.sandbox.params import Params
from server.sandbox.refusals import unexpected_state
from server.sandbox.shapes import Charge, Data, Intent
from server.sandbox.states import IntentStatus, Step, refuse_unless
from server.sandbox.turn import Turn

CAPTURE_METHODS = ("automatic", "automatic_async", "manual")
REASONS = ("duplicate", "fraudulent", "requested_by_customer", "abandoned")
USAGES = ("off_session", "on_session")


def create(turn: Turn, params: Params) -> Intent:
    """Open an intent; with `confirm`, try its payment method at once."""
    amount, currency = params.count("amount"), params.needed("currency").lower()
    method_id, confirms = params.text("payment_method"), params.flag("confirm")
    terms = confirming.read(params, confirms=confirms)
    drafted = msgspec.structs.replace(
        draft(turn, params, amount=amount, currency=currency),
        allowed_payment_method_types=methods.allowed(params),
        automatic_payment_methods=methods.automatic(params),
        customer=customers.named(turn, params),
    )
    params.finish()
    amounts.refuse_bad(amount, currency)
    if method_id is None:
        if confirms:
            raise params.lacks("payment_method")
        return open_(turn, drafted)
    method = methods.usable(turn, method_id, customer=drafted.customer)
    ready = msgspec.structs.replace(
        drafted, payment_method=method.id, status=IntentStatus.REQUIRES_CONFIRMATION
    )
    intent = open_(turn, ready)
    return _try(turn, intent, method.id, terms) if confirms else intent


def draft(turn: Turn, params: Params, *, amount: int, currency: str) -> Intent:
    """Read what a form says about an intent, its own or a session's `payment_intent_data`."""
    intent_id = turn.new_id("pi")
    return Intent(
        id=intent_id,
        amount=amount,
        currency=currency,
        created=turn.now,
        status=IntentStatus.REQUIRES_PAYMENT_METHOD,
        capture_method=params.choice("capture_method", CAPTURE_METHODS) or "automatic_async",
        client_secret=turn.new_id(f"{intent_id}_secret"),
        description=params.text("description", limit=1000),
        metadata=params.metadata(),
        receipt_email=params.text("receipt_email", limit=800),
        setup_future_usage=params.choice("setup_future_usage", USAGES),
        statement_descriptor=params.text("statement_descriptor", limit=22),
        statement_descriptor_suffix=params.text("statement_descriptor_suffix", limit=22),
        transfer_group=params.text("transfer_group"),
    )


def open_(turn: Turn, intent: Intent, *, owner: str | None = None) -> Intent:
    """Keep a drafted intent; `owner` is the session it pays."""
    turn.add(intent, owner=owner)
    turn.emit("payment_intent.created", intent)
    return intent


def update(turn: Turn, params: Params, intent_id: str) -> Intent:
    """Change what the shop notes down about an intent, whatever its status."""
    intent = turn.store.find(Intent, intent_id)
    description = params.blank("description", limit=1000)
    metadata = params.metadata(intent.metadata)
    params.finish()
    if description is None:
        return turn.change(intent, metadata=metadata)
    return turn.change(intent, metadata=metadata, description=description or None)


def confirm(turn: Turn, params: Params, intent_id: str) -> Intent:
    """Try a payment method; a decline is a 402 that stays on the intent."""
    intent = turn.store.find(Intent, intent_id)
    wanted = params.text("payment_method") or intent.payment_method
    usage = params.choice("setup_future_usage", USAGES) or intent.setup_future_usage
    terms = confirming.read(params, confirms=True)
    params.finish()
    refuse_unless(Step.CONFIRM, intent)
    if turn.store.owner(intent_id) is not None:
        raise unexpected_state(
            "You cannot confirm a PaymentIntent that belongs to a Checkout Session.", intent
        )
    if wanted is None:
        raise unexpected_state(
            "You cannot confirm this PaymentIntent because it's missing a payment method.", intent
        )
    return _try(turn, turn.change(intent, setup_future_usage=usage), wanted, terms)


def capture(turn: Turn, params: Params, intent_id: str) -> Intent:
    """Take the held money, or a part of it; the rest is released."""
    intent = turn.store.find(Intent, intent_id)
    asked = params.integer("amount_to_capture", low=1)
    params.finish()
    refuse_unless(Step.CAPTURE, intent)
    amount = intent.amount_capturable if asked is None else asked
    if amount > intent.amount_capturable:
        message = (
            "The payment could not be captured because the requested capture amount is greater "
            "than the authorized amount."
        )
        raise amounts.too_large(message, param="amount_to_capture")
    charges.capture(turn, turn.store.find(Charge, str(intent.latest_charge)), amount)
    captured = turn.change(
        intent, status=IntentStatus.SUCCEEDED, amount_capturable=0, amount_received=amount
    )
    session_id = turn.store.owner(intent_id)
    if session_id is not None:
        turn.change(turn.store.find(Session, session_id), payment_status="paid")
    turn.emit("payment_intent.succeeded", captured)
    return captured


def cancel(turn: Turn, params: Params, intent_id: str) -> Intent:
    """End an intent; that of a session only once it holds money."""
    intent = turn.store.find(Intent, intent_id)
    reason = params.choice("cancellation_reason", REASONS)
    params.finish()
    refuse_unless(Step.CANCEL, intent)
    if turn.store.owner(intent_id) and intent.status != IntentStatus.REQUIRES_CAPTURE:
        raise unexpected_state(
            "You cannot cancel the PaymentIntent for a Checkout Session unless it has a status of "
            "requires_capture. Expire the Checkout Session instead.",
            intent,
        )
    return attempts.cancel(turn, intent, reason=reason)


def retrieve(turn: Turn, _: Params, intent_id: str) -> Intent:
    """Return an intent."""
    return turn.store.find(Intent, intent_id)


def list_all(turn: Turn, params: Params) -> Data:
    """Return intents, newest first, all or those of a customer."""
    where = same(params, "customer")
    return page(turn, Intent, params, url="/v1/payment_intents", where=where)


def _try(turn: Turn, intent: Intent, method_id: str, terms: Terms) -> Intent:
    method = methods.usable(turn, method_id, customer=intent.customer)
    challenge = terms.challenge(turn, intent.id)
    tried = attempts.attempt(turn, intent, method, challenge=challenge)
    if tried.last_payment_error is not None:
        raise declines.refused(tried.last_payment_error, tried)
    return tried
