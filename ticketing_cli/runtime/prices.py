"""Prices: parse an amount that was typed, exactly, or name the option that is wrong."""

from __future__ import annotations

from collections.abc import Callable

from contract.money import Money, NotMoney, parse
from contract.problems import FieldError, Invalid


def read(
    text: str, currency: str, *, flag: str, parser: Callable[[str, str], Money] = parse
) -> Money:
    """Parse an amount such as `45.00`; raise Invalid naming its option.

    `parser` is `parse` for any amount, or `parse_price` for one that must be payable.
    """
    try:
        return parser(text, currency)
    except NotMoney as error:
        raise Invalid(errors=(FieldError(field=flag, message=str(error)),)) from None
