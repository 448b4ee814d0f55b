"""Cancelling an order, while that is possible."""

from __future__ import annotations

import pytest
from structlog.testing import capture_logs

from contract.orders import (
    ADMIN_CANCEL_ORDER,
    CANCEL_ORDER,
    CancelReason,
    OrderConfirming,
    OrderNotFound,
    OrderOver,
    OrderStatus,
)
from contract.tickets import (
    TicketStatus,
)
from server.stripe import OutcomeUnknown
from tests.clock import MINUTE
from tests.server.payments.purchase import start_purchase
from tests.world import World


def test_a_cancelled_order_puts_its_ticket_on_sale_at_once(world: World) -> None:
    seller, buyer = world.user("seller"), world.user("buyer")
    ticket = world.list_ticket(seller)
    order = world.lock(buyer, ticket)
    ended = world.call(CANCEL_ORDER, buyer, order_id=order.id)
    assert (ended.status, ended.reason) == (OrderStatus.CANCELLED, CancelReason.BUYER)
    assert world.ticket(ticket).status is TicketStatus.AVAILABLE
    assert world.names(order.id) == ["order.created", "order.cancelled"]
    assert world.sound()


def test_a_cancelled_order_stays_in_the_list(world: World) -> None:
    seller, buyer = world.user("seller"), world.user("buyer")
    order = world.lock(buyer, world.list_ticket(seller))
    world.call(CANCEL_ORDER, buyer, order_id=order.id)
    assert world.order(buyer, order).status is OrderStatus.CANCELLED


def test_a_complete_order_cannot_be_cancelled(world: World) -> None:
    seller, buyer = world.user("seller"), world.user("buyer")
    ticket = world.list_ticket(seller)
    order = world.lock(buyer, ticket)
    world.pay(order)
    with pytest.raises(OrderOver, match="complete"):
        world.call(CANCEL_ORDER, buyer, order_id=order.id)
    assert world.ticket(ticket).status is TicketStatus.SOLD


def test_cancelling_again_is_refused_and_publishes_nothing(world: World) -> None:
    seller, buyer = world.user("seller"), world.user("buyer")
    order = world.lock(buyer, world.list_ticket(seller))
    world.call(CANCEL_ORDER, buyer, order_id=order.id)
    for _ in range(3):
        with pytest.raises(OrderOver, match=r"cancelled .buyer."):
            world.call(CANCEL_ORDER, buyer, order_id=order.id)
    assert world.names(order.id) == ["order.created", "order.cancelled"]


def test_an_order_being_confirmed_cannot_be_cancelled(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unreachable(*_: object) -> None:
        raise OutcomeUnknown

    seller, buyer = world.user("seller"), world.user("buyer")
    order = world.lock(buyer, world.list_ticket(seller))
    monkeypatch.setattr(world.payments.gateway, "capture", unreachable)
    with capture_logs():
        world.pay(order)
    assert world.order(buyer, order).status is OrderStatus.CONFIRMING
    with pytest.raises(OrderConfirming) as refused:
        world.call(CANCEL_ORDER, buyer, order_id=order.id)
    assert refused.value.retry_after


def test_only_its_buyer_can_cancel_an_order(world: World) -> None:
    seller, buyer = world.user("seller"), world.user("buyer")
    order = world.lock(buyer, world.list_ticket(seller))
    for other in (seller, world.user("other")):
        with pytest.raises(OrderNotFound):
            world.call(CANCEL_ORDER, other, order_id=order.id)
    assert world.order(buyer, order).status is OrderStatus.AWAITING_PAYMENT


def test_an_unknown_order_cannot_be_cancelled(world: World) -> None:
    with pytest.raises(OrderNotFound):
        world.call(CANCEL_ORDER, world.user("buyer"), order_id="ord_none")


def test_an_operator_can_cancel_an_order_with_that_reason(world: World) -> None:
    admin, seller, buyer = world.user("admin", admin=True), world.user("s"), world.user("b")
    order = world.lock(buyer, world.list_ticket(seller))
    ended = world.call(ADMIN_CANCEL_ORDER, admin, order_id=order.id)
    assert ended.reason is CancelReason.ADMIN
    assert world.sound()


def test_a_released_ticket_can_be_bought_by_another_buyer(world: World) -> None:
    seller, ana, ben = world.user("seller"), world.user("ana"), world.user("ben")
    ticket = world.list_ticket(seller)
    world.call(CANCEL_ORDER, ana, order_id=world.lock(ana, ticket).id)
    order = world.lock(ben, ticket)
    assert world.pay(order) == "paid"
    world.pass_time(20 * MINUTE)
    assert world.order(ben, order).status is OrderStatus.COMPLETE
    assert world.sound()


def test_cancelling_an_order_of_another_buyer_looks_like_an_unknown_order(world: World) -> None:
    bought, other = start_purchase(world), world.user("other")
    with pytest.raises(OrderNotFound) as refused:
        world.call(CANCEL_ORDER, other, order_id=bought.order.id)
    assert refused.value.status == 404
