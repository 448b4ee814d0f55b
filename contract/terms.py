"""Terms: what the house asks for, told before anybody agrees to anything."""

from __future__ import annotations

from contract.base import Empty, Model
from contract.endpoint import Access, Endpoint
from contract.money import Money

#: A basis point is a hundredth of a percent: 500 of them are 5 %.
WHOLE = 10_000


class Terms(Model, frozen=True, kw_only=True):
    """The house's terms. The fee is the seller's: the buyer pays the price and nothing on top.

    `lock_seconds` is how long a locked ticket may be paid; `payout_after_seconds` how long after
    its show begins a sale is paid out. `live` is False for test money.
    """

    fee_basis_points: int
    lock_seconds: int
    payout_after_seconds: int
    live: bool

    def fee(self, price: Money) -> Money:
        """Return what the house keeps of a price."""
        return fee_of(price, self.fee_basis_points)


def fee_of(price: Money, basis_points: int) -> Money:
    """Return the house's share of a price, rounded down to a whole minor unit.

    The only place where a fee is rounded: what is left of a unit is the seller's. An order keeps
    the fee it was placed with.
    """
    return Money(amount=price.amount * basis_points // WHOLE, currency=price.currency)


VIEW_TERMS = Endpoint(
    method="GET", path="/v1/terms", request=Empty, response=Terms,
    summary="Show the fee, how long a lock lasts, and whether money is real.", access=Access.PUBLIC,
)  # fmt: skip
