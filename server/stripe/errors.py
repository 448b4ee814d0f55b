"""The errors of calls to Stripe: what the SDK raises, sorted by what can be done about it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import stripe as sdk


class OutcomeUnknown(Exception):
    """Stripe did not answer, so the call may have taken effect. Repeat it with the same key."""


class ReplayedError(OutcomeUnknown):
    """Stripe stored a server error under our key and repeats it for a day.

    Whether the call took effect has to be looked up.
    """


class RequestRefused(Exception):
    """Stripe refused the request; `code` and `param` say why. A declined card names its intent."""

    def __init__(
        self, code: str, param: str, message: str, *, intent_id: str | None = None
    ) -> None:
        """Keep the fields that callers branch on."""
        super().__init__(f"{code or 'invalid request'} ({param}): {message}")
        self.code = code
        self.param = param
        self.intent_id = intent_id


class AuthRejected(Exception):
    """Stripe does not accept our key, and will not until an operator changes something."""


class IdempotencyMismatch(Exception):
    """A key was sent again with other parameters: a bug of ours. Never retry with a new key."""


@contextmanager
def translated_errors() -> Iterator[None]:
    """Turn the SDK's exceptions into the ones of this module."""
    try:
        yield
    except sdk.StripeError as error:
        raise _translate(error) from error


def _translate(error: sdk.StripeError) -> Exception:
    match error:
        case sdk.AuthenticationError() | sdk.PermissionError():
            return AuthRejected(str(error))
        case sdk.IdempotencyError():
            return IdempotencyMismatch(str(error))
        case sdk.CardError() | sdk.InvalidRequestError():
            code, param = str(error.code or ""), str(getattr(error, "param", "") or "")
            return RequestRefused(code, param, str(error), intent_id=_intent(error))
    kind = ReplayedError if _is_replayed(error) else OutcomeUnknown
    return kind(f"{type(error).__name__}: {error}")


def _is_replayed(error: sdk.StripeError) -> bool:
    """Tell whether a server error is one that Stripe stored, and will repeat for a day.

    Source: docs.stripe.com/api/idempotent_requests. The SDK retries a 5xx by itself, so the error
    it finally raises is the replay.
    """
    failed = (error.http_status or 0) >= 500  # noqa: PLR2004  the class of status
    headers = {name.lower(): value for name, value in (error.headers or {}).items()}
    return failed and headers.get("idempotent-replayed") == "true"


def _intent(error: sdk.StripeError) -> str | None:
    """Return the id of the intent that an error is about."""
    body = {} if error.error is None else error.error.to_dict()
    intent = body.get("payment_intent")
    return None if intent is None else str(intent["id"])
