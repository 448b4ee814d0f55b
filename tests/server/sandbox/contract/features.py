"""Features: what a check needs, so that it skips providers that do not support it."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import Any, TypeVar

import pytest

T = TypeVar("T", bound=Callable[..., Any])


class Feature(StrEnum):
    """A feature that not every provider supports."""

    AMOUNTS = "amount_capturable and amount_received"
    CARD_FORM = "pages on which a program can enter a card"
    CONNECT = "transfers to connected accounts"
    CREATED_FILTER = "created filters"
    DECLINES = "declines of each named test card"
    DISPUTES = "disputes"
    ERROR_CODES = "error codes"
    EVENTS = "events of authorizations, cancellations and refunds"
    IDEMPOTENCY = "idempotency keys"
    KEY_MODES = "errors for keys of the wrong mode"
    LIFECYCLE = "errors for captures of canceled intents"
    ORDER = "newest first within one second"
    REFUND_LIMITS = "refunds limited to the captured amount"
    SAVED_CARDS = "the newer calls for saved cards"
    SESSIONS = "Checkout Sessions"
    SLOW_REFUNDS = "refunds that are pending or fail later"
    WEBHOOKS = "webhooks to loopback"


def needs(*features: Feature) -> Callable[[T], T]:
    """Run a check only against providers that support all of these features."""

    def mark(check: T) -> T:
        marked: T = pytest.mark.needs(*features)(check)
        return marked

    return mark
