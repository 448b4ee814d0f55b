"""The ledger's lines, as an operator lists them."""

from __future__ import annotations

import pytest

from contract.endpoint import Access
from contract.ledger import (
    ADMIN_LEDGER,
    ADMIN_PAYOUTS,
    CONFIRM_PAYOUT,
    FAIL_PAYOUT,
    LIST_SALES,
    RELEASE_PAYOUTS,
    SET_PAYOUT_ACCOUNT,
    Book,
    EntryKind,
    LedgerEntry,
    LedgerQuery,
)
from contract.problems import Invalid
from tests.server.ledger.harness import LedgerHarness


def entries(ledger: LedgerHarness, query: LedgerQuery) -> list[LedgerEntry]:
    """Return every line of a query, page by page."""
    found: list[LedgerEntry] = []
    while True:
        page = ledger.world.call(ADMIN_LEDGER, ledger.admin, query)
        found += page.items
        if page.next is None:
            return found
        query = LedgerQuery(
            limit=query.limit, cursor=page.next, order_id=query.order_id, user_id=query.user_id,
            book=query.book,
        )  # fmt: skip


def test_a_line_shows_kind_book_user_and_amount(ledger: LedgerHarness) -> None:
    order = ledger.sell(4500)
    found = entries(ledger, LedgerQuery())
    assert {entry.posting for entry in found} == {f"capture:{ledger.payment(order)}"}
    assert {(e.kind, e.book, e.user_id, e.amount, e.currency, e.order_id) for e in found} == {
        (EntryKind.CAPTURE, Book.PLATFORM, None, 4500, "EUR", order.id),
        (EntryKind.CAPTURE, Book.SELLER, ledger.seller.user_id, -4275, "EUR", order.id),
        (EntryKind.CAPTURE, Book.FEE, None, -225, "EUR", order.id),
    }
    assert {entry.at for entry in found} == {order.created_at}


def test_lines_are_paged_newest_first_without_a_gap(ledger: LedgerHarness) -> None:
    ledger.refund(ledger.sell(4500))
    whole = [entry.seq for entry in entries(ledger, LedgerQuery())]
    assert len(whole) == 6
    assert whole == sorted(whole, reverse=True)
    assert [entry.seq for entry in entries(ledger, LedgerQuery(limit=4))] == whole


def test_lines_can_be_filtered_by_order_user_and_book(ledger: LedgerHarness) -> None:
    another = ledger.world.user("another")
    first, _ = ledger.sell(4500), ledger.sell(900, seller=another)
    of_order = entries(ledger, LedgerQuery(order_id=first.id, limit=2))
    of_user = entries(ledger, LedgerQuery(user_id=another.user_id))
    of_book = entries(ledger, LedgerQuery(book=Book.FEE))
    of_both = entries(ledger, LedgerQuery(order_id=first.id, user_id=another.user_id))
    assert [entry.amount for entry in of_order] == [-225, -4275, 4500]
    assert [entry.amount for entry in of_user] == [-855]
    assert [entry.amount for entry in of_book] == [-45, -225]
    assert of_both == []


def test_a_payout_has_lines_for_its_orders(ledger: LedgerHarness) -> None:
    order = ledger.sell(4500)
    ledger.over()
    payout = ledger.pay_out()
    found = entries(ledger, LedgerQuery(order_id=order.id))[:4]
    assert {(e.posting, e.book, e.user_id, e.amount) for e in found} == {
        (f"payout:{payout.id}", Book.SELLER, ledger.seller.user_id, 4275),
        (f"payout:{payout.id}", Book.TRANSIT, None, -4275),
        (f"payout_paid:{payout.id}", Book.TRANSIT, None, 4275),
        (f"payout_paid:{payout.id}", Book.PLATFORM, None, -4275),
    }


def test_a_cursor_of_another_list_is_refused(ledger: LedgerHarness) -> None:
    with pytest.raises(Invalid):
        ledger.world.call(ADMIN_LEDGER, ledger.admin, LedgerQuery(cursor="ord_1"))


def test_the_ledger_and_payouts_are_for_operators_only() -> None:
    for endpoint in (
        ADMIN_LEDGER, ADMIN_PAYOUTS, RELEASE_PAYOUTS, CONFIRM_PAYOUT, FAIL_PAYOUT,
        SET_PAYOUT_ACCOUNT,
    ):  # fmt: skip
        assert endpoint.access is Access.ADMIN, endpoint.path
    assert LIST_SALES.access is Access.SIGNED_IN
