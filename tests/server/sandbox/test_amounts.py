"""Amounts: Stripe's minor units, which are not always those of ISO 4217."""

from __future__ import annotations

import pytest

from contract.money import DIGITS
from server.sandbox.amounts import MAXIMUM, MINIMUM, check_amount, format_amount
from server.sandbox.errors import ApiError


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
def test_amounts_are_formatted_in_stripes_minor_units(
    amount: int, currency: str, text: str
) -> None:
    assert format_amount(amount, currency) == text


@pytest.mark.parametrize(("currency", "least"), MINIMUM.items())
def test_an_amount_below_the_minimum_is_refused(currency: str, least: int) -> None:
    check_amount(least, currency)
    with pytest.raises(ApiError) as raised:
        check_amount(least - 1, currency)
    assert raised.value.error["code"] == "amount_too_small"


def test_an_amount_of_more_than_eight_digits_is_refused() -> None:
    check_amount(MAXIMUM, "eur")
    with pytest.raises(ApiError) as raised:
        check_amount(MAXIMUM + 1, "eur")
    assert raised.value.error["code"] == "amount_too_large"


def test_rupiah_may_have_twelve_digits() -> None:
    check_amount(999_999_999_999, "idr")
    with pytest.raises(ApiError, match=r"no more than IDR 9,999,999,999\.99"):
        check_amount(1_000_000_000_000, "idr")


@pytest.mark.parametrize("currency", ["isk", "ugx"])
def test_fractions_of_a_currency_that_has_none_are_refused(currency: str) -> None:
    check_amount(1200, currency)
    with pytest.raises(ApiError, match="multiple of 100"):
        check_amount(1250, currency)


def test_the_last_of_three_decimals_must_be_zero() -> None:
    check_amount(1230, "kwd")
    with pytest.raises(ApiError, match="last must be 0"):
        check_amount(1234, "kwd")


@pytest.mark.parametrize("currency", ["xxx", "", "EUR", "€", "kpw"])
def test_an_unknown_currency_is_refused(currency: str) -> None:
    with pytest.raises(ApiError) as raised:
        check_amount(4500, currency)
    assert raised.value.error["param"] == "currency"


@pytest.mark.parametrize("currency", sorted(DIGITS))
def test_every_currency_of_the_marketplace_can_be_formatted(currency: str) -> None:
    assert format_amount(1234560, currency.lower()).startswith(f"{currency} 1")
