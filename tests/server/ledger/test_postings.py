"""Postings: what becomes of money is booked once, in the transaction in which it becomes known."""

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
from server.payments.attempts import Attempt
from server.settings import DAY
from tests.clock import MINUTE
from tests.server.ledger.till import Till
from tests.server.payments.purchase import bank, purchase, taken
from tests.server.rows import change, one, rows
from tests.world import World

FAILS_LATER = "4000000000005126"
#: Paid with it, a dispute follows within seconds.
DISPUTED = "4000000000000259"
NOBODY_ANSWERED = 30 * DAY


def take_behind_our_back(world: World, attempt: Attempt) -> None:
    """Capture money that the house would not, and let the house hear of it."""
    session = bank(world).v1.checkout.sessions.retrieve(str(attempt.session_id))
    bank(world).v1.payment_intents.capture(str(session["payment_intent"]))
    world.work()


def lines(world: World) -> set[tuple[str, str, int]]:
    """Return every line there is."""
    return {
        (row[0], row[1], row[2]) for row in rows(world, "SELECT posting, book, amount FROM ledger")
    }


def paid_by(world: World) -> str:
    """Return the payment that owns the only order."""
    return str(one(world, "SELECT payment_id FROM orders"))


def test_a_captured_price_is_the_sellers_less_the_fee(till: Till) -> None:
    order = till.sell(4500)
    assert till.posting(f"capture:{till.payment(order)}") == {
        Book.PLATFORM: 4500, Book.SELLER: -4275, Book.FEE: -225,
    }  # fmt: skip
    assert till.column(order, "owed") == 4275
    assert till.world.sound()


def test_without_a_fee_there_is_no_line_for_it(till: Till) -> None:
    till.fee(0)
    order = till.sell(4500)
    assert till.books(order) == {Book.PLATFORM: 4500, Book.SELLER: -4500}


def test_a_fee_of_all_of_the_price_leaves_no_line_for_the_seller(till: Till) -> None:
    till.fee(10_000)
    order = till.sell(4500)
    assert till.books(order) == {Book.PLATFORM: 4500, Book.FEE: -4500}
    assert till.world.sound()


def test_the_fee_is_that_of_the_moment_of_the_lock(till: Till) -> None:
    order = till.lock(4500)
    till.fee(1000)
    till.world.pay(order)
    assert till.books(order)[Book.FEE] == -order.fee.amount == -225


def test_a_sale_is_released_so_long_after_the_show_began(till: Till) -> None:
    till.world.with_settings(payout_after=3 * DAY)
    order = till.sell()
    till.world.with_settings(payout_after=9 * DAY)
    starts = one(till.world, "SELECT starts_at FROM shows")
    assert till.column(order, "releases_at") == starts + 3 * DAY


def test_an_order_that_is_not_paid_is_not_in_the_books(till: Till) -> None:
    till.lock()
    till.world.pass_time(till.world.settings.lock_for)
    assert one(till.world, "SELECT count(*) FROM ledger") == 0


def test_money_that_came_too_late_is_the_buyers_until_he_has_it_back(world: World) -> None:
    bought = purchase(world)
    bought.type_card(bought.page())
    bought.cancel()
    take_behind_our_back(world, bought.attempt())
    assert bought.statuses() == [PaymentStatus.REFUNDED]
    (refund_id,) = rows(world, "SELECT id FROM refunds")[0]
    assert lines(world) == {
        (f"late:{bought.attempt().id}", Book.PLATFORM, 4500),
        (f"late:{bought.attempt().id}", Book.BUYER, -4500),
        (f"refund:{refund_id}", Book.PLATFORM, -4500),
        (f"refund:{refund_id}", Book.BUYER, 4500),
    }
    assert one(world, "SELECT count(*) FROM sales") == 0
    assert world.sound()


def test_e22_what_was_paid_twice_goes_back_without_touching_the_sale(world: World) -> None:
    world.with_settings(fee_basis_points=500)
    bought = purchase(world)
    for page in (bought.page(), bought.second_page()):
        bought.type_card(page)
    twice = next(a for a in bought.attempts() if a.id.startswith("pay_second"))
    take_behind_our_back(world, twice)
    assert sorted(bought.statuses()) == [PaymentStatus.PAID, PaymentStatus.REFUNDED]
    assert {line for line in lines(world) if line[0].startswith("capture")} == {
        (f"capture:{paid_by(world)}", Book.PLATFORM, 4500),
        (f"capture:{paid_by(world)}", Book.SELLER, -4275),
        (f"capture:{paid_by(world)}", Book.FEE, -225),
    }
    assert rows(world, "SELECT owed, refunding FROM sales") == [(4275, 0)]
    assert one(world, "SELECT sum(amount) FROM ledger WHERE book = 'platform'") == 4500
    assert world.sound()


