"""Refusals: every error the sandbox answers with, in Stripe's own words and codes."""

from __future__ import annotations

from typing import Any

from server.sandbox.shapes import Thing

DOCS = "https://docs.stripe.com/error-codes/"


class Refused(Exception):
    """The request is answered with an error.

    `final` says that execution had begun: what was written stays, and the answer is stored under
    the idempotency key. Otherwise nothing happened, and the same key may be used again.
    """

    def __init__(
        self,
        message: str,
        *,
        status: int = 400,
        kind: str = "invalid_request_error",
        final: bool = False,
        **details: object,
    ) -> None:
        """Say what is refused; `details` are Stripe's fields: code, param and so on."""
        super().__init__(message)
        self.status = status
        self.final = final
        self.error: dict[str, Any] = {"type": kind, "message": message}
        self.error |= {name: value for name, value in details.items() if value is not None}
        if "code" in self.error:
            self.error["doc_url"] = DOCS + self.error["code"].replace("_", "-")

    @property
    def body(self) -> dict[str, Any]:
        """The error as it goes over the wire."""
        return {"error": self.error}


def invalid(message: str, *, param: str | None = None, code: str | None = None) -> Refused:
    """Return the refusal of a parameter: nothing was executed."""
    return Refused(message, param=param, code=code)


def missing(kind: str, thing_id: str, *, param: str = "id") -> Refused:
    """Return the refusal of an id that names nothing."""
    message = f"No such {kind}: '{thing_id}'"
    return Refused(message, status=404, code="resource_missing", param=param)


def unexpected_state(message: str, intent: Thing) -> Refused:
    """Return the refusal of a step that the status of an intent, or a setup, does not allow."""
    kind = intent.kind()
    whole: dict[str, Any] = {kind: intent}
    return Refused(message, final=True, code=f"{kind}_unexpected_state", **whole)


def no_such_address(method: str, path: str) -> Refused:
    """Return the refusal of an address the sandbox does not have."""
    return Refused(f"Unrecognized request URL ({method}: {path}).", status=404)


def bad_key(key: str) -> Refused:
    """Return the refusal of a key: none, or not a test key. Only its shape is repeated."""
    shown = f"{key[:8]}{'*' * 8}" if key else "(none)"
    message = f"Invalid API Key provided: {shown}. The sandbox takes keys that begin sk_test_."
    return Refused(message, status=401)


def broken() -> Refused:
    """Return the answer of a gateway that broke while it worked."""
    message = "An unknown error occurred; it was injected into the sandbox."
    return Refused(message, status=500, kind="api_error", final=True)
