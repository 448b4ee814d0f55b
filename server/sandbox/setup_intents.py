"""Setup intents: the calls of `/v1/setup_intents`, which save a card without charging it."""

from __future__ import annotations

import msgspec

from server.sandbox import confirmation, customers, payment_methods
from server.sandbox.confirmation import USAGES, IntentAction, IntentStatus, require_allowed
from server.sandbox.context import Context
from server.sandbox.errors import unexpected_state
from server.sandbox.models import Data, SetupIntent
from server.sandbox.params import Params, filters, list_page

CANCELLATION_REASONS = ("abandoned", "requested_by_customer", "duplicate")


def create(ctx: Context, params: Params) -> SetupIntent:
    """Create an intent; with `confirm`, try its payment method at once."""
    method_id, confirm_now = params.text("payment_method"), params.flag("confirm")
    options = confirmation.read_options(params, confirm=confirm_now, payment=False)
    draft = msgspec.structs.replace(
        read(ctx, params, customer_id=customers.read_id(ctx, params)),
        allowed_payment_method_types=payment_methods.read_allowed_types(params),
        automatic_payment_methods=payment_methods.read_automatic(params),
        usage=params.choice("usage", USAGES) or "off_session",
    )
    params.reject_unknown()
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


def read(ctx: Context, params: Params, *, customer_id: str | None) -> SetupIntent:
    """Read an intent from its own form, or from a session's `setup_intent_data`."""
    intent_id = ctx.new_id("seti")
    return SetupIntent(
        id=intent_id,
        created=ctx.now,
        status=IntentStatus.REQUIRES_PAYMENT_METHOD,
        client_secret=ctx.new_id(f"{intent_id}_secret"),
        customer=customer_id,
        description=params.text("description", limit=1000),
        metadata=params.metadata(),
    )


def insert(ctx: Context, intent: SetupIntent, *, session_id: str | None = None) -> SetupIntent:
    """Store a new intent, which may belong to a Checkout Session."""
    ctx.insert(intent, owner=session_id)
    ctx.emit("setup_intent.created", intent)
    return intent


def confirm(ctx: Context, params: Params, intent_id: str) -> SetupIntent:
    """Try a payment method; a decline is a 402 that the intent remembers."""
    intent = ctx.store.require(SetupIntent, intent_id)
    method_id = params.text("payment_method") or intent.payment_method
    options = confirmation.read_options(params, confirm=True, payment=False)
    params.reject_unknown()
    require_allowed(IntentAction.CONFIRM, intent)
    _require_no_session(ctx, intent, "confirm")
    if method_id is None:
        message = "You cannot confirm this SetupIntent because it's missing a payment method."
        raise unexpected_state(message, intent)
    return confirmation.confirm(ctx, intent, method_id, options)


def cancel(ctx: Context, params: Params, intent_id: str) -> SetupIntent:
    """Cancel an intent; that of a session ends only when the session expires."""
    intent = ctx.store.require(SetupIntent, intent_id)
    reason = params.choice("cancellation_reason", CANCELLATION_REASONS)
    params.reject_unknown()
    require_allowed(IntentAction.CANCEL, intent)
    _require_no_session(ctx, intent, "cancel")
    return confirmation.cancel(ctx, intent, reason=reason)


def retrieve(ctx: Context, _: Params, intent_id: str) -> SetupIntent:
    """Return an intent."""
    return ctx.store.require(SetupIntent, intent_id)


def list_all(ctx: Context, params: Params) -> Data:
    """Return intents, newest first, all or those of a customer or a payment method."""
    where = filters(params, "customer", "payment_method")
    return list_page(ctx, SetupIntent, params, url="/v1/setup_intents", where=where)


def _require_no_session(ctx: Context, intent: SetupIntent, verb: str) -> None:
    if ctx.store.owner_of(intent.id) is not None:
        message = (
            f"You cannot {verb} the SetupIntent for a Checkout Session. Expire the Checkout "
            "Session instead."
        )
        raise unexpected_state(message, intent)
