"""Terms: the house's fee, told to sellers and buyers before they agree to anything."""

from __future__ import annotations

from client.formatting import marked, mode
from contract.money import Money
from contract.terms import Terms


def share(terms: Terms) -> str:
    """Write the fee as a share of the price: `5 %`, `2.5 %`."""
    whole, part = divmod(terms.fee_basis_points, 100)
    return f"{whole}.{part:02d}".rstrip("0").rstrip(".") + " %"


def for_seller(terms: Terms, price: Money) -> str:
    """Say what the house keeps of a price and what the seller gets."""
    fee = terms.fee(price)
    net = marked(Money(amount=price.amount - fee.amount, currency=price.currency), live=terms.live)
    kept = f"fee {share(terms)} {fee}" if terms.fee_basis_points else "no fee"
    return f"{price}: {kept}, you get {net}"


def for_sellers_file(terms: Terms) -> str:
    """Say the same for many prices at once."""
    kept = f"the house keeps {share(terms)}" if terms.fee_basis_points else "nothing is kept"
    return f"of each price {kept}, you get the rest; {mode(live=terms.live)} money"


def for_buyer(terms: Terms, price: Money) -> str:
    """Say that the price is all there is to pay, and how much of it the house keeps."""
    fee = f"the fee of {terms.fee(price)} ({share(terms)}) is part of it"
    kept = fee if terms.fee_basis_points else "there is no fee"
    return f"{marked(price, live=terms.live)} is all you pay; {kept}"
