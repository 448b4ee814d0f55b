"""Units: our minor units and those Stripe counts in, which differ for some currencies."""

from __future__ import annotations

from contract.money import Money
from contract.prices import MORE_DECIMALS, ROUND_TO_TEN
from server.stripe.errors import RequestRefused


def minor_units(price: Money) -> int:
    """Return a price in the unit Stripe counts in.

    Raises RequestRefused instead of rounding. Source: docs.stripe.com/currencies (zero-decimal and
    three-decimal currencies, special cases).
    """
    more = MORE_DECIMALS.get(price.currency, 0)
    scale: int = 10 ** abs(more)
    amount, rest = (price.amount * scale, 0) if more >= 0 else divmod(price.amount, scale)
    if rest or (price.currency in ROUND_TO_TEN and amount % 10):
        raise RequestRefused(
            "invalid_amount", "unit_amount", f"{price} is finer than Stripe can charge"
        )
    return amount


def from_minor_units(amount: int, currency: str) -> Money:
    """Return an amount in Stripe's unit as our Money. Raises RequestRefused instead of rounding."""
    more = MORE_DECIMALS.get(currency, 0)
    scale: int = 10 ** abs(more)
    ours, rest = (amount * scale, 0) if more < 0 else divmod(amount, scale)
    if rest:
        raise RequestRefused(
            "invalid_amount", "amount", f"{amount} is no whole amount of {currency}"
        )
    return Money(amount=ours, currency=currency)
