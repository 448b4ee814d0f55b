"""Settings: read once at start from the environment and the command line, then frozen."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path

import msgspec

SECOND = 1_000_000
DAY = 24 * 3600 * SECOND
ALL_BASIS_POINTS = 10_000
LAST_PORT = 65535
SECRET_KEY_LENGTH = 32
_DURATION = re.compile(r"([0-9]+(?:\.[0-9]+)?)(ms|s|m|h|d)")
_UNITS = {"ms": 1_000, "s": SECOND, "m": 60 * SECOND, "h": 3600 * SECOND, "d": DAY}
_BOOLEANS = {"1": True, "true": True, "yes": True, "on": True,
             "0": False, "false": False, "no": False, "off": False}  # fmt: skip

DURATIONS = frozenset({
    "lock_for", "cool_down", "payment_poll", "payout_after", "report_for", "reconcile_every",
    "doors_before", "entry_after", "refund_for",
})  # fmt: skip


class WrongSetting(ValueError):
    """A setting is invalid; the message names it."""


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that an operator can configure. Durations are microseconds.

    `public_url` is the URL under which buyers reach the server, by default the address it listens
    on. Without `stripe_key` payments go to the sandbox, in which no money moves. `trust_proxy` is
    how many of your own proxies a request passes: the client's address is the one that the first of
    them has put into X-Forwarded-For, otherwise all clients behind a proxy would have the same
    address. `rate_limits` is in percent of the documented limits; 0 allows everything.
    `fee_basis_points` is the marketplace's share of each price in
    hundredths of a percent; `payout_after` is how long after the start of its show a sale is paid
    out, at the earliest when buyers can report no more; `report_for` is how long after the start
    they can. The gate of a show admits people from `doors_before` its start until `entry_after` it,
    unless other times were set for the show. `refund_for` is how long after its organiser has
    postponed a show buyers can return its tickets; 0 is not at all. `reconcile_every` is how often
    payments are compared with Stripe's. `secret_key` encrypts barcodes and the keys of shows;
    without it the server uses a key that it keeps in the database. It may be several keys with
    commas between: the first one encrypts, and the others still decrypt.
    """

    database: str = "sqlite:///ticketing.db"
    host: str = "127.0.0.1"
    port: int = 8765
    public_url: str = ""
    insecure: bool = False
    trust_proxy: int = 0
    rate_limits: int = 100
    tls_cert: str = ""
    tls_key: str = ""
    lock_for: int = 15 * 60 * SECOND
    max_open_orders: int = 4
    cool_down: int = 10 * 60 * SECOND
    max_declines: int = 3
    fee_basis_points: int = 0
    payout_after: int = 7 * DAY
    report_for: int = 2 * DAY
    doors_before: int = DAY
    entry_after: int = 7 * DAY
    refund_for: int = 14 * DAY
    stripe_key: str = ""
    stripe_webhook_secret: str = ""
    stripe_base: str = ""
    payment_poll: int = 3 * SECOND
    reconcile_every: int = 300 * SECOND
    sandbox_database: str = ""
    secret_key: str = ""
    log_level: str = "info"

    @property
    def secret_keys(self) -> tuple[str, ...]:
        """The keys of `secret_key`."""
        return tuple(filter(None, map(str.strip, self.secret_key.split(","))))

    @property
    def payout_delay(self) -> int:
        """How long after the start of its show a sale is paid out: not while buyers may report."""
        return max(self.payout_after, self.report_for)

    @property
    def sandbox(self) -> bool:
        """Whether payments go to the sandbox."""
        return not self.stripe_key

    @property
    def live(self) -> bool:
        """Whether real money moves."""
        return self.stripe_key.startswith(("sk_live_", "rk_live_"))


