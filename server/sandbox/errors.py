"""Errors: every error that the sandbox returns, with Stripe's own messages and codes."""

from __future__ import annotations

from typing import Any

from server.sandbox.models import Resource

DOC_URL = "https://docs.stripe.com/error-codes/"


class ApiError(Exception):
    """The request fails with an error response.

    With `final`, execution had begun: changes are kept, and the response is stored under the
    idempotency key. Otherwise nothing happened, and the same key may be used again.
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
        """Build the error; `details` are Stripe's fields, such as code and param."""
        super().__init__(message)
        self.status = status
        self.final = final
        self.error: dict[str, Any] = {"type": kind, "message": message}
        self.error |= {name: value for name, value in details.items() if value is not None}
        if "code" in self.error:
            self.error["doc_url"] = doc_url(self.error["code"])

    @property
    def body(self) -> dict[str, Any]:
        """The body of the response."""
        return {"error": self.error}


def doc_url(code: str) -> str:
    """Return the address of Stripe's page about an error code."""
    return DOC_URL + code.replace("_", "-")


def invalid_request(message: str, *, param: str | None = None, code: str | None = None) -> ApiError:
    """Return the error for an invalid parameter: nothing was executed."""
    return ApiError(message, param=param, code=code)


def resource_missing(kind: str, resource_id: str, *, param: str = "id") -> ApiError:
    """Return the error for an id that does not exist."""
    message = f"No such {kind}: '{resource_id}'"
    return ApiError(message, status=404, code="resource_missing", param=param)


def unexpected_state(message: str, intent: Resource) -> ApiError:
    """Return the error for an action that the status of an intent does not allow."""
    kind = intent.kind()
    details: dict[str, Any] = {kind: intent}
    return ApiError(message, final=True, code=f"{kind}_unexpected_state", **details)


def unknown_url(method: str, path: str) -> ApiError:
    """Return the error for an address that the sandbox does not have."""
    return ApiError(f"Unrecognized request URL ({method}: {path}).", status=404)


def invalid_api_key(key: str) -> ApiError:
    """Return the error for a missing key or one that is no test key; shows only its start."""
    shown = f"{key[:8]}{'*' * 8}" if key else "(none)"
    message = f"Invalid API Key provided: {shown}. The sandbox accepts keys that begin sk_test_."
    return ApiError(message, status=401)


def injected_error() -> ApiError:
    """Return the 500 of a gateway that fails while it executes a request."""
    message = "An unknown error occurred; it was injected into the sandbox."
    return ApiError(message, status=500, kind="api_error", final=True)


def rate_limited() -> ApiError:
    """Return the error for too many requests at once."""
    message = "Too many requests hit the API too quickly."
    return ApiError(message, status=429, code="rate_limit")
