"""API: the addresses of the sandbox, and how a request is executed once per idempotency key."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import msgspec

from server.sandbox import (
    balance,
    charges,
    checkout_sessions,
    connect,
    customers,
    disputes,
    events,
    line_items,
    payment_intents,
    payment_methods,
    refunds,
    setup_intents,
)
from server.sandbox.context import Context
from server.sandbox.errors import ApiError, injected_error, invalid_request, unknown_url
from server.sandbox.faults import Fault
from server.sandbox.models import Charge, CheckoutSession, Data, Resource
from server.sandbox.params import Params, decode

Handler = Callable[..., Resource | Data]

#: Each `{id}` is an argument of the handler.
ROUTES: tuple[tuple[str, str, Handler], ...] = (
    ("POST", "/v1/checkout/sessions", checkout_sessions.create),
    ("GET", "/v1/checkout/sessions", checkout_sessions.list_all),
    ("GET", "/v1/checkout/sessions/{id}", checkout_sessions.retrieve),
    ("GET", "/v1/checkout/sessions/{id}/line_items", checkout_sessions.list_line_items),
    ("POST", "/v1/checkout/sessions/{id}/expire", checkout_sessions.expire),
    ("POST", "/v1/payment_intents", payment_intents.create),
    ("GET", "/v1/payment_intents", payment_intents.list_all),
    ("GET", "/v1/payment_intents/{id}", payment_intents.retrieve),
    ("POST", "/v1/payment_intents/{id}", payment_intents.update),
    ("POST", "/v1/payment_intents/{id}/confirm", payment_intents.confirm),
    ("POST", "/v1/payment_intents/{id}/capture", payment_intents.capture),
    ("POST", "/v1/payment_intents/{id}/cancel", payment_intents.cancel),
    ("POST", "/v1/setup_intents", setup_intents.create),
    ("GET", "/v1/setup_intents", setup_intents.list_all),
    ("GET", "/v1/setup_intents/{id}", setup_intents.retrieve),
    ("POST", "/v1/setup_intents/{id}/confirm", setup_intents.confirm),
    ("POST", "/v1/setup_intents/{id}/cancel", setup_intents.cancel),
    ("POST", "/v1/customers", customers.create),
    ("GET", "/v1/customers", customers.list_all),
    ("GET", "/v1/customers/{id}", customers.retrieve),
    ("POST", "/v1/customers/{id}", customers.update),
    ("DELETE", "/v1/customers/{id}", customers.delete),
    ("GET", "/v1/customers/{id}/payment_methods", payment_methods.list_of_customer),
    ("GET", "/v1/customers/{id}/payment_methods/{id}", payment_methods.retrieve_of_customer),
    ("GET", "/v1/payment_methods", payment_methods.list_all),
    ("GET", "/v1/payment_methods/{id}", payment_methods.retrieve),
    ("POST", "/v1/payment_methods/{id}/attach", payment_methods.attach),
    ("POST", "/v1/payment_methods/{id}/detach", payment_methods.detach),
    ("GET", "/v1/charges", charges.list_all),
    ("GET", "/v1/charges/{id}", charges.retrieve),
    ("POST", "/v1/refunds", refunds.create),
    ("GET", "/v1/refunds", refunds.list_all),
    ("GET", "/v1/refunds/{id}", refunds.retrieve),
    ("GET", "/v1/disputes", disputes.list_all),
    ("GET", "/v1/disputes/{id}", disputes.retrieve),
    ("POST", "/v1/disputes/{id}", disputes.update),
    ("POST", "/v1/disputes/{id}/close", disputes.close),
    ("POST", "/v1/accounts", connect.create_account),
    ("GET", "/v1/accounts", connect.list_accounts),
    ("GET", "/v1/accounts/{id}", connect.retrieve_account),
    ("POST", "/v1/transfers", connect.create_transfer),
    ("GET", "/v1/transfers", connect.list_transfers),
    ("GET", "/v1/transfers/{id}", connect.retrieve_transfer),
    ("POST", "/v1/transfers/{id}", connect.update_transfer),
    ("POST", "/v1/transfers/{id}/reversals", connect.create_reversal),
    ("GET", "/v1/transfers/{id}/reversals", connect.list_reversals),
    ("GET", "/v1/transfers/{id}/reversals/{id}", connect.retrieve_reversal),
    ("GET", "/v1/balance", balance.retrieve_balance),
    ("GET", "/v1/balance_transactions", balance.list_all),
    ("GET", "/v1/balance_transactions/{id}", balance.retrieve),
    ("GET", "/v1/events", events.list_all),
    ("GET", "/v1/events/{id}", events.retrieve),
)
_PATTERNS = tuple(
    (method, re.compile(path.replace("{id}", "([A-Za-z0-9_]{1,255})")), handler)
    for method, path, handler in ROUTES
)

#: Seconds for which a key is remembered. Stripe: "at least 24 hours"; a shop may rely on no more.
KEY_LIFETIME = 24 * 60 * 60
MAX_KEY_LENGTH = 255

DELETE_OLD_REPLIES = "DELETE FROM replies WHERE created < ?"
FIND_REPLY = "SELECT request, status, body, request_id FROM replies WHERE key = ?"
INSERT_REPLY = "INSERT INTO replies VALUES (?, ?, ?, ?, ?, ?)"


@dataclass(frozen=True, kw_only=True)
class SandboxRequest:
    """An API request; `form` is its urlencoded body, or its query for a GET."""

    method: str
    path: str
    form: str

    def __str__(self) -> str:
        """Return the same text for the same parameters in any order, as Stripe compares them."""
        return f"{self.method} {self.path} {'&'.join(sorted(self.form.split('&')))}"


@dataclass(frozen=True, kw_only=True)
class RecordedReply:
    """The response to a request, and the id of the request that was executed for it."""

    status: int
    body: bytes
    request_id: str


def execute_once(ctx: Context, request: SandboxRequest, fault: Fault) -> RecordedReply:
    """Return the response stored under the request's key, or execute the request.

    The key is refused for any other method, path or parameters. A response is stored unless the
    request was refused before its execution began. Keys older than a day are forgotten.
    """
    known = _find_reply(ctx, str(request))
    if known is not None:
        return known
    status, body = _respond(ctx, request, fault)
    if ctx.key is not None:
        values = (ctx.key, str(request), ctx.request_id, status, body, ctx.now)
        ctx.store.execute(INSERT_REPLY, *values)
    return RecordedReply(status=status, body=body, request_id=str(ctx.request_id))


def execute(ctx: Context, request: SandboxRequest) -> Data:
    """Execute one request and return the body of its response."""
    for method, pattern, handler in _PATTERNS:
        match = pattern.fullmatch(request.path)
        if method == request.method and match:
            params = Params(decode(request.form))
            expand = params.texts("expand")
            body = _to_data(handler(ctx, params, *match.groups()))
            params.reject_unknown()
            for path in expand:
                _expand(ctx, body, path.split("."), full_path=path)
            return body
    raise unknown_url(request.method, request.path)


def _respond(ctx: Context, request: SandboxRequest, fault: Fault) -> tuple[int, bytes]:
    """Execute a request. An error that is not final leaves, and rolls every change back."""
    try:
        if fault is Fault.BREAK_BEFORE:
            raise injected_error()
        body = execute(ctx, request)
        if fault is Fault.BREAK_AFTER:
            raise injected_error()
    except ApiError as error:
        if not error.final:
            raise
        return error.status, msgspec.json.encode(error.body)
    return 200, msgspec.json.encode(body)


def _find_reply(ctx: Context, request: str) -> RecordedReply | None:
    if ctx.key is None:
        return None
    if len(ctx.key) > MAX_KEY_LENGTH:
        raise invalid_request(f"Idempotency keys have at most {MAX_KEY_LENGTH} characters.")
    ctx.store.execute(DELETE_OLD_REPLIES, ctx.now - KEY_LIFETIME)
    for stored_request, status, body, request_id in ctx.store.execute(FIND_REPLY, ctx.key):
        if stored_request != request:
            raise _key_reused(ctx.key)
        return RecordedReply(status=status, body=body, request_id=request_id)
    return None


def _key_reused(key: str) -> ApiError:
    message = (
        "Keys for idempotent requests can only be used with the same parameters they were first "
        f"used with. Try using a key other than '{key}' if you meant to execute a different "
        "request."
    )
    return ApiError(message, kind="idempotency_error")


def _to_data(result: object) -> Data:
    """Return a result as plain data, which expanding may change."""
    data: Data = msgspec.to_builtins(result)
    return data


def _expand(ctx: Context, body: Data, names: list[str], *, full_path: str) -> None:
    """Replace an id by the whole object, as `expand[]=payment_intent` asks."""
    name, below = names[0], names[1:]
    if name == "data" and body.get("object") == "list":
        for item in body["data"]:
            _expand(ctx, item, below, full_path=full_path)
        return
    if name == "line_items" and body.get("object") == CheckoutSession.kind():
        body[name] = _to_data(line_items.list_of_session(ctx, body["id"]))
    elif name == "refunds" and body.get("object") == Charge.kind():
        body[name] = _to_data(refunds.list_of_charge(ctx, body["id"]))
    elif name not in body:
        raise _not_expandable(full_path)
    elif isinstance(body[name], str):
        body[name] = _load(ctx, body[name], full_path=full_path)
    if below and body[name] is not None:
        _expand(ctx, body[name], below, full_path=full_path)


def _load(ctx: Context, resource_id: str, *, full_path: str) -> dict[str, Any]:
    resource = ctx.store.get_raw(resource_id)
    if resource is None:
        raise _not_expandable(full_path)
    return resource


def _not_expandable(path: str) -> ApiError:
    return invalid_request(f"This property cannot be expanded ({path}).", param="expand")
