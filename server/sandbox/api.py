"""Api: the addresses of the sandbox, and how a request becomes a call."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import msgspec

from server.sandbox import (
    accounts,
    balance,
    charges,
    customers,
    disputes,
    events,
    intents,
    line_items,
    payment_methods,
    refunds,
    reversals,
    sessions,
    setups,
    transfers,
)
from server.sandbox.checkout import Session
from server.sandbox.params import Params, decode
from server.sandbox.refusals import invalid, no_such_address
from server.sandbox.shapes import Charge, Data, Thing
from server.sandbox.turn import Turn

Call = Callable[..., Thing | Data]

#: `{id}` is handed to the call.
ADDRESSES: tuple[tuple[str, str, Call], ...] = (
    ("POST", "/v1/checkout/sessions", sessions.create),
    ("GET", "/v1/checkout/sessions", sessions.list_all),
    ("GET", "/v1/checkout/sessions/{id}", sessions.retrieve),
    ("GET", "/v1/checkout/sessions/{id}/line_items", line_items.list_all),
    ("POST", "/v1/checkout/sessions/{id}/expire", sessions.expire),
    ("POST", "/v1/payment_intents", intents.create),
    ("GET", "/v1/payment_intents", intents.list_all),
    ("GET", "/v1/payment_intents/{id}", intents.retrieve),
    ("POST", "/v1/payment_intents/{id}", intents.update),
    ("POST", "/v1/payment_intents/{id}/confirm", intents.confirm),
    ("POST", "/v1/payment_intents/{id}/capture", intents.capture),
    ("POST", "/v1/payment_intents/{id}/cancel", intents.cancel),
    ("POST", "/v1/setup_intents", setups.create),
    ("GET", "/v1/setup_intents", setups.list_all),
    ("GET", "/v1/setup_intents/{id}", setups.retrieve),
    ("POST", "/v1/setup_intents/{id}/confirm", setups.confirm),
    ("POST", "/v1/setup_intents/{id}/cancel", setups.cancel),
    ("POST", "/v1/customers", customers.create),
    ("GET", "/v1/customers", customers.list_all),
    ("GET", "/v1/customers/{id}", customers.retrieve),
    ("POST", "/v1/customers/{id}", customers.update),
    ("DELETE", "/v1/customers/{id}", customers.delete),
    ("GET", "/v1/customers/{id}/payment_methods", payment_methods.list_of),
    ("GET", "/v1/customers/{id}/payment_methods/{id}", payment_methods.retrieve_of),
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
    ("POST", "/v1/accounts", accounts.create),
    ("GET", "/v1/accounts", accounts.list_all),
    ("GET", "/v1/accounts/{id}", accounts.retrieve),
    ("POST", "/v1/transfers", transfers.create),
    ("GET", "/v1/transfers", transfers.list_all),
    ("GET", "/v1/transfers/{id}", transfers.retrieve),
    ("POST", "/v1/transfers/{id}", transfers.update),
    ("POST", "/v1/transfers/{id}/reversals", reversals.create),
    ("GET", "/v1/transfers/{id}/reversals", reversals.list_all),
    ("GET", "/v1/transfers/{id}/reversals/{id}", reversals.retrieve),
    ("GET", "/v1/balance", balance.show),
    ("GET", "/v1/balance_transactions", balance.list_all),
    ("GET", "/v1/balance_transactions/{id}", balance.retrieve),
    ("GET", "/v1/events", events.list_all),
    ("GET", "/v1/events/{id}", events.retrieve),
)
_PATTERNS = tuple(
    (method, re.compile(path.replace("{id}", "([A-Za-z0-9_]{1,255})")), call)
    for method, path, call in ADDRESSES
)


@dataclass(frozen=True, kw_only=True)
class Ask:
    """One request: `form` is its urlencoded body, or its query for a GET."""

    method: str
    path: str
    form: str

    def __str__(self) -> str:
        """Say the same for the same parameters in whatever order, as Stripe compares them."""
        return f"{self.method} {self.path} {'&'.join(sorted(self.form.split('&')))}"


def run(turn: Turn, ask: Ask) -> Data:
    """Carry one request out and return the body of its answer."""
    for takes, pattern, call in _PATTERNS:
        match = pattern.fullmatch(ask.path)
        if takes == ask.method and match:
            params = Params(decode(ask.form))
            wanted = params.texts("expand")
            body = plain(call(turn, params, *match.groups()))
            params.finish()
            for names in wanted:
                _expand(turn, body, names.split("."), asked=names)
            return body
    raise no_such_address(ask.method, ask.path)


def plain(answer: object) -> Data:
    """Return an answer as plain data, which expanding may change."""
    built: Data = msgspec.to_builtins(answer)
    return built


def _expand(turn: Turn, body: Data, names: list[str], *, asked: str) -> None:
    """Put the whole object in the place of its id, as `expand[]=payment_intent` asks."""
    name, below = names[0], names[1:]
    if name == "data" and body.get("object") == "list":
        for item in body["data"]:
            _expand(turn, item, below, asked=asked)
        return
    if name == "line_items" and body.get("object") == Session.kind():
        body[name] = plain(line_items.of(turn, body["id"]))
    elif name == "refunds" and body.get("object") == Charge.kind():
        body[name] = plain(refunds.of(turn, body["id"]))
    elif name not in body:
        raise invalid(f"This property cannot be expanded ({asked}).", param="expand")
    elif isinstance(body[name], str):
        body[name] = _whole(turn, body[name], asked=asked)
    if below and body[name] is not None:
        _expand(turn, body[name], below, asked=asked)


def _whole(turn: Turn, thing_id: str, *, asked: str) -> dict[str, Any]:
    whole = turn.store.plain(thing_id)
    if whole is None:
        raise invalid(f"This property cannot be expanded ({asked}).", param="expand")
    return whole
