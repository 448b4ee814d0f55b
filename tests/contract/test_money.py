"""Money: parsed exactly, formatted for people, never rounded and never a float."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.money import DIGITS, LARGEST_AMOUNT, Money, NotMoney, decimal, parse

currencies = st.sampled_from(sorted(DIGITS))
amounts = st.integers(0, LARGEST_AMOUNT)


@given(amounts, currencies)
def test_a_formatted_amount_parses_to_the_same_amount(amount: int, currency: str) -> None:
    money = Money(amount=amount, currency=currency)
    assert parse(decimal(money), currency) == money


@given(amounts, st.sampled_from(["JPY", "EUR", "KWD"]))
def test_an_amount_is_formatted_with_the_digits_of_its_currency(amount: int, currency: str) -> None:
    _, dot, part = decimal(Money(amount=amount, currency=currency)).partition(".")
    assert (bool(dot), len(part)) == (DIGITS[currency] > 0, DIGITS[currency])


@given(amounts, currencies)
def test_grouping_only_adds_commas(amount: int, currency: str) -> None:
    money = Money(amount=amount, currency=currency)
    assert decimal(money, grouped=True).replace(",", "") == decimal(money)


@pytest.mark.parametrize(
    ("text", "currency", "amount"),
    [
        ("45.00", "EUR", 4500), ("45", "EUR", 4500), ("45.5", "EUR", 4550), ("0.01", "EUR", 1),
        ("19.99", "EUR", 1999), ("10.99", "EUR", 1099), (" 7 ", "USD", 700), ("0", "EUR", 0),
        ("4500", "JPY", 4500), ("1.234", "KWD", 1234), ("1.2", "KWD", 1200),
        ("10000000000", "EUR", LARGEST_AMOUNT), ("007", "EUR", 700),
    ],
)  # fmt: skip
def test_a_price_is_parsed_exactly(text: str, currency: str, amount: int) -> None:
    assert parse(text, currency) == Money(amount=amount, currency=currency)


@pytest.mark.parametrize(
    ("text", "currency", "why"),
    [
        ("", "EUR", "plain decimal"), ("-1", "EUR", "plain decimal"), ("1e3", "EUR", "plain"),
        ("NaN", "EUR", "plain"), ("inf", "EUR", "plain"), ("1,50", "EUR", "plain"),
        ("1 000", "EUR", "plain"), ("+1", "EUR", "plain"), (".5", "EUR", "plain"),
        ("1.", "EUR", "plain"), ("0x10", "EUR", "plain"), ("\uff11\uff12", "EUR", "plain"),
        ("12.345", "EUR", "at most 2"), ("10.50", "JPY", "no decimals"), ("1.2345", "KWD", "3"),
        ("9223372036854775808", "EUR", "plain"), ("10000000000.01", "EUR", "larger"),
        ("1", "XYZ", "not a known"), ("1", "eur", "not a known"), ("1", "", "not a known"),
        ("1\x1b[2J", "EUR", "plain"), ("1", "\x1b[2J", "not a known currency"),
    ],
)  # fmt: skip
def test_an_invalid_price_is_refused_with_the_reason(text: str, currency: str, why: str) -> None:
    with pytest.raises(NotMoney, match=why) as refused:
        parse(text, currency)
    assert str(refused.value).isprintable()


def test_money_is_formatted_for_people() -> None:
    assert str(Money(amount=123_456_789, currency="EUR")) == "EUR 1,234,567.89"
    assert str(Money(amount=4500, currency="JPY")) == "JPY 4,500"
    assert str(Money(amount=5, currency="KWD")) == "KWD 0.005"


def test_every_currency_has_a_number_of_digits() -> None:
    assert set(DIGITS.values()) == {0, 2, 3}
    assert all(code.isalpha() and code.isupper() and len(code) == 3 for code in DIGITS)
    assert len(DIGITS) > 150
