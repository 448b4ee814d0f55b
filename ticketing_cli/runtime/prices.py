"""Prices: parse a price that was typed, exactly, or name the option that is wrong."""

from __future__ import annotations

from contract.money import Money, NotMoney, parse
from contract.problems import FieldError, Invalid


def read(text: str, currency: str, *, flag: str) -> Money:
    """Parse a price such as `45.00`; raise Invalid naming its option."""
    try:
        return parse(text, currency)
    except NotMoney as error:
        raise Invalid(errors=(FieldError(field=flag, message=str(error)),)) from None
