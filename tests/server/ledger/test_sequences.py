"""Sequences: the books balance whatever happens, in whatever order."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contract.ledger import ADMIN_PAYOUTS, Book, PayoutsQuery, PayoutStatus
from contract.orders import Order
from contract.payments import (
    PaymentDisputed,
    PaymentDisputeLost,
    PaymentDisputeWon,
    PaymentRefunded,
    PaymentRefundFailed,
    PaymentRefundSettled,
)
from contract.terms import VIEW_TERMS
from tests.server.ledger.harness import LedgerHarness
from tests.server.rows import one

#: Currencies with 0, 2 and 3 decimals, in steps that Stripe accepts.
CURRENCIES = (("JPY", 1), ("EUR", 1), ("KWD", 10))
#: Refunded; failed after arriving; failed and settled; never arrived; disputes; payouts, which the
#: bank pays or returns.
STEPS = ("refund", "fail", "settle", "bounce", "win", "lose", "pay out", "confirm", "return")
PREPARED = """SELECT coalesce(sum(l.amount), 0) FROM ledger l JOIN payouts p ON p.id = l.payout_id
              WHERE l.order_id = :id AND l.kind = 'payout' AND l.book = 'seller'
                    AND p.status = 'prepared'"""
steps = st.tuples(st.sampled_from(STEPS), st.integers(1, 10**6))


@dataclass
class Expected:
    """What one order's money must be, computed without the ledger."""

    price: int
    fee: int
    gone: int = 0
    owed: int = 0
    names: list[str] = field(default_factory=list)

    def take(self, share: int) -> int:
        """Refund a part of what is left; return how much."""
        amount = min(share, self.price - self.gone)
        self.gone += amount
        return amount

    @property
    def fee_back(self) -> int:
        """The marketplace's part of what was refunded."""
        return self.fee * self.gone // self.price


def act(
    ledger: LedgerHarness, order: Order, expected: Expected, step: tuple[str, int], number: int
) -> None:
    """Take one step, and update what is expected."""
    what, share = step
    refund, dispute = f"ref_{number}", f"dp_{number}"
    if what == "pay out":
        ledger.release()
        return
    if what in {"confirm", "return"}:
        prepared = PayoutsQuery(status=PayoutStatus.PREPARED)
        for payout in ledger.world.call(ADMIN_PAYOUTS, ledger.admin, prepared).items:
            (ledger.confirm if what == "confirm" else ledger.fail)(payout)
        return
    if what == "win":
        amount = min(share, expected.price)
        ledger.dispute_event(PaymentDisputed, order, amount, dispute)
        ledger.dispute_event(PaymentDisputeWon, order, amount, dispute)
        return
    amount = expected.take(share)
    if not amount:
        return
    if what == "lose":
        ledger.dispute_event(PaymentDisputed, order, amount, dispute)
        ledger.dispute_event(PaymentDisputeLost, order, amount, dispute)
        return
    if what != "bounce":
        ledger.refund_event(PaymentRefunded, order, amount, name=refund)
    if what != "refund":
        ledger.refund_event(PaymentRefundFailed, order, amount, name=refund)
        expected.owed += amount
    if what == "settle":
        ledger.refund_event(PaymentRefundSettled, order, amount, name=refund)
        expected.owed -= amount


def check(ledger: LedgerHarness, order: Order, expected: Expected) -> None:
    """Compare the books with what is expected."""
    books: dict[Any, int] = ledger.books(order)
    net = expected.price - expected.fee - (expected.gone - expected.fee_back)
    paid_out = net - int(str(ledger.column(order, "owed")))
    assert books.get(Book.BUYER, 0) == -expected.owed
    assert books.get(Book.FEE, 0) == -(expected.fee - expected.fee_back)
    assert books.get(Book.SELLER, 0) == -(net - paid_out)
    assert books.get(Book.DISPUTE, 0) == 0
    back = expected.gone - expected.owed
    in_transit = int(one(ledger.world, PREPARED, id=order.id))
    assert books.get(Book.TRANSIT, 0) == -in_transit
    assert books.get(Book.PLATFORM, 0) == expected.price - back - (paid_out - in_transit)
    assert ledger.uneven() == []


@pytest.fixture
def counter() -> list[int]:
    """Return a counter that numbers refunds and disputes over all examples."""
    return [0]


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    priced=st.tuples(st.sampled_from(CURRENCIES), st.integers(50, 9 * 10**5)),
    basis_points=st.sampled_from([0, 1, 250, 333, 500, 9_999, 10_000]),
    story=st.lists(steps, max_size=10),
    ends_whole=st.booleans(),
)
def test_the_books_balance_after_any_sequence_and_no_seller_is_off_by_a_unit(  # noqa: PLR0913  what a story is made of
    ledger: LedgerHarness,
    counter: list[int],
    priced: tuple[tuple[str, int], int],
    basis_points: int,
    story: list[tuple[str, int]],
    *,
    ends_whole: bool,
) -> None:
    (currency, unit), number = priced
    ledger.fee(basis_points)
    order = ledger.sell(number * unit * 10, currency)
    shown = ledger.world.call(VIEW_TERMS, ledger.buyer).fee(order.price)
    assert order.fee == shown
    ledger.over()
    expected = Expected(order.price.amount, shown.amount)
    for step in story:
        counter[0] += 1
        act(ledger, order, expected, step, counter[0])
        check(ledger, order, expected)
    if ends_whole:
        counter[0] += 1
        act(ledger, order, expected, ("refund", order.price.amount), counter[0])
        check(ledger, order, expected)
        assert ledger.books(order).get(Book.FEE, 0) == 0, "the fee is back, to the unit"
    ledger.release()
    check(ledger, order, expected)
