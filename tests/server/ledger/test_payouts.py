"""Payouts: released sales are paid out once, minus debts from earlier ones."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from contract.auth import BAN_USER, Ban
from contract.base import PageQuery
from contract.ledger import (
    ADMIN_PAYOUTS,
    LIST_PAYOUTS,
    VIEW_PAYOUT,
    Book,
    PayoutCreated,
    PayoutMethod,
    PayoutNotFound,
    PayoutsQuery,
    PayoutStatus,
    PayoutUpdated,
)
from contract.payments import PaymentDisputed, PaymentDisputeWon, PaymentRefundDue, PaymentStatus
from server.ledger import payouts
from tests.server.ledger.harness import RELEASED, LedgerHarness
from tests.server.rows import one


def test_a_payout_covers_all_released_sales_of_a_seller(ledger: LedgerHarness) -> None:
    orders = [ledger.sell(1000), ledger.sell(2000)]
    ledger.over()
    payout = ledger.pay_out()
    assert (payout.amount.amount, payout.sales, payout.seller_id) == (
        2850,
        2,
        ledger.seller.user_id,
    )
    assert (payout.method, payout.status) == (PayoutMethod.FILE, PayoutStatus.PAID)
    assert payout.seller_email == "seller@example.org"
    statement = ledger.world.call(VIEW_PAYOUT, ledger.seller, payout_id=payout.id)
    assert {line.order_id: line.amount for line in statement.lines} == {
        orders[0].id: 950, orders[1].id: 1900,
    }  # fmt: skip
    assert ledger.books(orders[0]) == {Book.PLATFORM: 50, Book.FEE: -50}
    assert ledger.world.sound()


def test_nothing_is_paid_out_before_its_release(ledger: LedgerHarness) -> None:
    ledger.sell()
    ledger.world.pass_time(RELEASED - 1)
    assert ledger.release().payouts == ()
    ledger.world.pass_time(1)
    assert len(ledger.release().payouts) == 1


def test_no_sale_is_paid_out_twice(ledger: LedgerHarness) -> None:
    ledger.sell()
    ledger.over()
    ledger.pay_out()
    assert ledger.release().payouts == ()
    assert one(ledger.world, "SELECT count(*) FROM payouts") == 1


def test_concurrent_runs_pay_once(ledger: LedgerHarness) -> None:
    for _ in range(3):
        ledger.sell(1000)
    ledger.over()
    with ThreadPoolExecutor(4) as threads:
        runs = list(threads.map(lambda _: ledger.release(), range(4)))
    assert [payout.amount.amount for run in runs for payout in run.payouts] == [2850]
    assert ledger.world.sound()


def test_disputed_sales_and_those_being_refunded_are_left_for_a_later_run(
    ledger: LedgerHarness,
) -> None:
    disputed, refunding, free = ledger.sell(1000), ledger.sell(2000), ledger.sell(4000)
    ledger.over()
    ledger.dispute_event(PaymentDisputed, disputed, 1000)
    ledger.refund_event(PaymentRefundDue, refunding, 500, status=PaymentStatus.REFUND_DUE)
    assert ledger.pay_out().amount.amount == 3800
    ledger.dispute_event(PaymentDisputeWon, disputed, 1000)
    assert ledger.pay_out().amount.amount == 950
    assert ledger.column(free, "payout_id") != ledger.column(disputed, "payout_id")
    assert ledger.column(refunding, "payout_id") is None


def test_each_seller_and_currency_has_a_statement_of_its_own(ledger: LedgerHarness) -> None:
    another = ledger.world.user("another")
    ledger.sell(1000, "EUR")
    ledger.sell(1000, "JPY")
    ledger.sell(3000, "EUR", seller=another)
    ledger.over()
    found = {
        (p.seller_id, p.amount.currency): p.amount.amount for p in ledger.release().payouts
    }  # fmt: skip
    assert found == {
        (ledger.seller.user_id, "EUR"): 950, (ledger.seller.user_id, "JPY"): 950,
        (another.user_id, "EUR"): 2850,
    }  # fmt: skip
    assert ledger.uneven() == []


def test_a_refund_after_the_payout_is_deducted_from_the_next(ledger: LedgerHarness) -> None:
    refunded, kept, last = ledger.sell(1000), ledger.sell(1000), ledger.sell(4000)
    ledger.dispute_event(PaymentDisputed, last, 4000)
    ledger.over()
    first = ledger.pay_out()
    ledger.refund(refunded, 600)
    assert ledger.column(refunded, "owed") == ledger.available() == -570
    assert ledger.release().payouts == (), "a debt alone is no payout"
    ledger.dispute_event(PaymentDisputeWon, last, 4000)
    second = ledger.pay_out()
    assert (first.amount.amount, second.amount.amount, second.sales) == (1900, 3800 - 570, 2)
    lines = ledger.world.call(VIEW_PAYOUT, ledger.seller, payout_id=second.id).lines
    assert {line.order_id: line.amount for line in lines} == {refunded.id: -570, last.id: 3800}
    assert ledger.column(refunded, "payout_id") == ledger.column(kept, "payout_id") == first.id
    assert (ledger.column(refunded, "owed"), ledger.available()) == (0, 0)
    assert ledger.uneven() == []


def test_debts_as_large_as_the_sales_leave_nothing_to_pay_out(ledger: LedgerHarness) -> None:
    paid, last = ledger.sell(1000), ledger.sell(1000)
    ledger.dispute_event(PaymentDisputed, last, 1000)
    ledger.over()
    ledger.pay_out()
    ledger.refund(paid)
    ledger.dispute_event(PaymentDisputeWon, last, 1000)
    run = ledger.release()
    assert (run.payouts, run.more) == ((), False)
    assert ledger.available() == 0


def test_a_dry_run_shows_the_same_and_changes_nothing(ledger: LedgerHarness) -> None:
    ledger.sell(1000)
    ledger.over()
    imagined = ledger.release(dry_run=True)
    assert imagined.dry_run
    assert one(ledger.world, "SELECT count(*) FROM payouts") == 0
    assert ledger.available() == 950
    (real,) = ledger.release().payouts
    (published,) = imagined.payouts
    assert (published.amount, published.sales, published.method, published.seller_id) == (
        real.amount, real.sales, real.method, real.seller_id,
    )  # fmt: skip


@pytest.mark.parametrize(("most", "enough"), [(2, 1000), (100, 2)])
def test_a_long_run_ends_after_a_batch_and_says_that_there_is_more(
    ledger: LedgerHarness, monkeypatch: pytest.MonkeyPatch, most: int, enough: int
) -> None:
    monkeypatch.setattr(payouts, "MAX_PAYOUTS", most)
    monkeypatch.setattr(payouts, "MAX_SALES", enough)
    for n in range(3):
        ledger.sell(1000, seller=ledger.world.user(f"another{n}"))
    ledger.over()
    first = ledger.release()
    second = ledger.release()
    assert (len(first.payouts), first.more) == (2, True)
    assert (len(second.payouts), second.more) == (1, False)
    assert ledger.release().payouts == ()


def test_the_events_of_a_payout_are_for_its_seller_only(ledger: LedgerHarness) -> None:
    ledger.sell()
    ledger.over()
    payout = ledger.pay_out()
    created, updated = ledger.world.events(payout.id)
    assert isinstance(created, PayoutCreated)
    assert (created.version, created.status) == (1, PayoutStatus.PREPARED)
    assert isinstance(updated, PayoutUpdated)
    assert (updated.version, updated.status, updated.amount) == (
        2, PayoutStatus.PAID, payout.amount,
    )  # fmt: skip
    assert {created.audience, updated.audience} == {ledger.seller.user_id}


def test_sellers_list_their_payouts_and_operators_all_of_them(
    ledger: LedgerHarness,
) -> None:
    another = ledger.world.user("another")
    made = []
    for seller in (ledger.seller, another, ledger.seller):
        ledger.sell(seller=seller)
        ledger.over()
        made.append(ledger.pay_out())
    own = ledger.world.call(LIST_PAYOUTS, ledger.seller, PageQuery(limit=1))
    rest = ledger.world.call(LIST_PAYOUTS, ledger.seller, PageQuery(limit=1, cursor=own.next))
    assert (*own.items, *rest.items) == (made[2], made[0])
    assert rest.next is None
    everybodys = ledger.world.call(ADMIN_PAYOUTS, ledger.admin, PayoutsQuery())
    assert everybodys.items == tuple(made[::-1])


def test_another_sellers_payout_is_visible_to_operators_only(
    ledger: LedgerHarness,
) -> None:
    ledger.sell()
    ledger.over()
    payout = ledger.pay_out()
    assert ledger.world.call(VIEW_PAYOUT, ledger.admin, payout_id=payout.id).payout == payout
    for payout_id in (payout.id, "out_none"):
        with pytest.raises(PayoutNotFound):
            ledger.world.call(VIEW_PAYOUT, ledger.buyer, payout_id=payout_id)


def test_payouts_of_a_banned_seller_are_frozen_until_the_ban_is_lifted(
    ledger: LedgerHarness,
) -> None:
    ledger.sell(1000)
    ledger.over()
    ban = {"user_id": ledger.seller.user_id}
    ledger.world.call(BAN_USER, ledger.admin, Ban(), **ban)
    assert ledger.release().payouts == ()
    assert ledger.release(dry_run=True).payouts == ()
    ledger.world.call(BAN_USER, ledger.admin, Ban(banned=False), **ban)
    assert len(ledger.release().payouts) == 1
