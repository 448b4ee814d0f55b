"""Faults: what a network or a gateway does at the worst moment, on request."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from server.sandbox.refusals import Refused


class Fault(StrEnum):
    """What goes wrong with one request."""

    NONE = "none"
    """Nothing."""
    LOSE_REQUEST = "lose_request"
    """It never arrives: nothing happened, and the principal hears nothing."""
    LOSE_REPLY = "lose_reply"
    """It is carried out, and the principal hears nothing."""
    BREAK_BEFORE = "break_before"
    """500, stored under the key: nothing happened, and a replay says 500 again."""
    BREAK_AFTER = "break_after"
    """500, stored under the key, although it was carried out."""
    RATE_LIMIT = "rate_limit"
    """429: nothing happened, nothing is stored, and the SDK does not try again by itself."""
    CONFLICT = "conflict"
    """409: another request with the same key is under way; nothing is stored."""


#: What is answered before the sandbox hears of the request.
CANNED: Mapping[Fault, Refused] = {
    Fault.RATE_LIMIT: Refused(
        "Too many requests hit the API too quickly.", status=429, code="rate_limit"
    ),
    Fault.CONFLICT: Refused(
        "There is currently another in-progress request using this Idempotency Key.",
        status=409,
        kind="idempotency_error",
        code="idempotency_key_in_use",
    ),
}
