"""Terms: the marketplace's fee and deadlines, for everybody to see."""

from __future__ import annotations

from contract.base import Empty, Model
from contract.endpoint import Access, Endpoint
from contract.money import Money

#: A basis point is a hundredth of a percent: 500 of them are 5 %.
ALL_BASIS_POINTS = 10_000


class Terms(Model, frozen=True, kw_only=True):
    """The terms of the marketplace. The seller pays the fee: it is included in the price.

    `lock_seconds` is how long a buyer may take to pay for a locked ticket; `payout_after_seconds`
    is how long after the start of its show a sale is paid out. `live` is False for test money.
    """

    fee_basis_points: int
    lock_seconds: int
    payout_after_seconds: int
    live: bool

    def fee(self, price: Money) -> Money:
        """Return the marketplace's share of a price."""
        return fee_of(price, self.fee_basis_points)


def fee_of(price: Money, basis_points: int) -> Money:
    """Return the marketplace's share of a price, rounded down to a whole minor unit.

    This is the only place where a fee is rounded, in favour of the seller. An order keeps the fee
    that it was placed with.
    """
    return Money(amount=price.amount * basis_points // ALL_BASIS_POINTS, currency=price.currency)


VIEW_TERMS = Endpoint(
    method="GET", path="/v1/terms", request=Empty, response=Terms,
    summary="Show the fee, how long a lock lasts, and whether money is real.", access=Access.PUBLIC,
)  # fmt: skip
