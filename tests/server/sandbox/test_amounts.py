"""Amounts: Stripe's minor units, which are not always everybody's."""

from __future__ import annotations

import pytest

from contract.money import DIGITS
from server.sandbox.amounts import LARGEST, SMALLEST, refuse_bad, said
from server.sandbox.refusals import Refused


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [
        (4500, "eur", "EUR 45.00"),
        (4500, "jpy", "JPY 4,500"),
        (4500, "kwd", "KWD 4.500"),
        (4500, "isk", "ISK 45.00"),
        (4500, "ugx", "UGX 45.00"),
        (4500, "mga", "MGA 4,500"),
        (99_999_999, "usd", "USD 999,999.99"),
    ],
)
def test_an_amount_is_said_in_stripes_minor_units(amount: int, currency: str, text: str) -> None:
    assert said(amount, currency) == text


@pytest.mark.parametrize(("currency", "least"), SMALLEST.items())
def test_less_than_the_least_is_refused(currency: str, least: int) -> None:
    refuse_bad(least, currency)
    with pytest.raises(Refused) as raised:
        refuse_bad(least - 1, currency)
    assert raised.value.error["code"] == "amount_too_small"


def test_more_than_eight_digits_are_refused() -> None:
    refuse_bad(LARGEST, "eur")
    with pytest.raises(Refused) as raised:
        refuse_bad(LARGEST + 1, "eur")
    assert raised.value.error["code"] == "amount_too_large"


def test_three_decimals_end_in_a_zero() -> None:
    refuse_bad(1230, "kwd")
    with pytest.raises(Refused, match="last is 0"):
        refuse_bad(1234, "kwd")


@pytest.mark.parametrize("currency", ["xxx", "", "EUR", "€"])
def test_an_unknown_currency_is_refused(currency: str) -> None:
    with pytest.raises(Refused) as raised:
        refuse_bad(4500, currency)
    assert raised.value.error["param"] == "currency"


@pytest.mark.parametrize("currency", sorted(DIGITS))
def test_every_currency_of_the_shop_can_be_said(currency: str) -> None:
    assert said(1234560, currency.lower()).startswith(f"{currency} 1")
