"""Declines: a bank's no, as it stays on an intent and as it is answered."""

from __future__ import annotations

import msgspec

from server.sandbox.cards import Decline
from server.sandbox.refusals import DOCS, Refused
from server.sandbox.shapes import Charge, Data, PaymentMethod, Thing


def error(decline: Decline, method: PaymentMethod, *, charge: Charge | None = None) -> Data:
    """Return what an intent remembers as its last error; `charge` is the one that failed."""
    said: Data = {
        "type": "card_error",
        "code": decline.code,
        "message": decline.message,
        "doc_url": DOCS + decline.code.replace("_", "-"),
        "payment_method": msgspec.to_builtins(method),
    }
    if decline.decline_code is not None:
        said["decline_code"] = decline.decline_code
    if charge is not None:
        said["charge"] = charge.id
    return said


def refused(said: Data, intent: Thing | None = None) -> Refused:
    """Return the answer to the call that tried the card: a 402 with the whole intent in it."""
    details = {name: said.get(name) for name in ("code", "decline_code", "charge")}
    if intent is not None:
        details[intent.kind()] = intent
    return Refused(
        said["message"],
        status=402,
        kind="card_error",
        final=True,
        payment_method=said["payment_method"],
        **details,
    )
