"""Allocation: partial refunds never drift from the whole, whatever the price and fee."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from contract.ledger import Book
from contract.money import LARGEST_AMOUNT, Money
from contract.terms import Terms, fee_of
from server.ledger.allocation import PaymentTotals, allocate_refund

prices = st.integers(1, LARGEST_AMOUNT)
points = st.integers(0, 10_000)


def paid(
    price: int, fee: int, *, refunded: int = 0, fee_refunded: int = 0, late: bool = False
) -> PaymentTotals:
    return PaymentTotals(
        price=price, fee=fee, refunded=refunded, fee_refunded=fee_refunded, late=late, disputed=0
    )


def parts(price: int, cuts: list[int]) -> list[int]:
    """Cut a price into parts that add up to it."""
    edges = [0, *sorted({cut % price for cut in cuts} - {0}), price]
    return [upper - lower for lower, upper in pairwise(edges)]


@given(price=prices, basis_points=points)
def test_the_fee_shown_is_the_fee_taken_and_the_seller_gets_the_rest(
    price: int, basis_points: int
) -> None:
    money = Money(amount=price, currency="EUR")
    terms = Terms(
        fee_basis_points=basis_points, lock_seconds=900, payout_after_seconds=1, live=False
    )
    fee = fee_of(money, basis_points)
    assert terms.fee(money) == fee
    assert 0 <= price * basis_points - fee.amount * 10_000 < 10_000
    assert allocate_refund(paid(price, fee.amount), price) == {
        Book.SELLER: price - fee.amount, Book.FEE: fee.amount, Book.BUYER: 0,
    }  # fmt: skip


@given(price=prices, basis_points=points, cuts=st.lists(st.integers(0, LARGEST_AMOUNT), max_size=8))
def test_partial_refunds_return_exactly_the_fee_and_never_round_by_a_unit_or_more(
    price: int, basis_points: int, cuts: list[int]
) -> None:
    fee = price * basis_points // 10_000
    gone = returned = 0
    for part in parts(price, cuts):
        share = allocate_refund(paid(price, fee, refunded=gone, fee_refunded=returned), part)
        assert sum(share.values()) == part
        assert min(share.values()) >= 0
        gone, returned = gone + part, returned + share[Book.FEE]
        assert 0 <= fee * gone - returned * price < price, (
            "less than one unit, to the seller's loss"
        )
    assert (gone, returned) == (price, fee)


@given(
    price=prices, basis_points=points, gone=st.integers(0, LARGEST_AMOUNT), amount=prices
)  # fmt: skip
def test_a_refund_beyond_the_price_is_owed_by_the_buyer(
    price: int, basis_points: int, gone: int, amount: int
) -> None:
    fee = price * basis_points // 10_000
    gone %= price + 1
    share = allocate_refund(
        paid(price, fee, refunded=gone, fee_refunded=fee * gone // price), amount
    )
    assert share[Book.BUYER] == max(0, gone + amount - price)
    assert sum(share.values()) == amount


def test_late_money_belongs_to_the_buyer() -> None:
    assert allocate_refund(paid(100, 5, late=True), 100) == {Book.BUYER: 100}
