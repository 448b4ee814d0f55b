"""Races: concurrent events about the same money are booked one after the other."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from contract.ledger import Book
from contract.payments import PaymentRefunded
from tests.server.ledger.harness import LedgerHarness
from tests.server.rows import one


def test_concurrent_partial_refunds_return_exactly_the_fee(ledger: LedgerHarness) -> None:
    ledger.fee(777)
    order = ledger.sell(1000)

    def send_back(number: int) -> None:
        ledger.refund_event(PaymentRefunded, order, 50, name=f"ref_{number}")

    with ThreadPoolExecutor(6) as threads:
        list(threads.map(send_back, range(20)))
    assert ledger.books(order) == {}
    assert ledger.column(order, "owed") == 0
    assert ledger.uneven() == []


def test_a_refund_concurrent_with_a_payout_is_deducted_or_becomes_a_debt(
    ledger: LedgerHarness,
) -> None:
    orders = [ledger.sell(1000) for _ in range(6)]
    ledger.over()
    with ThreadPoolExecutor(6) as threads:
        runs = [threads.submit(ledger.release) for _ in range(2)]
        for number, order in enumerate(orders):
            threads.submit(ledger.refund_event, PaymentRefunded, order, 400, name=f"ref_{number}")
    ledger.release()
    paid = one(ledger.world, "SELECT coalesce(sum(amount), 0) FROM payouts")
    assert sum(len(run.result().payouts) for run in runs) >= 1
    assert paid + ledger.available() == 6 * 570
    for order in orders:
        assert ledger.column(order, "owed") == -ledger.books(order).get(Book.SELLER, 0)
    assert ledger.uneven() == []
