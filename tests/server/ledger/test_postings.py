"""Postings: every movement of money is booked once, in the transaction that learns of it."""

from __future__ import annotations

import msgspec
import pytest

from contract.alerts import LIST_ALERTS, RESOLVE_ALERT, AlertQuery, ResolveAlert
from contract.ledger import Book
from contract.payments import (
    PaymentCreated,
    PaymentDisputed,
    PaymentDisputeLost,
    PaymentDisputeWon,
    PaymentRefundDue,
    PaymentRefunded,
    PaymentRefundFailed,
    PaymentRefundSettled,
    PaymentStatus,
)
from server.payments.repository import PaymentRecord
from server.settings import DAY
from tests.clock import MINUTE
from tests.server.ledger.harness import LedgerHarness
from tests.server.payments.purchase import captured, dashboard, start_purchase
from tests.server.rows import change, one, rows
from tests.world import World

FAILS_LATER = "4000000000005126"
#: A payment with this card is disputed within seconds.
DISPUTED = "4000000000000259"
NOBODY_ANSWERED = 30 * DAY


def capture_in_dashboard(world: World, attempt: PaymentRecord) -> None:
    """Capture a payment in the dashboard that we would not, and run the jobs."""
    session = dashboard(world).v1.checkout.sessions.retrieve(str(attempt.session_id))
    dashboard(world).v1.payment_intents.capture(str(session["payment_intent"]))
    world.work()


def lines(world: World) -> set[tuple[str, str, int]]:
    """Return every line there is."""
    return {
        (row[0], row[1], row[2]) for row in rows(world, "SELECT posting, book, amount FROM ledger")
    }


def paid_by(world: World) -> str:
    """Return the payment that owns the only order."""
    return str(one(world, "SELECT payment_id FROM orders"))


def test_a_captured_price_belongs_to_the_seller_minus_the_fee(ledger: LedgerHarness) -> None:
    order = ledger.sell(4500)
    assert ledger.posting(f"capture:{ledger.payment(order)}") == {
        Book.PLATFORM: 4500, Book.SELLER: -4275, Book.FEE: -225,
    }  # fmt: skip
    assert ledger.column(order, "owed") == 4275
    assert ledger.world.sound()


def test_without_a_fee_there_is_no_line_for_it(ledger: LedgerHarness) -> None:
    ledger.fee(0)
    order = ledger.sell(4500)
    assert ledger.books(order) == {Book.PLATFORM: 4500, Book.SELLER: -4500}


def test_a_fee_of_the_whole_price_leaves_no_line_for_the_seller(ledger: LedgerHarness) -> None:
    ledger.fee(10_000)
    order = ledger.sell(4500)
    assert ledger.books(order) == {Book.PLATFORM: 4500, Book.FEE: -4500}
    assert ledger.world.sound()


def test_the_fee_is_frozen_by_the_lock(ledger: LedgerHarness) -> None:
    order = ledger.lock(4500)
    ledger.fee(1000)
    ledger.world.pay(order)
    assert ledger.books(order)[Book.FEE] == -order.fee.amount == -225


def test_a_sale_is_released_a_fixed_time_after_the_show_began(ledger: LedgerHarness) -> None:
    ledger.world.with_settings(payout_after=3 * DAY)
    order = ledger.sell()
    ledger.world.with_settings(payout_after=9 * DAY)
    starts = one(ledger.world, "SELECT starts_at FROM shows")
    assert ledger.column(order, "releases_at") == starts + 3 * DAY


def test_an_order_that_is_not_paid_is_not_booked(ledger: LedgerHarness) -> None:
    ledger.lock()
    ledger.world.pass_time(ledger.world.settings.lock_for)
    assert one(ledger.world, "SELECT count(*) FROM ledger") == 0


