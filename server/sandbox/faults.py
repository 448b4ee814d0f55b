"""Faults: network and gateway failures that can be injected into a request."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from server.sandbox.errors import ApiError, rate_limited


class Fault(StrEnum):
    """What goes wrong with one request."""

    NONE = "none"
    """Nothing."""
    LOSE_REQUEST = "lose_request"
    """The request never arrives: nothing is executed, and the client gets no response."""
    LOSE_REPLY = "lose_reply"
    """The request is executed, but the client gets no response."""
    BREAK_BEFORE = "break_before"
    """500, stored under the key: nothing is executed, and a replay returns the 500 again."""
    BREAK_AFTER = "break_after"
    """500, stored under the key, although the request was executed."""
    RATE_LIMIT = "rate_limit"
    """429: nothing is executed or stored, and the SDK does not retry by itself."""
    CONFLICT = "conflict"
    """409: another request with the same key is in progress; nothing is stored."""


#: Errors returned before the sandbox sees the request.
CANNED: Mapping[Fault, ApiError] = {
    Fault.RATE_LIMIT: rate_limited(),
    Fault.CONFLICT: ApiError(
        "There is currently another in-progress request using this Idempotency Key.",
        status=409,
        kind="idempotency_error",
        code="idempotency_key_in_use",
    ),
}
