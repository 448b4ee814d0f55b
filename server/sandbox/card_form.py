"""Card form: the card that a buyer enters on the hosted page.

Nothing here may store, log or repeat a number: a real card entered by mistake must go nowhere.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from server.sandbox.cards import BY_NUMBER, SandboxCard, passes_luhn

_NUMBER = re.compile(r"[0-9]{12,19}")
_EXPIRY = re.compile(r"(0[1-9]|1[0-2]) ?/? ?(?:20)?([0-9]{2})")


@dataclass(frozen=True, kw_only=True)
class EnteredCard:
    """A test card, and the month and year of expiry that were entered."""

    card: SandboxCard
    expires: tuple[int, int]


class InvalidCardField(ValueError):
    """A field of the form is invalid; the message is for the person who filled it in."""

    def __init__(self, field: str, message: str) -> None:
        """Name the field and what is wrong with it."""
        super().__init__(message)
        self.field = field
        self.message = message


def read(form: Mapping[str, str], *, now: int) -> EnteredCard:
    """Read `card_number`, `exp` (MM/YY) and `cvc`; `now` is in seconds since the epoch."""
    card = _card(form.get("card_number", ""))
    expires = _expiry(form.get("exp", ""), now=now)
    digits = 4 if card.brand == "amex" else 3
    if not re.fullmatch(f"[0-9]{{{digits}}}", form.get("cvc", "").strip()):
        raise InvalidCardField("cvc", f"The security code has {digits} digits.")
    return EnteredCard(card=card, expires=expires)


def _card(text: str) -> SandboxCard:
    number = re.sub(r"[ -]", "", text)
    if not _NUMBER.fullmatch(number) or not passes_luhn(number):
        raise InvalidCardField("card_number", "Your card number is incorrect.")
    if number not in BY_NUMBER:
        raise InvalidCardField(
            "card_number",
            "This is a sandbox: only the listed test cards work here, never a real card. The "
            "number you typed was not stored.",
        )
    return BY_NUMBER[number]


def _expiry(text: str, *, now: int) -> tuple[int, int]:
    match = _EXPIRY.fullmatch(text.strip())
    if match is None:
        raise InvalidCardField("exp", "Enter the expiry date as MM/YY.")
    month, year = int(match[1]), 2000 + int(match[2])
    today = datetime.fromtimestamp(now, UTC)
    if (year, month) < (today.year, today.month):
        raise InvalidCardField("exp", "Your card's expiration date is in the past.")
    return month, year
