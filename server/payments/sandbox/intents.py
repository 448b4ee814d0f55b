"""Intents: the calls of `/v1/payment_intents`."""

from __future__ import annotations

import msgspec

from server.payments.sandbox import amounts, attempts, charges, methods
from server.payments.sandbox.checkout import Session
from server.payments.sandbox.lists import page
from server.payments.sandbox.params import Params
from server.payments.sandbox.refusals import Refused, invalid, unexpected_state
from server.payments.sandbox.shapes import Charge, Data, Intent, PaymentMethod
from server.payments.sandbox.states import IntentStatus, Step, refuse_unless
from server.payments.sandbox.turn import Turn

CAPTURE_METHODS = ("automatic", "automatic_async", "manual")
REASONS = ("duplicate", "fraudulent", "requested_by_customer", "abandoned")


def create(turn: Turn, params: Params) -> Intent:
    """Open an intent; with `confirm`, try its payment method at once."""
    amount, currency = params.count("amount"), params.needed("currency").lower()
    method_id, return_url = params.text("payment_method"), params.text("return_url")
    confirms = params.flag("confirm")
    automatic = params.group("automatic_payment_methods")
    redirects = automatic.choice("allow_redirects", ("always", "never")) or "always"
    enabled = automatic.flag("enabled")
    drafted = msgspec.structs.replace(
        draft(turn, params, amount=amount, currency=currency),
        allowed_payment_method_types=methods.allowed(params),
        automatic_payment_methods={"allow_redirects": redirects, "enabled": True}
        if enabled
        else None,
    )
    params.finish()
    amounts.refuse_bad(amount, currency)
    if return_url is not None and not confirms:
        raise invalid("return_url goes with confirm=true.", param="return_url")
    if method_id is None:
        if confirms:
            raise params.lacks("payment_method")
        return open_(turn, drafted)
    method = methods.find(turn, method_id)
    ready = msgspec.structs.replace(
        drafted, payment_method=method.id, status=IntentStatus.REQUIRES_CONFIRMATION
    )
    intent = open_(turn, ready)
    return _try(turn, intent, method, return_url) if confirms else intent


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
        statement_descriptor=params.text("statement_descriptor", limit=22),
        statement_descriptor_suffix=params.text("statement_descriptor_suffix", limit=22),
        transfer_group=params.text("transfer_group"),
    )


def open_(turn: Turn, intent: Intent, *, owner: str | None = None) -> Intent:
    """Keep a drafted intent; `owner` is the session it pays."""
    turn.add(intent, owner=owner)
    turn.emit("payment_intent.created", intent)
    return intent


def confirm(turn: Turn, params: Params, intent_id: str) -> Intent:
    """Try a payment method; a decline is a 402 that stays on the intent."""
    intent = turn.store.find(Intent, intent_id)
    method_id, return_url = params.text("payment_method"), params.text("return_url")
    params.finish()
    refuse_unless(Step.CONFIRM, intent)
    if turn.store.owner(intent_id) is not None:
        raise unexpected_state(
            "You cannot confirm a PaymentIntent that belongs to a Checkout Session.", intent
        )
    wanted = method_id or intent.payment_method
    if wanted is None:
        raise unexpected_state(
            "You cannot confirm this PaymentIntent because it's missing a payment method.", intent
        )
    return _try(turn, intent, methods.find(turn, wanted), return_url)


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
    """Return intents, newest first."""
    return page(turn, Intent, params, url="/v1/payment_intents", where={})


def _try(turn: Turn, intent: Intent, method: PaymentMethod, return_url: str | None) -> Intent:
    tried = attempts.attempt(turn, intent, method, challenge=_challenge(turn, intent, return_url))
    error = tried.last_payment_error
    if error is not None:
        details = {name: error.get(name) for name in ("code", "decline_code", "charge")}
        raise Refused(
            error["message"],
            status=402,
            kind="card_error",
            final=True,
            payment_intent=tried,
            payment_method=error["payment_method"],
            **details,
        )
    return tried


def _challenge(turn: Turn, intent: Intent, return_url: str | None) -> Data:
    """Return what a client must do when the bank asks: open our page, if it can come back."""
    url = f"{turn.base_url}/sandbox/pay/{intent.id}/challenge"
    if return_url is None:
        return {"type": "use_stripe_sdk", "use_stripe_sdk": {"stripe_js": url}}
    return {
        "type": "redirect_to_url",
        "redirect_to_url": {"return_url": return_url, "url": url},
    }