def test_a_late_payment_is_owed_to_the_buyer_until_it_is_refunded(world: World) -> None:
    purchase = start_purchase(world)
    purchase.type_card(purchase.page())
    purchase.cancel()
    capture_in_dashboard(world, purchase.payment())
    assert purchase.statuses() == [PaymentStatus.REFUNDED]
    (refund_id,) = rows(world, "SELECT id FROM refunds")[0]
    assert lines(world) == {
        (f"late:{purchase.payment().id}", Book.PLATFORM, 4500),
        (f"late:{purchase.payment().id}", Book.BUYER, -4500),
        (f"refund:{refund_id}", Book.PLATFORM, -4500),
        (f"refund:{refund_id}", Book.BUYER, 4500),
    }
    assert one(world, "SELECT count(*) FROM sales") == 0
    assert world.sound()


def test_a_second_payment_is_refunded_without_touching_the_sale(world: World) -> None:
    world.with_settings(fee_basis_points=500)
    purchase = start_purchase(world)
    for page in (purchase.page(), purchase.second_page()):
        purchase.type_card(page)
    twice = next(a for a in purchase.payments() if a.id.startswith("pay_second"))
    capture_in_dashboard(world, twice)
    assert sorted(purchase.statuses()) == [PaymentStatus.PAID, PaymentStatus.REFUNDED]
    assert {line for line in lines(world) if line[0].startswith("capture")} == {
        (f"capture:{paid_by(world)}", Book.PLATFORM, 4500),
        (f"capture:{paid_by(world)}", Book.SELLER, -4275),
        (f"capture:{paid_by(world)}", Book.FEE, -225),
    }
    assert rows(world, "SELECT owed, refunding FROM sales") == [(4275, 0)]
    assert one(world, "SELECT sum(amount) FROM ledger WHERE book = 'platform'") == 4500
    assert world.sound()


def test_a_partial_refund_returns_its_share_of_the_fee(ledger: LedgerHarness) -> None:
    order = ledger.sell(4500)
    refund = ledger.refund(order, 1001)
    assert ledger.posting(f"refund:{refund.id}") == {
        Book.PLATFORM: -1001, Book.SELLER: 951, Book.FEE: 50,
    }  # fmt: skip
    assert ledger.column(order, "owed") == 4275 - 951
    assert ledger.world.sound()


def test_a_full_refund_balances_every_book_of_an_order(ledger: LedgerHarness) -> None:
    order = ledger.sell(4500)
    ledger.refund(order)
    assert ledger.books(order) == {}
    assert ledger.column(order, "owed") == 0
    assert ledger.world.sound()


def test_partial_refunds_together_return_exactly_the_fee(ledger: LedgerHarness) -> None:
    ledger.fee(333)
    order = ledger.sell(1000)
    for amount in (1, 332, 333, 334):
        ledger.refund(order, amount)
        assert ledger.uneven() == []
    assert ledger.books(order) == {}
    assert ledger.world.sound()


def test_a_failed_refund_is_owed_to_the_buyer_and_leaves_the_seller_unchanged(
    ledger: LedgerHarness,
) -> None:
    order = ledger.sell(4500, card=FAILS_LATER)
    ledger.refund(order, 1001)
    ledger.world.pass_time(DAY)
    assert ledger.books(order) == {
        Book.PLATFORM: 4500, Book.SELLER: 951 - 4275, Book.FEE: 50 - 225, Book.BUYER: -1001,
    }  # fmt: skip
    assert ledger.world.sound()


def test_a_settled_refund_is_booked_as_paid(ledger: LedgerHarness) -> None:
    order = ledger.sell(4500, card=FAILS_LATER)
    ledger.refund(order)
    ledger.world.pass_time(DAY)
    assert ledger.books(order) == {Book.PLATFORM: 4500, Book.BUYER: -4500}
    (alert,) = ledger.world.call(LIST_ALERTS, ledger.admin, AlertQuery()).items
    body = ResolveAlert(note="paid by bank")
    ledger.world.call(RESOLVE_ALERT, ledger.admin, body, alert_id=alert.id)
    assert ledger.books(order) == {}
    assert ledger.world.sound()


