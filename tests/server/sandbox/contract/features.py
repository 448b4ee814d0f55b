"""Features: what a check asks of a provider, so that a provider without it is not asked."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import Any, TypeVar

import pytest

T = TypeVar("T", bound=Callable[..., Any])


class Feature(StrEnum):
    """What not every provider does; the value completes `does not do …`."""

    AGES = "created filters"
    AMOUNTS = "amount_capturable and amount_received"
    BOUNDS = "refunds that are bounded and held to what was captured"
    CODES = "error codes"
    CONNECT = "transfers to connected accounts"
    DECLINES = "declines of each named test card"
    DISPUTES = "disputes"
    DOORS = "keys of the wrong mode"
    FATES = "refunds that pend or fail later"
    HEARING = "webhooks to loopback"
    KEYS = "idempotency keys"
    LIFECYCLE = "refusals to capture what was cancelled"
    NAMES = "types that the SDK knows"
    ORDER = "newest first within one second"
    PAGES = "Checkout Sessions"
    PAST = "events of holds, cancellations and refunds"
    SAVING = "the newer calls for saved cards"
    TYPING = "pages on which a program may type a card"


def needs(*features: Feature) -> Callable[[T], T]:
    """Ask a check only of providers that do all of this."""

    def mark(check: T) -> T:
        marked: T = pytest.mark.needs(*features)(check)
        return marked

    return mark
