"""Checkout sessions: the calls of `/v1/checkout/sessions`, and what happens on a session's page."""

from __future__ import annotations

from urllib.parse import urlsplit

import msgspec

from server.sandbox import (
    confirmation,
    customers,
    line_items,
    payment_intents,
    payment_methods,
    setup_intents,
)
from server.sandbox.amounts import check_amount, check_currency
from server.sandbox.confirmation import IntentStatus
from server.sandbox.context import Context
from server.sandbox.errors import ApiError, invalid_request
from server.sandbox.models import (
    CheckoutSession,
    Data,
    PaymentIntent,
    PaymentMethod,
    Resource,
    SetupIntent,
)
from server.sandbox.params import Params, filters, list_page

#: A page is open for 30 minutes to 24 hours, and for 24 hours by default.
MIN_OPEN, MAX_OPEN = 30 * 60, 24 * 60 * 60
#: The timer that closes a page on which nobody paid.
EXPIRE = "session.expire"
SUBMIT_TYPES = ("auto", "book", "donate", "pay")


class PaymentIntentDraft(Resource, frozen=True, kw_only=True, tag="sandbox.draft"):
    """The intent that a session creates with the first attempt. It cannot be retrieved."""

    intent: PaymentIntent


def create(ctx: Context, params: Params) -> CheckoutSession:
    """Open a page that charges a card (`mode=payment`) or only saves it (`mode=setup`)."""
    session_id = ctx.new_id("cs_test", 58)
    mode = params.choice("mode", ("payment", "setup"))
    if mode is None:
        raise params.missing("mode")
    fields = _read_fields(ctx, params, session_id)
    create_in_mode = _create_payment if mode == "payment" else _create_setup
    session = create_in_mode(ctx, params, fields)
    ctx.schedule(session.expires_at, EXPIRE, session.id)
    return session


def expire(ctx: Context, params: Params, session_id: str) -> CheckoutSession:
    """Close an open page for good. Stripe's error has no code here, so ours has none."""
    session = ctx.store.require(CheckoutSession, session_id, param="session")
    params.reject_unknown()
    if session.status != "open":
        message = (
            'Only Checkout Sessions with a status in ["open"] can be expired. '
            f"This Checkout Session has a status of `{session.status}`."
        )
        raise ApiError(message, final=True)
    return _expire(ctx, session)


def expire_due(ctx: Context, session_id: str) -> None:
    """Close a page whose time is over, unless it was used or closed before."""
    session = ctx.store.require(CheckoutSession, session_id)
    if session.status == "open":
        _expire(ctx, session)


def retrieve(ctx: Context, _: Params, session_id: str) -> CheckoutSession:
    """Return a session."""
    return ctx.store.require(CheckoutSession, session_id, param="session")


def list_all(ctx: Context, params: Params) -> Data:
    """Return sessions, newest first: all, a customer's, or that of a payment intent."""
    where = filters(params, "customer", "payment_intent", "status")
    return list_page(ctx, CheckoutSession, params, url="/v1/checkout/sessions", where=where)


def list_line_items(ctx: Context, params: Params, session_id: str) -> Data:
    """Return the items of a session, in the order in which they were given."""
    ctx.store.require(CheckoutSession, session_id, param="session")
    params.reject_unknown()
    return line_items.list_of_session(ctx, session_id)


def submit_card(ctx: Context, session: CheckoutSession, method: PaymentMethod) -> CheckoutSession:
    """Try a card on an open session's page: charge it, or save it."""
    challenge: Data = {
        "type": "redirect_to_url",
        "redirect_to_url": {"return_url": session.url, "url": f"{session.url}/challenge"},
    }
    setup = setup_intent_of(ctx, session)
    if setup is not None:
        tried = confirmation.attempt(ctx, setup, method, challenge=challenge)
        return _complete_setup(ctx, session, tried)
    intent = payment_intent_of(ctx, session) or _create_intent(ctx, session)
    session = ctx.update(session, payment_intent=intent.id)
    paid = confirmation.attempt(ctx, intent, method, challenge=challenge)
    return _complete_payment(ctx, session, paid)


def answer_challenge(ctx: Context, session: CheckoutSession, *, passed: bool) -> CheckoutSession:
    """Answer the bank's challenge on an open session's page."""
    setup = setup_intent_of(ctx, session)
    if setup is not None:
        saved = confirmation.answer_challenge(ctx, setup, passed=passed)
        return _complete_setup(ctx, session, saved)
    intent = ctx.store.require(PaymentIntent, str(session.payment_intent))
    paid = confirmation.answer_challenge(ctx, intent, passed=passed)
    return _complete_payment(ctx, session, paid)


def payment_intent_of(ctx: Context, session: CheckoutSession) -> PaymentIntent | None:
    """Return the session's payment intent; there is none before the first attempt."""
    if session.payment_intent is None:
        return None
    return ctx.store.require(PaymentIntent, session.payment_intent)


def setup_intent_of(ctx: Context, session: CheckoutSession) -> SetupIntent | None:
    """Return the setup intent of a session that saves a card; None for a payment."""
    if session.setup_intent is None:
        return None
    return ctx.store.require(SetupIntent, session.setup_intent)