def test_a_partial_refund_takes_its_share_of_the_fee_back(till: Till) -> None:
    order = till.sell(4500)
    refund = till.refund(order, 1001)
    assert till.posting(f"refund:{refund.id}") == {
        Book.PLATFORM: -1001, Book.SELLER: 951, Book.FEE: 50,
    }  # fmt: skip
    assert till.column(order, "owed") == 4275 - 951
    assert till.world.sound()


def test_a_full_refund_leaves_nothing_of_an_order_in_the_books(till: Till) -> None:
    order = till.sell(4500)
    till.refund(order)
    assert till.books(order) == {}
    assert till.column(order, "owed") == 0
    assert till.world.sound()


def test_parts_refunded_one_by_one_return_exactly_the_fee(till: Till) -> None:
    till.fee(333)
    order = till.sell(1000)
    for amount in (1, 332, 333, 334):
        till.refund(order, amount)
        assert till.uneven() == []
    assert till.books(order) == {}
    assert till.world.sound()


def test_a_refund_that_comes_back_leaves_the_buyer_owed_and_the_seller_as_he_was(
    till: Till,
) -> None:
    order = till.sell(4500, card=FAILS_LATER)
    till.refund(order, 1001)
    till.world.pass_time(DAY)
    assert till.books(order) == {
        Book.PLATFORM: 4500, Book.SELLER: 951 - 4275, Book.FEE: 50 - 225, Book.BUYER: -1001,
    }  # fmt: skip
    assert till.world.sound()


def test_a_refund_settled_otherwise_is_booked_as_paid(till: Till) -> None:
    order = till.sell(4500, card=FAILS_LATER)
    till.refund(order)
    till.world.pass_time(DAY)
    assert till.books(order) == {Book.PLATFORM: 4500, Book.BUYER: -4500}
    (alert,) = till.world.call(LIST_ALERTS, till.admin, AlertQuery()).items
    body = ResolveAlert(note="paid by bank")
    till.world.call(RESOLVE_ALERT, till.admin, body, alert_id=alert.id)
    assert till.books(order) == {}
    assert till.world.sound()


@pytest.mark.parametrize("arrived", [True, False])
def test_seller_and_fee_bear_a_failed_refund_whether_it_had_arrived_or_not(
    till: Till, *, arrived: bool
) -> None:
    order = till.sell(4500)
    if arrived:
        till.refund_event(PaymentRefunded, order, 1001)
    till.refund_event(PaymentRefundFailed, order, 1001)
    assert till.books(order) == {
        Book.PLATFORM: 4500, Book.SELLER: -3324, Book.FEE: -175, Book.BUYER: -1001,
    }  # fmt: skip


def test_a_refund_made_in_the_dashboard_is_booked_as_any(till: Till) -> None:
    order = till.sell(4500)
    intent = one(till.world, "SELECT intent_id FROM payments")
    bank(till.world).v1.refunds.create({"payment_intent": intent, "amount": 900})
    till.world.work()
    assert till.books(order) == {Book.PLATFORM: 3600, Book.SELLER: -3420, Book.FEE: -180}
    assert till.world.sound()


def test_what_a_buyer_got_twice_he_owes(till: Till) -> None:
    order = till.sell(4500)
    till.refund_event(PaymentRefunded, order, 4500, name="ref_1")
    till.dispute_event(PaymentDisputed, order, 4500)
    till.dispute_event(PaymentDisputeLost, order, 4500)
    assert till.books(order) == {Book.PLATFORM: -4500, Book.BUYER: 4500}
    assert till.column(order, "owed") == 0


def test_a_failed_refund_that_the_bank_then_takes_by_dispute_is_even(till: Till) -> None:
    order = till.sell(4500)
    till.refund_event(PaymentRefundFailed, order, 4500)
    till.dispute_event(PaymentDisputed, order, 4500)
    till.dispute_event(PaymentDisputeLost, order, 4500)
    assert till.books(order) == {}


def test_disputed_money_is_the_banks_and_the_sale_is_frozen(till: Till) -> None:
    order = till.sell(4500)
    till.dispute_event(PaymentDisputed, order, 4500)
    assert till.books(order) == {
        Book.DISPUTE: 4500, Book.SELLER: -4275, Book.FEE: -225,
    }  # fmt: skip
    assert till.column(order, "frozen") == 1


def test_a_dispute_that_is_won_leaves_everything_as_it_was(till: Till) -> None:
    order = till.sell(4500)
    before = till.books(order)
    till.dispute_event(PaymentDisputed, order, 4500)
    till.dispute_event(PaymentDisputeWon, order, 4500)
    assert till.books(order) == before
    assert till.column(order, "frozen") == 0


