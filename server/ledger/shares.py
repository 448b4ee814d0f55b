"""Shares: who bears money that goes back to a buyer."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from contract.ledger import Book


class Paid(msgspec.Struct, frozen=True, kw_only=True):
    """A payment's money so far, in minor units: what it was, and what of it is gone again.

    `gone` went back to the buyer at the expense of seller and house, `returned` is the house's
    part of that. `late` money was never theirs. `contested` is what banks hold of it.
    """

    price: int
    fee: int
    gone: int
    returned: int
    late: bool
    contested: int


def bear(paid: Paid, amount: int) -> Mapping[Book, int]:
    """Say who bears `amount` that goes to the buyer.

    Marketplace and seller bear it as they shared the price: of its fee the marketplace returns the
    part that corresponds to the part of the price that is gone, rounded down. It is counted from
    the beginning each time, so that parts never drift from the whole, and a price that is gone
    entirely takes exactly the fee with it. Besides `contract.terms.fee_of` this is the only place
    where money is rounded.

    What goes beyond the price the buyer has twice; that he owes.
    """
    if paid.late:
        return {Book.BUYER: amount}
    shared = min(amount, paid.price - paid.gone)
    fee = paid.fee * (paid.gone + shared) // paid.price - paid.returned
    return {Book.SELLER: shared - fee, Book.FEE: fee, Book.BUYER: amount - shared}
