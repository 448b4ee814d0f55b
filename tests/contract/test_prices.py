"""Prices: what the payment provider cannot charge is refused, naming the limit."""

from __future__ import annotations

from typing import Any

import pytest

from contract.money import DIGITS, Money, NotMoney
from contract.prices import NOT_CHARGED, highest, lowest, parse_price, refusal, step
from contract.problems import Invalid
from contract.tickets import CreateTicket, EditTicket
from contract.validation import convert, faults
from server.sandbox.amounts import check_amount
from server.sandbox.errors import ApiError
from server.stripe import RequestRefused, minor_units

CHARGED = sorted(DIGITS.keys() - NOT_CHARGED)


def at_provider(price: Money) -> None:
    """Check a price as the payment provider does: raise RequestRefused or ApiError."""
    check_amount(minor_units(price), price.currency.lower())


@pytest.mark.parametrize("currency", CHARGED)
def test_the_lowest_and_the_highest_price_can_be_charged(currency: str) -> None:
    for limit in (lowest(currency), highest(currency)):
        assert refusal(limit) == ""
        at_provider(limit)


@pytest.mark.parametrize("currency", CHARGED)
def test_what_is_refused_is_refused_by_the_provider_too(currency: str) -> None:
    unit = step(currency).amount
    beyond = [lowest(currency).amount - unit, highest(currency).amount + unit]
    too_fine = [highest(currency).amount - unit - n for n in {1, unit - 1} if 0 < n < unit]
    for amount in beyond + too_fine:
        price = Money(amount=amount, currency=currency)
        assert refusal(price)
        with pytest.raises((RequestRefused, ApiError)):
            at_provider(price)


@pytest.mark.parametrize("currency", sorted(NOT_CHARGED))
def test_a_currency_that_cards_cannot_be_charged_in_is_refused(currency: str) -> None:
    price = Money(amount=100_000, currency=currency)
    assert refusal(price).startswith(f"is in {currency}, which the payment provider does not")
    with pytest.raises(ApiError):
        at_provider(price)


@pytest.mark.parametrize(
    ("text", "currency", "message"),
    [
        ("0.10", "EUR", "must be at least EUR 0.50, the payment provider's minimum"),
        ("0", "EUR", "must be at least EUR 0.50, the payment provider's minimum"),
        ("49", "JPY", "must be at least JPY 50, the payment provider's minimum"),
        ("100.00", "HUF", "must be at least HUF 175.00, the payment provider's minimum"),
        ("0.29", "GBP", "must be at least GBP 0.30, the payment provider's minimum"),
        ("0", "TWD", "must be at least TWD 0.01, the payment provider's minimum"),
        ("1000000.00", "EUR", "must be at most EUR 999,999.99, the payment provider's maximum"),
        ("100000000", "JPY", "must be at most JPY 99,999,999, the payment provider's maximum"),
        ("1000000", "ISK", "must be at most ISK 999,999, the payment provider's maximum"),
        ("1000000", "UGX", "must be at most UGX 999,999, the payment provider's maximum"),
        ("100000", "KWD", "must be at most KWD 99,999.990, the payment provider's maximum"),
        ("1.001", "KWD", "must be a multiple of KWD 0.010: the payment provider charges nothing"),
        ("45.20", "MGA", "must be a multiple of MGA 1.00: the payment provider charges nothing"),
    ],
)
def test_the_refusal_names_the_limit_and_the_currency(
    text: str, currency: str, message: str
) -> None:
    with pytest.raises(NotMoney) as refused:
        parse_price(text, currency)
    assert str(refused.value).startswith(message)


@pytest.mark.parametrize(
    ("text", "currency"),
    [
        ("9999999999.99", "IDR"),
        ("175.50", "HUF"),
        ("800.45", "TWD"),
        ("1.010", "KWD"),
        ("5", "ISK"),
    ],
)
def test_a_price_within_the_limits_is_kept_as_it_is(text: str, currency: str) -> None:
    assert parse_price(text, currency).currency == currency


@pytest.mark.parametrize(
    ("price", "field"),
    [
        ({"amount": 10, "currency": "EUR"}, "price.amount"),
        ({"amount": 1001, "currency": "KWD"}, "price.amount"),
        ({"amount": 100_000_000, "currency": "EUR"}, "price.amount"),
        ({"amount": 4500, "currency": "KPW"}, "price.currency"),
    ],
)
@pytest.mark.parametrize("request_type", [CreateTicket, EditTicket])
def test_a_listing_and_an_edit_name_the_field_of_a_price_outside_the_limits(
    request_type: type[CreateTicket | EditTicket], price: dict[str, Any], field: str
) -> None:
    show = {
        "name": "Okapi", "category": "concert", "venue": "Hall", "city": "Lyon", "country": "FR",
        "starts_at": "2031-06-18T19:00:00+02:00",
    }  # fmt: skip
    body = {"price": price, **({"show": show} if request_type is CreateTicket else {})}
    with pytest.raises(Invalid) as refused:
        convert(body, request_type)
    assert [error.field for error in refused.value.errors] == [field]


def test_an_unknown_currency_is_reported_once() -> None:
    with pytest.raises(Invalid) as refused:
        convert({"price": {"amount": 1, "currency": "ABC"}}, EditTicket)
    assert [error.field for error in refused.value.errors] == ["price.currency"]
    assert faults(EditTicket()) == []