def _read_fields(ctx: Context, params: Params, session_id: str) -> Data:
    """Read the fields that a form may have in both modes."""
    customer_id = customers.read_id(ctx, params)
    email = params.text("customer_email", limit=800)
    if customer_id is not None and email is not None:
        message = "You may only specify one of these parameters: customer, customer_email."
        raise invalid_request(message, param="customer_email")
    success_url = params.required_text("success_url")
    return {
        "id": session_id,
        "created": ctx.now,
        "expires_at": _read_expires_at(ctx, params),
        "url": f"{ctx.base_url}/sandbox/pay/{session_id}",
        "allowed_payment_method_types": payment_methods.read_allowed_types(params),
        "success_url": _web_url(success_url, param="success_url"),
        "cancel_url": _web_url(params.text("cancel_url"), param="cancel_url"),
        "client_reference_id": params.text("client_reference_id", limit=200),
        "customer": customer_id,
        "customer_creation": "if_required" if customer_id is None else None,
        "customer_email": email,
        "locale": params.text("locale", limit=10),
        "metadata": params.metadata(),
    }


def _create_payment(ctx: Context, params: Params, fields: Data) -> CheckoutSession:
    """Open a page for line items. Its intent is created with the first attempt."""
    items = line_items.read(ctx, params.groups("line_items"))
    currency, total = items[0][0].currency, sum(item.amount_total for item, _ in items)
    intent_data = params.group("payment_intent_data")
    draft = payment_intents.read(ctx, intent_data, amount=total, currency=currency)
    if draft.setup_future_usage is not None and fields["customer"] is None:
        message = "The sandbox saves a card only if the form names a customer."
        raise invalid_request(message, param=intent_data.full_name("setup_future_usage"))
    submit_type = params.choice("submit_type", SUBMIT_TYPES)
    params.reject_unknown()
    check_amount(total, currency, param="line_items")
    session = ctx.insert(
        CheckoutSession(
            amount_subtotal=total,
            amount_total=total,
            currency=currency,
            submit_type=submit_type,
            **fields,
        )
    )
    for item, product in items:
        ctx.insert(item, owner=session.id)
        ctx.insert(product, owner=item.id)
    draft = msgspec.structs.replace(draft, customer=session.customer)
    ctx.insert(PaymentIntentDraft(id=ctx.new_id("draft"), intent=draft), owner=session.id)
    return session


def _create_setup(ctx: Context, params: Params, fields: Data) -> CheckoutSession:
    """Open a page that saves a card. Its setup intent exists from the start, as at Stripe."""
    currency, allowed = params.text("currency"), fields["allowed_payment_method_types"]
    if currency is not None:
        check_currency(currency.lower())
    elif allowed is None:
        raise params.missing("currency")
    intent_data = params.group("setup_intent_data")
    draft = setup_intents.read(ctx, intent_data, customer_id=fields["customer"])
    params.reject_unknown()
    session = CheckoutSession(
        mode="setup",
        amount_subtotal=None,
        amount_total=None,
        currency=currency and currency.lower(),
        payment_method_collection="always",
        payment_status="no_payment_required",
        setup_intent=draft.id,
        total_details=None,
        **fields,
    )
    setup = msgspec.structs.replace(draft, allowed_payment_method_types=allowed)
    setup_intents.insert(ctx, setup, session_id=session.id)
    return ctx.insert(session)


def _create_intent(ctx: Context, session: CheckoutSession) -> PaymentIntent:
    (draft,) = ctx.store.list_owned(PaymentIntentDraft, session.id)
    intent = msgspec.structs.replace(draft.intent, created=ctx.now)
    return payment_intents.insert(ctx, intent, session_id=session.id)


def _complete_payment(
    ctx: Context, session: CheckoutSession, intent: PaymentIntent
) -> CheckoutSession:
    """Complete the session if its intent is authorized or paid."""
    if intent.status not in {IntentStatus.REQUIRES_CAPTURE, IntentStatus.SUCCEEDED}:
        return session
    paid = intent.status == IntentStatus.SUCCEEDED
    return _complete(ctx, ctx.update(session, payment_status="paid" if paid else "unpaid"))


def _complete_setup(ctx: Context, session: CheckoutSession, setup: SetupIntent) -> CheckoutSession:
    """Complete the session if its card is saved."""
    return _complete(ctx, session) if setup.status == IntentStatus.SUCCEEDED else session


def _complete(ctx: Context, session: CheckoutSession) -> CheckoutSession:
    completed = ctx.update(session, status="complete", url=None)
    ctx.emit("checkout.session.completed", completed)
    return completed


def _expire(ctx: Context, session: CheckoutSession) -> CheckoutSession:
    intent, setup = payment_intent_of(ctx, session), setup_intent_of(ctx, session)
    if intent is not None:
        confirmation.cancel(ctx, intent, reason="automatic")
    if setup is not None:
        confirmation.cancel(ctx, setup, reason=None)
    expired = ctx.update(session, status="expired", url=None)
    ctx.emit("checkout.session.expired", expired)
    return expired


def _read_expires_at(ctx: Context, params: Params) -> int:
    expires_at = params.integer("expires_at")
    if expires_at is None:
        return ctx.now + MAX_OPEN
    if expires_at < ctx.now + MIN_OPEN:
        bound = "at least 30 minutes from"
    elif expires_at > ctx.now + MAX_OPEN:
        bound = "less than 24 hours after"
    else:
        return expires_at
    message = f"The `expires_at` timestamp must be {bound} Checkout Session creation."
    raise invalid_request(message, param="expires_at")


def _web_url(url: str | None, *, param: str) -> str | None:
    """Refuse anything but an absolute web address: a link to it could run a script."""
    if url is not None and urlsplit(url).scheme not in {"http", "https"}:
        raise invalid_request(f"Not a valid URL: {param}", param=param, code="url_invalid")
    return url
