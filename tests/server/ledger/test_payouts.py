"""Payouts: released sales go out once, less the debts of earlier ones."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from contract.base import PageQuery
from contract.ledger import (
    ADMIN_PAYOUTS,
    LIST_PAYOUTS,
    VIEW_PAYOUT,
    Book,
    PayoutCreated,
    PayoutMethod,
    PayoutNotFound,
    PayoutStatus,
)
from contract.payments import PaymentDisputed, PaymentDisputeWon, PaymentRefundDue, PaymentStatus
from server.ledger import payouts
from tests.server.ledger.till import RELEASED, Till
from tests.server.rows import one


def test_a_payout_is_a_statement_of_all_released_sales_of_a_seller(till: Till) -> None:
    orders = [till.sell(1000), till.sell(2000)]
    till.over()
    payout = till.pay_out()
    assert (payout.amount.amount, payout.sales, payout.seller_id) == (2850, 2, till.seller.user_id)
    assert (payout.method, payout.status) == (PayoutMethod.FILE, PayoutStatus.SENT)
    assert payout.seller_email == "seller@example.org"
    statement = till.world.call(VIEW_PAYOUT, till.seller, payout_id=payout.id)
    assert {line.order_id: line.amount for line in statement.lines} == {
        orders[0].id: 950, orders[1].id: 1900,
    }  # fmt: skip
    assert till.books(orders[0]) == {Book.PLATFORM: 50, Book.FEE: -50}
    assert till.world.sound()


def test_before_its_time_nothing_is_paid_out(till: Till) -> None:
    till.sell()
    till.world.pass_time(RELEASED - 1)
    assert till.release().payouts == ()
    till.world.pass_time(1)
    assert len(till.release().payouts) == 1


def test_what_was_paid_out_is_not_paid_out_again(till: Till) -> None:
    till.sell()
    till.over()
    till.pay_out()
    assert till.release().payouts == ()
    assert one(till.world, "SELECT count(*) FROM payouts") == 1


def test_runs_at_the_same_time_pay_once(till: Till) -> None:
    for _ in range(3):
        till.sell(1000)
    till.over()
    with ThreadPoolExecutor(4) as threads:
        runs = list(threads.map(lambda _: till.release(), range(4)))
    assert [payout.amount.amount for run in runs for payout in run.payouts] == [2850]
    assert till.world.sound()


def test_disputed_sales_and_those_being_refunded_wait_for_the_next_run(till: Till) -> None:
    disputed, refunding, free = till.sell(1000), till.sell(2000), till.sell(4000)
    till.over()
    till.dispute_event(PaymentDisputed, disputed, 1000)
    till.refund_event(PaymentRefundDue, refunding, 500, status=PaymentStatus.REFUND_DUE)
    assert till.pay_out().amount.amount == 3800
    till.dispute_event(PaymentDisputeWon, disputed, 1000)
    assert till.pay_out().amount.amount == 950
    assert till.column(free, "payout_id") != till.column(disputed, "payout_id")
    assert till.column(refunding, "payout_id") is None


def test_each_seller_and_currency_has_a_statement_of_its_own(till: Till) -> None:
    another = till.world.user("another")
    till.sell(1000, "EUR")
    till.sell(1000, "JPY")
    till.sell(3000, "EUR", seller=another)
    till.over()
    found = {
        (p.seller_id, p.amount.currency): p.amount.amount for p in till.release().payouts
    }  # fmt: skip
    assert found == {
        (till.seller.user_id, "EUR"): 950, (till.seller.user_id, "JPY"): 950,
        (another.user_id, "EUR"): 2850,
    }  # fmt: skip
    assert till.uneven() == []


def test_a_refund_after_the_payout_is_taken_from_the_next(till: Till) -> None:
    refunded, kept, last = till.sell(1000), till.sell(1000), till.sell(4000)
    till.dispute_event(PaymentDisputed, last, 4000)
    till.over()
    first = till.pay_out()
    till.refund(refunded, 600)
    assert till.column(refunded, "owed") == till.available() == -570
    assert till.release().payouts == (), "a debt alone is no payout"
    till.dispute_event(PaymentDisputeWon, last, 4000)
    second = till.pay_out()
    assert (first.amount.amount, second.amount.amount, second.sales) == (1900, 3800 - 570, 2)
    lines = till.world.call(VIEW_PAYOUT, till.seller, payout_id=second.id).lines
    assert {line.order_id: line.amount for line in lines} == {refunded.id: -570, last.id: 3800}
    assert till.column(refunded, "payout_id") == till.column(kept, "payout_id") == first.id
    assert (till.column(refunded, "owed"), till.available()) == (0, 0)
    assert till.uneven() == []


def test_debts_as_large_as_the_sales_leave_nothing_to_pay(till: Till) -> None:
    paid, last = till.sell(1000), till.sell(1000)
    till.dispute_event(PaymentDisputed, last, 1000)
    till.over()
    till.pay_out()
    till.refund(paid)
    till.dispute_event(PaymentDisputeWon, last, 1000)
    run = till.release()
    assert (run.payouts, run.more) == ((), False)
    assert till.available() == 0


def test_a_dry_run_tells_the_same_and_changes_nothing(till: Till) -> None:
    till.sell(1000)
    till.over()
    imagined = till.release(dry_run=True)
    assert imagined.dry_run
    assert one(till.world, "SELECT count(*) FROM payouts") == 0
    assert till.available() == 950
    (real,) = till.release().payouts
    (told,) = imagined.payouts
    assert (told.amount, told.sales, told.method, told.seller_id) == (
        real.amount, real.sales, real.method, real.seller_id,
    )  # fmt: skip


@pytest.mark.parametrize(("most", "enough"), [(2, 1000), (100, 2)])
def test_a_long_run_is_done_in_batches_and_says_that_there_is_more(
    till: Till, monkeypatch: pytest.MonkeyPatch, most: int, enough: int
) -> None:
    monkeypatch.setattr(payouts, "MOST", most)
    monkeypatch.setattr(payouts, "ENOUGH", enough)
    for n in range(3):
        till.sell(1000, seller=till.world.user(f"another{n}"))
    till.over()
    first = till.release()
    second = till.release()
    assert (len(first.payouts), first.more) == (2, True)
    assert (len(second.payouts), second.more) == (1, False)
    assert till.release().payouts == ()


def test_a_payout_is_told_to_its_seller_alone(till: Till) -> None:
    till.sell()
    till.over()
    payout = till.pay_out()
    (event,) = till.world.events(payout.id)
    assert isinstance(event, PayoutCreated)
    assert (event.version, event.status, event.amount) == (1, PayoutStatus.SENT, payout.amount)
    assert event.audience == till.seller.user_id


def test_payouts_are_listed_newest_first_to_their_seller_and_all_to_operators(till: Till) -> None:
    another = till.world.user("another")
    made = []
    for seller in (till.seller, another, till.seller):
        till.sell(seller=seller)
        till.over()
        made.append(till.pay_out())
    own = till.world.call(LIST_PAYOUTS, till.seller, PageQuery(limit=1))
    rest = till.world.call(LIST_PAYOUTS, till.seller, PageQuery(limit=1, cursor=own.next))
    assert (*own.items, *rest.items) == (made[2], made[0])
    assert rest.next is None
    everybodys = till.world.call(ADMIN_PAYOUTS, till.admin, PageQuery())
    assert everybodys.items == tuple(made[::-1])


def test_somebody_elses_payout_can_be_told_from_none_by_operators_alone(till: Till) -> None:
    till.sell()
    till.over()
    payout = till.pay_out()
    assert till.world.call(VIEW_PAYOUT, till.admin, payout_id=payout.id).payout == payout
    for payout_id in (payout.id, "out_none"):
        with pytest.raises(PayoutNotFound):
            till.world.call(VIEW_PAYOUT, till.buyer, payout_id=payout_id)
