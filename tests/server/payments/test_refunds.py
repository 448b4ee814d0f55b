"""Refunds: an operator sends a buyer's money back, all of it or in parts, never more than came."""

from __future__ import annotations

import pytest

from contract.orders import LIST_WALLET, OrderNotFound, OrderStatus
from contract.payments import PaymentStatus
from contract.problems import Invalid
from contract.refunds import (
    LIST_REFUNDS,
    REFUND_ORDER,
    NothingToRefund,
    RefundOrder,
    RefundReason,
    RefundsQuery,
    RefundStatus,
    RefundTooLarge,
    RefundUnderway,
    UnderDispute,
)
from contract.tickets import TicketStatus
from server.orders import service as orders
from server.payments import refunds
from tests.clock import SECOND
from tests.databases import is_integrity_error
from tests.server.payments.purchase import purchase
from tests.server.payments.refunding import sale, sent_back
from tests.server.rows import change
from tests.world import World


def test_all_of_it_goes_back_and_the_order_stays_complete(world: World) -> None:
    sold = sale(world)
    refund = sold.refund()
    assert (refund.status, refund.amount) == (RefundStatus.DONE, sold.order.price)
    assert refund.reason is RefundReason.OPERATOR
    assert sent_back(world) == [4500]
    now = sold.now()
    assert (now.status, now.refunded) == (OrderStatus.COMPLETE, sold.order.price)
    assert sold.statuses() == [PaymentStatus.REFUNDED]
    assert sold.told() == ["payment.refund_due", "payment.refunded"]
    assert world.sound()


def test_a_refund_leaves_the_ticket_with_its_buyer_and_the_wallet_says_so(world: World) -> None:
    sold = sale(world)
    assert [ticket.refunded for ticket in world.call(LIST_WALLET, sold.buyer).items] == [False]
    sold.refund(1000)
    assert [ticket.refunded for ticket in world.call(LIST_WALLET, sold.buyer).items] == [False]
    sold.refund()
    assert [ticket.refunded for ticket in world.call(LIST_WALLET, sold.buyer).items] == [True]
    assert world.ticket(sold.ticket).status is TicketStatus.SOLD


def test_parts_go_back_one_after_another_and_the_last_is_what_is_left(world: World) -> None:
    sold = sale(world)
    seen = [(sold.refund(part).amount.amount, sold.statuses()) for part in (1000, 1, None)]
    assert seen == [
        (1000, [PaymentStatus.PAID]), (1, [PaymentStatus.PAID]), (3499, [PaymentStatus.REFUNDED]),
    ]  # fmt: skip
    assert sent_back(world) == [1000, 1, 3499]
    assert sold.now().refunded == sold.order.price
    assert world.sound()


def test_while_one_is_on_its_way_another_must_wait(world: World) -> None:
    sold = sale(world)
    sold.send_back(1000)
    with pytest.raises(RefundUnderway):
        sold.send_back(1000)
    world.work()
    sold.refund(1000)
    assert sent_back(world) == [1000, 1000]


def test_e23_more_than_is_left_is_refused_before_anybody_is_asked(world: World) -> None:
    sold = sale(world)
    sold.refund(4000)
    with pytest.raises(RefundTooLarge, match=r"EUR 5\.00"):
        sold.send_back(501)
    assert sold.refund(500).status is RefundStatus.DONE
    assert sent_back(world) == [4000, 500]


def test_e23_what_has_all_gone_back_cannot_go_back_again(world: World) -> None:
    sold = sale(world)
    sold.refund()
    for amount in (None, 1):
        with pytest.raises(NothingToRefund):
            sold.send_back(amount)
    assert sent_back(world) == [4500]


def test_e23_the_database_itself_promises_no_more_than_was_paid(world: World) -> None:
    sale(world)
    with pytest.raises(Exception, match="promised") as refused:
        change(world, "UPDATE payments SET promised = amount + 1")
    assert is_integrity_error(refused.value)


def test_an_order_that_was_not_paid_has_nothing_to_give_back(world: World) -> None:
    bought = purchase(world)
    operator = world.user("operator", admin=True)
    with pytest.raises(NothingToRefund):
        world.call(REFUND_ORDER, operator, RefundOrder(), order_id=bought.order.id)
    bought.cancel()
    with pytest.raises(NothingToRefund):
        world.call(REFUND_ORDER, operator, RefundOrder(), order_id=bought.order.id)


def test_an_order_that_is_not_there_cannot_be_refunded(world: World) -> None:
    operator = world.user("operator", admin=True)
    with pytest.raises(OrderNotFound):
        world.call(REFUND_ORDER, operator, RefundOrder(), order_id="ord_missing")


def test_a_disputed_payment_is_left_to_the_banks(world: World) -> None:
    sold = sale(world)
    dispute = {"order_id": sold.order.id}
    world.bus.write_now(lambda tx: orders.dispute(tx, **dispute, disputed=True))
    with pytest.raises(UnderDispute):
        sold.send_back()
    world.bus.write_now(lambda tx: orders.dispute(tx, **dispute, disputed=False))
    assert sold.refund().status is RefundStatus.DONE


def test_an_amount_finer_than_the_bank_counts_is_refused(world: World) -> None:
    sold = sale(world, amount=12_340, currency="KWD")
    with pytest.raises(Invalid) as refused:
        sold.send_back(1234)
    assert [error.field for error in refused.value.errors] == ["amount"]
    assert sold.refund(1230).status is RefundStatus.DONE
    assert sold.refund().amount.amount == 11_110


def test_a_currency_that_the_bank_counts_otherwise_comes_back_whole(world: World) -> None:
    sold = sale(world, amount=5000, currency="ISK")
    sold.refund(2000)
    sold.dashboard(100_000)
    world.work()
    assert sold.refund().amount.amount == 2000
    assert sent_back(world) == [200_000, 100_000, 200_000]
    assert sold.now().refunded == sold.order.price
    assert world.sound()


def test_money_of_a_good_order_is_never_late(world: World) -> None:
    sold = sale(world)
    world.bus.write_now(lambda tx: refunds.late(tx, sold.attempt()))
    world.work()
    assert sold.statuses() == [PaymentStatus.PAID]
    assert sent_back(world) == []


def test_refunds_are_listed_newest_first_by_pages_and_by_what_is_asked(world: World) -> None:
    sold = sale(world)
    made = []
    for part in (100, 200, 300):
        world.clock.advance(SECOND)
        made.append(sold.refund(part).id)
    world.clock.advance(SECOND)
    pending = sold.send_back(400).id
    page = world.call(LIST_REFUNDS, sold.operator, RefundsQuery(limit=3))
    assert [refund.id for refund in page.items] == [pending, *made[:0:-1]]
    rest = world.call(LIST_REFUNDS, sold.operator, RefundsQuery(limit=3, cursor=page.next))
    assert ([refund.id for refund in rest.items], rest.next) == (made[:1], None)
    due = world.call(LIST_REFUNDS, sold.operator, RefundsQuery(status=RefundStatus.DUE))
    assert [refund.id for refund in due.items] == [pending]
    nobody = world.call(LIST_REFUNDS, sold.operator, RefundsQuery(order_id="ord_other"))
    assert nobody.items == ()
