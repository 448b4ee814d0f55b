"""Prices: read what somebody typed as money, exactly, or say which option is wrong."""

from __future__ import annotations

from contract.money import Money, NotMoney, parse
from contract.problems import FieldError, Invalid


def read(text: str, currency: str, *, flag: str) -> Money:
    """Read a price such as `45.00`; raise Invalid naming the option it was given with."""
    try:
        return parse(text, currency)
    except NotMoney as error:
        raise Invalid(errors=(FieldError(field=flag, message=str(error)),)) from None