@pytest.mark.parametrize("arrived", [True, False])
def test_seller_and_fee_bear_a_failed_refund_whether_or_not_it_had_arrived(
    ledger: LedgerHarness, *, arrived: bool
) -> None:
    order = ledger.sell(4500)
    if arrived:
        ledger.refund_event(PaymentRefunded, order, 1001)
    ledger.refund_event(PaymentRefundFailed, order, 1001)
    assert ledger.books(order) == {
        Book.PLATFORM: 4500, Book.SELLER: -3324, Book.FEE: -175, Book.BUYER: -1001,
    }  # fmt: skip


def test_an_external_refund_is_booked_like_any_other(ledger: LedgerHarness) -> None:
    order = ledger.sell(4500)
    intent = one(ledger.world, "SELECT intent_id FROM payments")
    dashboard(ledger.world).v1.refunds.create({"payment_intent": intent, "amount": 900})
    ledger.world.work()
    assert ledger.books(order) == {Book.PLATFORM: 3600, Book.SELLER: -3420, Book.FEE: -180}
    assert ledger.world.sound()


def test_a_buyer_refunded_twice_owes_the_excess(ledger: LedgerHarness) -> None:
    order = ledger.sell(4500)
    ledger.refund_event(PaymentRefunded, order, 4500, name="ref_1")
    ledger.dispute_event(PaymentDisputed, order, 4500)
    ledger.dispute_event(PaymentDisputeLost, order, 4500)
    assert ledger.books(order) == {Book.PLATFORM: -4500, Book.BUYER: 4500}
    assert ledger.column(order, "owed") == 0


def test_a_failed_refund_that_is_then_lost_in_a_dispute_balances(ledger: LedgerHarness) -> None:
    order = ledger.sell(4500)
    ledger.refund_event(PaymentRefundFailed, order, 4500)
    ledger.dispute_event(PaymentDisputed, order, 4500)
    ledger.dispute_event(PaymentDisputeLost, order, 4500)
    assert ledger.books(order) == {}


def test_disputed_money_is_in_the_dispute_book_and_the_sale_is_frozen(
    ledger: LedgerHarness,
) -> None:
    order = ledger.sell(4500)
    ledger.dispute_event(PaymentDisputed, order, 4500)
    assert ledger.books(order) == {
        Book.DISPUTE: 4500, Book.SELLER: -4275, Book.FEE: -225,
    }  # fmt: skip
    assert ledger.column(order, "frozen") == 1


def test_a_won_dispute_restores_everything(ledger: LedgerHarness) -> None:
    order = ledger.sell(4500)
    before = ledger.books(order)
    ledger.dispute_event(PaymentDisputed, order, 4500)
    ledger.dispute_event(PaymentDisputeWon, order, 4500)
    assert ledger.books(order) == before
    assert ledger.column(order, "frozen") == 0


def test_a_lost_dispute_takes_price_and_fee_back(ledger: LedgerHarness) -> None:
    order = ledger.sell(4500)
    ledger.dispute_event(PaymentDisputed, order, 2000)
    ledger.dispute_event(PaymentDisputeLost, order, 2000)
    assert ledger.books(order) == {Book.PLATFORM: 2500, Book.SELLER: -2375, Book.FEE: -125}
    assert ledger.column(order, "frozen") == 0


def test_a_dispute_freezes_the_sale_and_lost_by_default_takes_the_price(
    ledger: LedgerHarness,
) -> None:
    order = ledger.sell(4500, card=DISPUTED)
    ledger.world.pass_time(MINUTE)
    assert (ledger.column(order, "frozen"), ledger.books(order)[Book.DISPUTE]) == (1, 4500)
    assert ledger.world.sound()
    ledger.world.pass_time(NOBODY_ANSWERED)
    assert (ledger.column(order, "frozen"), ledger.column(order, "owed")) == (0, 0)
    assert ledger.books(order) == {}
    assert ledger.world.sound()


