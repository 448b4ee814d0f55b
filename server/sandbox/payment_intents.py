"""Payment intents: the calls of `/v1/payment_intents`."""

from __future__ import annotations

import msgspec

from server.sandbox import charges, confirmation, customers, payment_methods
from server.sandbox.amounts import amount_too_large, check_amount
from server.sandbox.confirmation import USAGES, IntentAction, IntentStatus, require_allowed
from server.sandbox.context import Context
from server.sandbox.errors import unexpected_state
from server.sandbox.models import Charge, CheckoutSession, Data, PaymentIntent
from server.sandbox.params import Params, filters, list_page

CAPTURE_METHODS = ("automatic", "automatic_async", "manual")
CANCELLATION_REASONS = ("duplicate", "fraudulent", "requested_by_customer", "abandoned")


def create(ctx: Context, params: Params) -> PaymentIntent:
    """Create an intent; with `confirm`, try its payment method at once."""
    amount = params.required_integer("amount")
    currency = params.required_text("currency").lower()
    method_id, confirm_now = params.text("payment_method"), params.flag("confirm")
    options = confirmation.read_options(params, confirm=confirm_now)
    draft = msgspec.structs.replace(
        read(ctx, params, amount=amount, currency=currency),
        allowed_payment_method_types=payment_methods.read_allowed_types(params),
        automatic_payment_methods=payment_methods.read_automatic(params),
        customer=customers.read_id(ctx, params),
    )
    params.reject_unknown()
    check_amount(amount, currency)
    if method_id is None:
        if confirm_now:
            raise params.missing("payment_method")
        return insert(ctx, draft)
    method = payment_methods.require_usable(ctx, method_id, customer_id=draft.customer)
    ready = msgspec.structs.replace(
        draft, payment_method=method.id, status=IntentStatus.REQUIRES_CONFIRMATION
    )
    intent = insert(ctx, ready)
    return confirmation.confirm(ctx, intent, method.id, options) if confirm_now else intent


def read(ctx: Context, params: Params, *, amount: int, currency: str) -> PaymentIntent:
    """Read an intent from its own form, or from a session's `payment_intent_data`."""
    intent_id = ctx.new_id("pi")
    return PaymentIntent(
        id=intent_id,
        amount=amount,
        currency=currency,
        created=ctx.now,
        status=IntentStatus.REQUIRES_PAYMENT_METHOD,
        capture_method=params.choice("capture_method", CAPTURE_METHODS) or "automatic_async",
        client_secret=ctx.new_id(f"{intent_id}_secret"),
        description=params.text("description", limit=1000),
        metadata=params.metadata(),
        receipt_email=params.text("receipt_email", limit=800),
        setup_future_usage=params.choice("setup_future_usage", USAGES),
        statement_descriptor=params.text("statement_descriptor", limit=22),
        statement_descriptor_suffix=params.text("statement_descriptor_suffix", limit=22),
        transfer_group=params.text("transfer_group"),
    )


def insert(ctx: Context, intent: PaymentIntent, *, session_id: str | None = None) -> PaymentIntent:
    """Store a new intent, which may belong to a Checkout Session."""
    ctx.insert(intent, owner=session_id)
    ctx.emit("payment_intent.created", intent)
    return intent


def update(ctx: Context, params: Params, intent_id: str) -> PaymentIntent:
    """Change the description and metadata of an intent, whatever its status."""
    intent = ctx.store.require(PaymentIntent, intent_id)
    description = params.clearable_text("description", limit=1000)
    metadata = params.metadata(intent.metadata)
    params.reject_unknown()
    if description is None:
        return ctx.update(intent, metadata=metadata)
    return ctx.update(intent, metadata=metadata, description=description or None)


def confirm(ctx: Context, params: Params, intent_id: str) -> PaymentIntent:
    """Try a payment method; a decline is a 402 that the intent remembers."""
    intent = ctx.store.require(PaymentIntent, intent_id)
    method_id = params.text("payment_method") or intent.payment_method
    usage = params.choice("setup_future_usage", USAGES) or intent.setup_future_usage
    options = confirmation.read_options(params, confirm=True)
    params.reject_unknown()
    require_allowed(IntentAction.CONFIRM, intent)
    if ctx.store.owner_of(intent_id) is not None:
        raise unexpected_state(
            "You cannot confirm a PaymentIntent that belongs to a Checkout Session.", intent
        )
    if method_id is None:
        raise unexpected_state(
            "You cannot confirm this PaymentIntent because it's missing a payment method.", intent
        )
    updated = ctx.update(intent, setup_future_usage=usage)
    return confirmation.confirm(ctx, updated, method_id, options)


def capture(ctx: Context, params: Params, intent_id: str) -> PaymentIntent:
    """Capture the authorized money, or a part of it; the rest is released."""
    intent = ctx.store.require(PaymentIntent, intent_id)
    requested = params.integer("amount_to_capture", low=1)
    params.reject_unknown()
    require_allowed(IntentAction.CAPTURE, intent)
    amount = intent.amount_capturable if requested is None else requested
    if amount > intent.amount_capturable:
        message = (
            "The payment could not be captured because the requested capture amount is greater "
            "than the authorized amount."
        )
        raise amount_too_large(message, param="amount_to_capture")
    charges.capture(ctx, ctx.store.require(Charge, str(intent.latest_charge)), amount)
    captured = ctx.update(
        intent, status=IntentStatus.SUCCEEDED, amount_capturable=0, amount_received=amount
    )
    session_id = ctx.store.owner_of(intent_id)
    if session_id is not None:
        session = ctx.store.require(CheckoutSession, session_id)
        ctx.update(session, payment_status="paid")
    ctx.emit("payment_intent.succeeded", captured)
    return captured


def cancel(ctx: Context, params: Params, intent_id: str) -> PaymentIntent:
    """Cancel an intent; that of a session only once it is authorized."""
    intent = ctx.store.require(PaymentIntent, intent_id)
    reason = params.choice("cancellation_reason", CANCELLATION_REASONS)
    params.reject_unknown()
    require_allowed(IntentAction.CANCEL, intent)
    if ctx.store.owner_of(intent_id) and intent.status != IntentStatus.REQUIRES_CAPTURE:
        raise unexpected_state(
            "You cannot cancel the PaymentIntent for a Checkout Session unless it has a status of "
            "requires_capture. Expire the Checkout Session instead.",
            intent,
        )
    return confirmation.cancel(ctx, intent, reason=reason)


def retrieve(ctx: Context, _: Params, intent_id: str) -> PaymentIntent:
    """Return an intent."""
    return ctx.store.require(PaymentIntent, intent_id)


def list_all(ctx: Context, params: Params) -> Data:
    """Return intents, newest first, all or those of a customer."""
    where = filters(params, "customer")
    return list_page(ctx, PaymentIntent, params, url="/v1/payment_intents", where=where)