def test_a_dispute_that_is_lost_takes_price_and_fee_back(till: Till) -> None:
    order = till.sell(4500)
    till.dispute_event(PaymentDisputed, order, 2000)
    till.dispute_event(PaymentDisputeLost, order, 2000)
    assert till.books(order) == {Book.PLATFORM: 2500, Book.SELLER: -2375, Book.FEE: -125}
    assert till.column(order, "frozen") == 0


def test_e24_a_dispute_freezes_the_sale_and_lost_by_default_takes_the_price(till: Till) -> None:
    order = till.sell(4500, card=DISPUTED)
    till.world.pass_time(MINUTE)
    assert (till.column(order, "frozen"), till.books(order)[Book.DISPUTE]) == (1, 4500)
    assert till.world.sound()
    till.world.pass_time(NOBODY_ANSWERED)
    assert (till.column(order, "frozen"), till.column(order, "owed")) == (0, 0)
    assert till.books(order) == {}
    assert till.world.sound()


@pytest.mark.parametrize("decided", [PaymentDisputeWon, PaymentDisputeLost])
def test_a_dispute_heard_of_only_when_it_is_decided_ends_the_same(
    till: Till, decided: type[PaymentDisputeWon | PaymentDisputeLost]
) -> None:
    one_by_one, at_once = till.sell(4500), till.sell(4500)
    till.dispute_event(PaymentDisputed, one_by_one, 4500, "dp_1")
    till.dispute_event(decided, one_by_one, 4500, "dp_1")
    till.dispute_event(decided, at_once, 4500, "dp_2")
    assert till.books(at_once) == till.books(one_by_one)
    assert till.column(at_once, "frozen") == 0


def test_a_sale_stays_frozen_until_its_last_dispute_is_decided(till: Till) -> None:
    order = till.sell(4500)
    till.dispute_event(PaymentDisputed, order, 2000, "dp_1")
    till.dispute_event(PaymentDisputed, order, 2500, "dp_2")
    till.dispute_event(PaymentDisputeWon, order, 2000, "dp_1")
    assert till.column(order, "frozen") == 1
    till.dispute_event(PaymentDisputeLost, order, 2500, "dp_2")
    assert till.column(order, "frozen") == 0


def test_whatever_is_heard_twice_is_booked_once(till: Till) -> None:
    order = till.sell(4500)
    (told,) = (f for f in till.world.events() if isinstance(f, PaymentCreated))
    created = msgspec.structs.replace(told, version=0)

    def hear() -> None:
        till.world.bus.write_now(lambda tx: tx.publish(created))
        till.refund_event(PaymentRefunded, order, 1001, name="ref_1")
        till.refund_event(PaymentRefundFailed, order, 1001, name="ref_1")
        till.refund_event(PaymentRefundSettled, order, 1001, name="ref_1")
        till.dispute_event(PaymentDisputed, order, 900, "dp_1")
        till.dispute_event(PaymentDisputeLost, order, 900, "dp_1")
        till.dispute_event(PaymentDisputed, order, 300, "dp_2")
        till.dispute_event(PaymentDisputeWon, order, 300, "dp_2")

    hear()
    lines, owed = one(till.world, "SELECT count(*) FROM ledger"), till.column(order, "owed")
    hear()
    assert one(till.world, "SELECT count(*) FROM ledger") == lines
    assert till.column(order, "owed") == owed


def test_a_refund_is_under_way_from_the_promise_until_it_has_arrived_or_failed(till: Till) -> None:
    order = till.sell(4500)
    for ends in (PaymentRefunded, PaymentRefundFailed):
        due = PaymentStatus.REFUND_DUE
        till.refund_event(PaymentRefundDue, order, 10, name=f"ref_{ends.name[-6:]}", status=due)
        assert till.column(order, "refunding") == 1
        till.refund_event(ends, order, 10, name=f"ref_{ends.name[-6:]}")
        assert till.column(order, "refunding") == 0


@pytest.mark.parametrize("how", ["UPDATE ledger SET amount = 1", "DELETE FROM ledger"])
def test_a_line_can_neither_be_changed_nor_deleted(till: Till, how: str) -> None:
    till.sell()
    with pytest.raises(Exception, match="append-only"):
        change(till.world, how)


def test_what_is_at_the_bank_is_what_the_platforms_book_says(till: Till) -> None:
    first, second = till.sell(4500), till.sell(900)
    till.refund(first, 1234)
    till.refund(second)
    assert sum(till.books(order).get(Book.PLATFORM, 0) for order in (first, second)) == 3266
    refunded = sum(r["amount"] for r in bank(till.world).v1.refunds.list().data)
    assert taken(till.world) - refunded == 3266