@pytest.mark.parametrize("decided", [PaymentDisputeWon, PaymentDisputeLost])
def test_a_dispute_received_only_when_decided_ends_the_same(
    ledger: LedgerHarness, decided: type[PaymentDisputeWon | PaymentDisputeLost]
) -> None:
    one_by_one, at_once = ledger.sell(4500), ledger.sell(4500)
    ledger.dispute_event(PaymentDisputed, one_by_one, 4500, "dp_1")
    ledger.dispute_event(decided, one_by_one, 4500, "dp_1")
    ledger.dispute_event(decided, at_once, 4500, "dp_2")
    assert ledger.books(at_once) == ledger.books(one_by_one)
    assert ledger.column(at_once, "frozen") == 0


def test_a_sale_stays_frozen_until_its_last_dispute_is_decided(ledger: LedgerHarness) -> None:
    order = ledger.sell(4500)
    ledger.dispute_event(PaymentDisputed, order, 2000, "dp_1")
    ledger.dispute_event(PaymentDisputed, order, 2500, "dp_2")
    ledger.dispute_event(PaymentDisputeWon, order, 2000, "dp_1")
    assert ledger.column(order, "frozen") == 1
    ledger.dispute_event(PaymentDisputeLost, order, 2500, "dp_2")
    assert ledger.column(order, "frozen") == 0


def test_an_event_received_twice_is_booked_once(ledger: LedgerHarness) -> None:
    order = ledger.sell(4500)
    (published,) = (f for f in ledger.world.events() if isinstance(f, PaymentCreated))
    created = msgspec.structs.replace(published, version=0)

    def receive() -> None:
        ledger.world.bus.write_now(lambda tx: tx.publish(created))
        ledger.refund_event(PaymentRefunded, order, 1001, name="ref_1")
        ledger.refund_event(PaymentRefundFailed, order, 1001, name="ref_1")
        ledger.refund_event(PaymentRefundSettled, order, 1001, name="ref_1")
        ledger.dispute_event(PaymentDisputed, order, 900, "dp_1")
        ledger.dispute_event(PaymentDisputeLost, order, 900, "dp_1")
        ledger.dispute_event(PaymentDisputed, order, 300, "dp_2")
        ledger.dispute_event(PaymentDisputeWon, order, 300, "dp_2")

    receive()
    lines, owed = one(ledger.world, "SELECT count(*) FROM ledger"), ledger.column(order, "owed")
    receive()
    assert one(ledger.world, "SELECT count(*) FROM ledger") == lines
    assert ledger.column(order, "owed") == owed


def test_a_sale_is_refunding_until_the_refund_has_arrived_or_failed(
    ledger: LedgerHarness,
) -> None:
    order = ledger.sell(4500)
    for ends in (PaymentRefunded, PaymentRefundFailed):
        due = PaymentStatus.REFUND_DUE
        ledger.refund_event(PaymentRefundDue, order, 10, name=f"ref_{ends.name[-6:]}", status=due)
        assert ledger.column(order, "refunding") == 1
        ledger.refund_event(ends, order, 10, name=f"ref_{ends.name[-6:]}")
        assert ledger.column(order, "refunding") == 0


@pytest.mark.parametrize("how", ["UPDATE ledger SET amount = 1", "DELETE FROM ledger"])
def test_a_line_can_be_neither_changed_nor_deleted(ledger: LedgerHarness, how: str) -> None:
    ledger.sell()
    with pytest.raises(Exception, match="append-only"):
        change(ledger.world, how)


def test_the_platform_book_equals_the_balance_at_stripe(ledger: LedgerHarness) -> None:
    first, second = ledger.sell(4500), ledger.sell(900)
    ledger.refund(first, 1234)
    ledger.refund(second)
    assert sum(ledger.books(order).get(Book.PLATFORM, 0) for order in (first, second)) == 3266
    refunded = sum(r["amount"] for r in dashboard(ledger.world).v1.refunds.list().data)
    assert captured(ledger.world) - refunded == 3266