def duration(text: str) -> int:
    """Parse `90s`, `15m`, `1.5h`, `7d` or `250ms` into microseconds. Raises WrongSetting."""
    match = _DURATION.fullmatch(text.strip())
    if match is None:
        msg = f"{text!a} is not a duration; use a form such as 90s, 15m, 1h or 7d"
        raise WrongSetting(msg)
    return int(float(match[1]) * _UNITS[match[2]])


def load(given: Mapping[str, str], *, environment: Mapping[str, str] = os.environ) -> Settings:
    """Take each setting from `given` (the command line), from TICKETING_…, or its default.

    A setting may also be in a file that TICKETING_…_FILE names. Raises WrongSetting.
    """
    values: dict[str, object] = {}
    for field in msgspec.structs.fields(Settings):
        name = f"TICKETING_{field.name.upper()}"
        text = given.get(field.name) or environment.get(name) or _from_file(environment, name)
        if text:
            values[field.name] = _read(field.name, text, type(field.default))
    return check(msgspec.convert(values, Settings, strict=False))


def check(settings: Settings) -> Settings:
    """Refuse settings that contradict each other or would lose money. Raises WrongSetting."""
    if settings.lock_for < SECOND or settings.lock_for > 24 * 3600 * SECOND:
        msg = "lock_for must be between 1s and 24h"
        raise WrongSetting(msg)
    if settings.fee_basis_points > ALL_BASIS_POINTS:
        msg = f"fee_basis_points must be at most {ALL_BASIS_POINTS}, which is the whole price"
        raise WrongSetting(msg)
    if settings.reconcile_every < SECOND:
        msg = "reconcile_every must be at least 1s"
        raise WrongSetting(msg)
    if settings.port > LAST_PORT:
        msg = f"port must be between 0 and {LAST_PORT}, not {settings.port}"
        raise WrongSetting(msg)
    if settings.live and settings.stripe_base:
        msg = "a live Stripe key is only sent to Stripe itself; unset stripe_base"
        raise WrongSetting(msg)
    if bool(settings.tls_cert) != bool(settings.tls_key):
        msg = "tls_cert and tls_key must be set together or not at all"
        raise WrongSetting(msg)
    if any(len(key) < SECRET_KEY_LENGTH for key in settings.secret_keys):
        msg = f"secret_key must have at least {SECRET_KEY_LENGTH} characters"
        raise WrongSetting(msg)
    loopback = settings.host in ("127.0.0.1", "::1", "localhost")
    if not loopback and not settings.tls_cert and not settings.insecure:
        msg = (
            f"refusing to listen on {settings.host} without TLS: passwords would cross the network "
            "in the clear; set tls_cert and tls_key, or --insecure behind a proxy that adds TLS"
        )
        raise WrongSetting(msg)
    return settings


def _from_file(environment: Mapping[str, str], name: str) -> str:
    """Return what the file that `name`_FILE names holds. Raises WrongSetting, OSError."""
    path = environment.get(f"{name}_FILE")
    if not path:
        return ""
    try:
        text = Path(path).read_text(encoding="utf-8-sig").strip()
    except OSError as error:
        raise OSError(error.errno, f"{name}_FILE names {path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        msg = f"{name}_FILE names {path}, which is not a text file"
        raise WrongSetting(msg) from error
    if not text:  # an empty key would be a sandbox in place of the real provider
        msg = f"{name}_FILE names {path}, which is empty"
        raise WrongSetting(msg)
    return text


def _read(name: str, text: str, kind: type) -> object:
    if name in DURATIONS:
        return duration(text)
    if kind is bool:
        if text.lower() not in _BOOLEANS:
            msg = f"{name} must be 1 or 0, not {text!a}"
            raise WrongSetting(msg)
        return _BOOLEANS[text.lower()]
    if name == "trust_proxy" and text.lower() in _BOOLEANS:
        return int(_BOOLEANS[text.lower()])  # it was a yes or no before it was a number
    if kind is int and not re.fullmatch(r"[0-9]{1,9}", text):
        msg = f"{name} must be a whole number, not {text!a}"
        raise WrongSetting(msg)
    return text
