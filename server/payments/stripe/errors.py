"""Errors: what the SDK raises, in the words we act on."""

from __future__ import annotations

import stripe


class Unsure(Exception):
    """Whether it happened is not known; ask again with the same key."""


class Stuck(Unsure):
    """Stripe has stored a failure under our key: the same key says nothing else for a day.

    Whether it happened only looking tells.
    """


class Refused(Exception):
    """Stripe refused; `code` and `param` say why. A declined card names its intent."""

    def __init__(
        self, code: str, param: str, message: str, *, intent_id: str | None = None
    ) -> None:
        """Keep what to branch on."""
        super().__init__(f"{code or 'invalid request'} ({param}): {message}")
        self.code = code
        self.param = param
        self.intent_id = intent_id


class Locked(Exception):
    """Stripe does not accept our key; nothing can be done until an operator sees to it."""


class Reused(Exception):
    """The same key with other parameters, which is a bug of ours. Never mint a new key for it."""


class translated:  # noqa: N801  reads as a sentence: with _translated(): …
    """Say the SDK's errors in our words."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        match error:
            case None:
                return
            case stripe.AuthenticationError() | stripe.PermissionError():
                raise Locked(str(error)) from error
            case stripe.IdempotencyError():
                raise Reused(str(error)) from error
            case stripe.CardError() | stripe.InvalidRequestError():
                code, param = str(error.code or ""), str(getattr(error, "param", "") or "")
                raise Refused(code, param, str(error), intent_id=_intent(error)) from error
            case stripe.StripeError():
                kind_of = Stuck if _is_replayed(error) else Unsure
                raise kind_of(f"{type(error).__name__}: {error}") from error


def _is_replayed(error: stripe.StripeError) -> bool:
    """Tell whether a server error is one that Stripe stored, and will repeat for a day.

    Source: docs.stripe.com/api/idempotent_requests. The SDK repeats a 5xx by itself, so what comes
    out of it is the replay.
    """
    failed = (error.http_status or 0) >= 500  # noqa: PLR2004  the class of status
    said = {name.lower(): value for name, value in (error.headers or {}).items()}
    return failed and said.get("idempotent-replayed") == "true"


def _intent(error: stripe.StripeError) -> str | None:
    """Return the id of the intent that an error is about."""
    said = {} if error.error is None else error.error.to_dict()
    intent = said.get("payment_intent")
    return None if intent is None else str(intent["id"])
