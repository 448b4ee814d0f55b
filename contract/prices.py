"""Prices: which prices the payment provider can charge, by currency.

A price outside these limits would be listed and locked, and fail when the buyer pays. Source:
docs.stripe.com/currencies (presentment currencies, zero-decimal and three-decimal currencies,
special cases, minimum and maximum charge amounts).
"""

from __future__ import annotations

from functools import cache

from contract.money import Money, NotMoney, parse

#: Currencies whose minor unit at the provider differs from ISO 4217: how many more decimals it has.
MORE_DECIMALS = {"ISK": 2, "UGX": 2, "MGA": -2}
#: The provider counts three decimals of these, but the last must be 0.
ROUND_TO_TEN = frozenset({"BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"})
#: Currencies that cards cannot be charged in.
NOT_CHARGED = frozenset({
    "BTN", "CUP", "ERN", "GHS", "IQD", "IRR", "KPW", "LYD", "MRU", "SDG", "SSP", "STN", "SVC",
    "SYP", "TMT", "VES",
})  # fmt: skip
#: The minimum charge in our minor units. Others follow from the currency that is settled in.
MINIMUM = {
    "AED": 200, "AUD": 50, "BRL": 50, "CAD": 50, "CHF": 50, "CZK": 1500, "DKK": 250, "EUR": 50,
    "GBP": 30, "HKD": 400, "HUF": 17500, "INR": 50, "JPY": 50, "MXN": 1000, "MYR": 200, "NOK": 300,
    "NZD": 50, "PLN": 200, "RON": 200, "SEK": 300, "SGD": 50, "THB": 1000, "USD": 50,
}  # fmt: skip
#: The maximum charge in the provider's minor units: eight digits, and twelve for rupiah.
MAXIMUM = {"IDR": 999_999_999_999}
MAXIMUM_ELSEWHERE = 99_999_999


@cache
def step(currency: str) -> Money:
    """Return the smallest difference between two prices that can be charged."""
    amount = 10 if currency in ROUND_TO_TEN else 10 ** max(0, -MORE_DECIMALS.get(currency, 0))
    return Money(amount=amount, currency=currency)


@cache
def lowest(currency: str) -> Money:
    """Return the lowest price that can be charged."""
    return Money(amount=MINIMUM.get(currency, step(currency).amount), currency=currency)


@cache
def highest(currency: str) -> Money:
    """Return the highest price that can be charged."""
    at_provider = MAXIMUM.get(currency, MAXIMUM_ELSEWHERE)
    more = MORE_DECIMALS.get(currency, 0)
    amount = at_provider // 10**more if more >= 0 else at_provider * 10**-more
    return Money(amount=amount - amount % step(currency).amount, currency=currency)


def refusal(price: Money) -> str:
    """Return why a price cannot be charged, naming the limit; empty if it can."""
    currency = price.currency
    if currency in NOT_CHARGED:
        return f"is in {currency}, which the payment provider does not charge; use another currency"
    if price.amount < (least := lowest(currency)).amount:
        return f"must be at least {least}, the payment provider's minimum"
    if price.amount > (most := highest(currency)).amount:
        return f"must be at most {most}, the payment provider's maximum"
    if price.amount % (unit := step(currency)).amount:
        return f"must be a multiple of {unit}: the payment provider charges nothing finer"
    return ""


def parse_price(text: str, currency: str) -> Money:
    """Parse a price that can be charged. Raises NotMoney with the reason."""
    price = parse(text, currency)
    if why := refusal(price):
        raise NotMoney(why)
    return price
