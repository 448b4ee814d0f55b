"""Refunds: an operator refunds a payment in full or in parts, never more than was paid."""

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
from tests.server.payments.paid_purchase import paid_purchase, refunded_amounts
from tests.server.payments.purchase import start_purchase
from tests.server.rows import change
from tests.world import World


def test_a_full_refund_leaves_the_order_complete(world: World) -> None:
    purchase = paid_purchase(world)
    refund = purchase.refund()
    assert (refund.status, refund.amount) == (RefundStatus.DONE, purchase.order.price)
    assert refund.reason is RefundReason.OPERATOR
    assert refunded_amounts(world) == [4500]
    now = purchase.now()
    assert (now.status, now.refunded) == (OrderStatus.COMPLETE, purchase.order.price)
    assert purchase.statuses() == [PaymentStatus.REFUNDED]
    assert purchase.refund_events() == ["payment.refund_due", "payment.refunded"]
    assert world.sound()


def test_a_refunded_ticket_stays_with_its_buyer_and_is_marked_in_the_wallet(world: World) -> None:
    purchase = paid_purchase(world)
    assert [ticket.refunded for ticket in world.call(LIST_WALLET, purchase.buyer).items] == [False]
    purchase.refund(1000)
    assert [ticket.refunded for ticket in world.call(LIST_WALLET, purchase.buyer).items] == [False]
    purchase.refund()
    assert [ticket.refunded for ticket in world.call(LIST_WALLET, purchase.buyer).items] == [True]
    assert world.ticket(purchase.ticket).status is TicketStatus.SOLD


def test_partial_refunds_add_up_and_the_last_refunds_the_rest(world: World) -> None:
    purchase = paid_purchase(world)
    seen = [(purchase.refund(part).amount.amount, purchase.statuses()) for part in (1000, 1, None)]
    assert seen == [
        (1000, [PaymentStatus.PAID]), (1, [PaymentStatus.PAID]), (3499, [PaymentStatus.REFUNDED]),
    ]  # fmt: skip
    assert refunded_amounts(world) == [1000, 1, 3499]
    assert purchase.now().refunded == purchase.order.price
    assert world.sound()


def test_while_one_refund_is_under_way_another_must_wait(world: World) -> None:
    purchase = paid_purchase(world)
    purchase.request_refund(1000)
    with pytest.raises(RefundUnderway):
        purchase.request_refund(1000)
    world.work()
    purchase.refund(1000)
    assert refunded_amounts(world) == [1000, 1000]


def test_more_than_is_left_is_refused_without_asking_stripe(world: World) -> None:
    purchase = paid_purchase(world)
    purchase.refund(4000)
    with pytest.raises(RefundTooLarge, match=r"EUR 5\.00"):
        purchase.request_refund(501)
    assert purchase.refund(500).status is RefundStatus.DONE
    assert refunded_amounts(world) == [4000, 500]


def test_a_fully_refunded_order_cannot_be_refunded_again(world: World) -> None:
    purchase = paid_purchase(world)
    purchase.refund()
    for amount in (None, 1):
        with pytest.raises(NothingToRefund):
            purchase.request_refund(amount)
    assert refunded_amounts(world) == [4500]


def test_the_database_itself_reserves_no_more_than_was_paid(world: World) -> None:
    paid_purchase(world)
    with pytest.raises(Exception, match="promised") as refused:
        change(world, "UPDATE payments SET promised = amount + 1")
    assert is_integrity_error(refused.value)


def test_an_order_that_was_not_paid_cannot_be_refunded(world: World) -> None:
    purchase = start_purchase(world)
    operator = world.user("operator", admin=True)
    with pytest.raises(NothingToRefund):
        world.call(REFUND_ORDER, operator, RefundOrder(), order_id=purchase.order.id)
    purchase.cancel()
    with pytest.raises(NothingToRefund):
        world.call(REFUND_ORDER, operator, RefundOrder(), order_id=purchase.order.id)


def test_an_unknown_order_cannot_be_refunded(world: World) -> None:
    operator = world.user("operator", admin=True)
    with pytest.raises(OrderNotFound):
        world.call(REFUND_ORDER, operator, RefundOrder(), order_id="ord_missing")


def test_a_disputed_payment_cannot_be_refunded(world: World) -> None:
    purchase = paid_purchase(world)
    dispute = {"order_id": purchase.order.id}
    world.bus.write_now(lambda tx: orders.dispute(tx, **dispute, disputed=True))
    with pytest.raises(UnderDispute):
        purchase.request_refund()
    world.bus.write_now(lambda tx: orders.dispute(tx, **dispute, disputed=False))
    assert purchase.refund().status is RefundStatus.DONE


def test_an_amount_finer_than_stripes_unit_is_refused(world: World) -> None:
    purchase = paid_purchase(world, amount=12_340, currency="KWD")
    with pytest.raises(Invalid) as refused:
        purchase.request_refund(1234)
    assert [error.field for error in refused.value.errors] == ["amount"]
    assert purchase.refund(1230).status is RefundStatus.DONE
    assert purchase.refund().amount.amount == 11_110


def test_a_currency_with_another_unit_at_stripe_is_refunded_exactly(world: World) -> None:
    purchase = paid_purchase(world, amount=5000, currency="ISK")
    purchase.refund(2000)
    purchase.refund_in_dashboard(100_000)
    world.work()
    assert purchase.refund().amount.amount == 2000
    assert refunded_amounts(world) == [200_000, 100_000, 200_000]
    assert purchase.now().refunded == purchase.order.price
    assert world.sound()


def test_the_payment_of_a_complete_order_is_never_late(world: World) -> None:
    purchase = paid_purchase(world)
    world.bus.write_now(lambda tx: refunds.refund_late(tx, purchase.payment()))
    world.work()
    assert purchase.statuses() == [PaymentStatus.PAID]
    assert refunded_amounts(world) == []


def test_refunds_are_paged_newest_first_and_filtered(world: World) -> None:
    purchase = paid_purchase(world)
    made = []
    for part in (100, 200, 300):
        world.clock.advance(SECOND)
        made.append(purchase.refund(part).id)
    world.clock.advance(SECOND)
    pending = purchase.request_refund(400).id
    page = world.call(LIST_REFUNDS, purchase.operator, RefundsQuery(limit=3))
    assert [refund.id for refund in page.items] == [pending, *made[:0:-1]]
    rest = world.call(LIST_REFUNDS, purchase.operator, RefundsQuery(limit=3, cursor=page.next))
    assert ([refund.id for refund in rest.items], rest.next) == (made[:1], None)
    due = world.call(LIST_REFUNDS, purchase.operator, RefundsQuery(status=RefundStatus.DUE))
    assert [refund.id for refund in due.items] == [pending]
    nobody = world.call(LIST_REFUNDS, purchase.operator, RefundsQuery(order_id="ord_other"))
    assert nobody.items == ()
