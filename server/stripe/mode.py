"""Test mode and live mode: neither a reply nor a database may mix test money with live money."""

from __future__ import annotations

from urllib.parse import urlsplit

from server.settings import Settings, WrongSetting
from server.stripe.errors import AuthRejected


def require_mode(name: str, *, live: bool, key_is_live: bool) -> None:
    """Raise AuthRejected for a Stripe object `name` of the mode that our key is not for."""
    if live != key_is_live:
        msg = f"{name} has livemode {live}, but our key has livemode {key_is_live}"
        raise AuthRejected(msg)


def mixed_modes(settings: Settings) -> WrongSetting:
    """Return the error for a database whose payments are of the mode our key is not for."""
    stored, fitting = ("test", "the sandbox or a test key") if settings.live else (
        "live", "a live key"
    )  # fmt: skip
    return WrongSetting(
        f"{_without_password(settings.database)} holds {stored} payments, but {_key(settings)}; "
        f"start the server with {fitting}, or with a database of its own (TICKETING_DATABASE)"
    )


def _key(settings: Settings) -> str:
    if settings.sandbox:
        return "no Stripe key is set, so payments would go to the sandbox"
    return f"the Stripe key is a {'live' if settings.live else 'test'} key"


def _without_password(url: str) -> str:
    """Return a database's address without the password it may contain."""
    parts = urlsplit(url)
    address = parts.hostname or ""
    return f"{parts.scheme}://{address}{parts.path}"
