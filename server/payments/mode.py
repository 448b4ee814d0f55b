"""Mode: a database holds test money or live money, never both."""

from __future__ import annotations

from urllib.parse import urlsplit

from sqlalchemy import bindparam, select

from db.schema.payments import payments
from db.statement import Statement
from server.bus import Bus
from server.settings import Settings, WrongSetting

OF_THE_OTHER = Statement(
    select(payments.c.id).where(payments.c.live == bindparam("other_mode")).limit(1)
)


def refuse_other_mode(bus: Bus) -> None:
    """Refuse a database whose payments are of the mode our key is not for; raise WrongSetting."""
    settings = bus.settings
    other = int(not settings.live)
    if bus.read_now(lambda tx: tx.first(OF_THE_OTHER, other_mode=other)) is None:
        return
    held, right = ("live", "a live key") if other else ("test", "the sandbox or a test key")
    msg = (
        f"{_named(settings.database)} holds {held} payments, but {_key(settings)}; start it with "
        f"{right}, or with a database of its own (TICKETING_DATABASE)"
    )
    raise WrongSetting(msg)


def _key(settings: Settings) -> str:
    if settings.sandbox:
        return "there is no Stripe key, so this would be the sandbox"
    return f"the Stripe key is a {'live' if settings.live else 'test'} key"


def _named(url: str) -> str:
    """Return a database's address without the password that may stand in it."""
    parts = urlsplit(url)
    address = parts.hostname or ""
    return f"{parts.scheme}://{address}{parts.path}"
