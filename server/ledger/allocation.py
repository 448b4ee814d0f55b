"""Allocation: who bears money that goes back to a buyer."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from contract.ledger import Book


class PaymentTotals(msgspec.Struct, frozen=True, kw_only=True):
    """One payment's money so far, in minor units.

    `refunded` went back to the buyer at the expense of seller and marketplace; `fee_refunded` is
    the marketplace's part of it. A `late` payment never belonged to either. `disputed` is what
    banks hold of it.
    """

    price: int
    fee: int
    refunded: int
    fee_refunded: int
    late: bool
    disputed: int


def allocate_refund(totals: PaymentTotals, amount: int) -> Mapping[Book, int]:
    """Return how much each book bears of `amount` that goes to the buyer.

    Seller and marketplace bear it as they shared the price: the marketplace returns the part of its
    fee that corresponds to the refunded part of the price, rounded down. It is calculated over all
    refunds each time, so that partial refunds never drift from the whole, and a full refund returns
    exactly the fee. Only here and in `contract.terms.fee_of` is money rounded.

    The buyer holds twice whatever exceeds the price, and owes it.
    """
    if totals.late:
        return {Book.BUYER: amount}
    shared = min(amount, totals.price - totals.refunded)
    fee = totals.fee * (totals.refunded + shared) // totals.price - totals.fee_refunded
    return {Book.SELLER: shared - fee, Book.FEE: fee, Book.BUYER: amount - shared}
