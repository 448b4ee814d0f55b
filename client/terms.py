"""Terms: state the marketplace's fee to sellers and buyers before they agree to anything."""

from __future__ import annotations

from client.formatting import marked, mode
from contract.money import Money
from contract.terms import Terms


def percentage(terms: Terms) -> str:
    """Return the fee as a percentage of the price: `5 %`, `2.5 %`."""
    whole, part = divmod(terms.fee_basis_points, 100)
    return f"{whole}.{part:02d}".rstrip("0").rstrip(".") + " %"


def for_seller(terms: Terms, price: Money) -> str:
    """State the fee on a price and what the seller receives."""
    fee = terms.fee(price)
    net = marked(Money(amount=price.amount - fee.amount, currency=price.currency), live=terms.live)
    if not terms.fee_basis_points:
        return f"No fee: you receive the full price, {net}"
    return f"Price {price}, fee {fee} ({percentage(terms)}): you receive {net}"


def for_sellers_file(terms: Terms) -> str:
    """State the fee on every price of a file."""
    fee = (
        f"Fee: {percentage(terms)} of each price; you receive the rest"
        if terms.fee_basis_points
        else "No fee: you receive the full price"
    )
    return f"{fee} ({mode(live=terms.live)} money)"


def for_buyer(terms: Terms, price: Money) -> str:
    """State the total, and how much of it is the marketplace's fee."""
    total = f"Total {marked(price, live=terms.live)}"
    if not terms.fee_basis_points:
        return f"{total} (no fees)"
    return f"{total}, including a fee of {terms.fee(price)} ({percentage(terms)})"
