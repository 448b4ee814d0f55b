"""Races: what happens to the same money at the same time is booked one after the other."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from contract.ledger import Book
from contract.payments import PaymentRefunded
from tests.server.ledger.till import Till
from tests.server.rows import one


def test_parts_that_go_back_at_the_same_time_return_exactly_the_fee(till: Till) -> None:
    till.fee(777)
    order = till.sell(1000)

    def send_back(number: int) -> None:
        till.refund_event(PaymentRefunded, order, 50, name=f"ref_{number}")

    with ThreadPoolExecutor(6) as threads:
        list(threads.map(send_back, range(20)))
    assert till.books(order) == {}
    assert till.column(order, "owed") == 0
    assert till.uneven() == []


def test_a_refund_that_meets_a_payout_is_in_it_or_a_debt(till: Till) -> None:
    orders = [till.sell(1000) for _ in range(6)]
    till.over()
    with ThreadPoolExecutor(6) as threads:
        runs = [threads.submit(till.release) for _ in range(2)]
        for number, order in enumerate(orders):
            threads.submit(till.refund_event, PaymentRefunded, order, 400, name=f"ref_{number}")
    till.release()
    paid = one(till.world, "SELECT coalesce(sum(amount), 0) FROM payouts")
    assert sum(len(run.result().payouts) for run in runs) >= 1
    assert paid + till.available() == 6 * 570
    for order in orders:
        assert till.column(order, "owed") == -till.books(order).get(Book.SELLER, 0)
    assert till.uneven() == []
