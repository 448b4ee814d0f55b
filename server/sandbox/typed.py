"""Typed: what somebody typed into the card form, read and forgotten.

Nothing here may store, log or repeat a number: whoever types a real card by mistake must be able to
trust that it went nowhere.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from server.sandbox.cards import BY_NUMBER, Card, luhn

_NUMBER = re.compile(r"[0-9]{12,19}")
_EXPIRY = re.compile(r"(0[1-9]|1[0-2]) ?/? ?(?:20)?([0-9]{2})")


@dataclass(frozen=True, kw_only=True)
class Typed:
    """A test card, and the month and year it was said to expire."""

    card: Card
    expires: tuple[int, int]


class Mistyped(ValueError):
    """A field of the form is wrong; the message is for whoever typed it."""

    def __init__(self, field: str, message: str) -> None:
        """Say what is wrong with which field."""
        super().__init__(message)
        self.field = field
        self.message = message


def read(form: Mapping[str, str], *, now: int) -> Typed:
    """Read `card_number`, `exp` (MM/YY) and `cvc`; `now` in seconds decides what is past."""
    card = _card(form.get("card_number", ""))
    expires = _expiry(form.get("exp", ""), now=now)
    digits = 4 if card.brand == "amex" else 3
    if not re.fullmatch(f"[0-9]{{{digits}}}", form.get("cvc", "").strip()):
        raise Mistyped("cvc", f"The security code has {digits} digits.")
    return Typed(card=card, expires=expires)


def _card(text: str) -> Card:
    number = re.sub(r"[ -]", "", text)
    if not _NUMBER.fullmatch(number) or not luhn(number):
        raise Mistyped("card_number", "Your card number is incorrect.")
    if number not in BY_NUMBER:
        raise Mistyped(
            "card_number",
            "This is a sandbox: only the listed test cards work here, never a real one. What you "
            "typed was not kept.",
        )
    return BY_NUMBER[number]


def _expiry(text: str, *, now: int) -> tuple[int, int]:
    match = _EXPIRY.fullmatch(text.strip())
    if match is None:
        raise Mistyped("exp", "Write the expiry date as MM/YY.")
    month, year = int(match[1]), 2000 + int(match[2])
    today = datetime.fromtimestamp(now, UTC)
    if (year, month) < (today.year, today.month):
        raise Mistyped("exp", "Your card's expiration date is in the past.")
    return month, year
