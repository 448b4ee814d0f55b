"""Receipts: what was paid, by whom, with which card, and what was refunded."""

from __future__ import annotations

import pytest

from contract.orders import OrderNotFound
from contract.receipts import VIEW_RECEIPT, NotPaid, Receipt
from contract.refunds import RefundStatus
from contract.terms import fee_of
from server.orders import service as orders
from server.principal import Principal
from tests.server.payments.paid_purchase import PaidPurchase, paid_purchase
from tests.server.payments.purchase import dashboard, start_purchase
from tests.world import World

pytestmark = pytest.mark.sqlite_only


def receipt(purchase: PaidPurchase, principal: Principal | None = None) -> Receipt:
    """Return a purchase's receipt, as its buyer or another principal sees it."""
    return purchase.world.call(
        VIEW_RECEIPT, principal or purchase.buyer, order_id=purchase.order.id
    )


def test_a_receipt_shows_buyer_ticket_price_and_card(world: World) -> None:
    world.with_settings(fee_basis_points=500)
    purchase = paid_purchase(world)
    got = receipt(purchase)
    assert got.buyer_email == "buyer0@example.org"
    assert got.seller_id == purchase.seller.user_id
    assert (got.ticket, got.price) == (world.ticket(purchase.ticket), purchase.order.price)
    assert got.fee == fee_of(purchase.order.price, 500)
    assert got.fee.amount == 225
    assert got.card == "visa 4242"
    assert (got.refunds, got.live) == ((), False)


def test_a_receipt_is_dated_when_the_order_was_completed(world: World) -> None:
    purchase = paid_purchase(world)
    paid = receipt(purchase).paid_at
    world.pass_time(24 * 3600 * 1_000_000)
    purchase.refund(1000)
    assert receipt(purchase).paid_at == paid == purchase.order.created_at


def test_a_receipt_lists_refunds(world: World) -> None:
    purchase = paid_purchase(world)
    purchase.refund(1000)
    purchase.refund_in_dashboard(500)
    world.work()
    back = receipt(purchase).refunds
    assert sorted(refund.amount.amount for refund in back) == [500, 1000]
    assert {refund.status for refund in back} == {RefundStatus.DONE}


def test_a_second_payment_made_by_mistake_is_on_no_receipt(world: World) -> None:
    purchase = start_purchase(world)
    for page in (purchase.page(), purchase.second_page()):
        purchase.type_card(page)
    twice = next(a for a in purchase.payments() if a.id.startswith("pay_second"))
    session = dashboard(world).v1.checkout.sessions.retrieve(str(twice.session_id))
    dashboard(world).v1.payment_intents.capture(str(session["payment_intent"]))
    world.work()
    got = world.call(VIEW_RECEIPT, purchase.buyer, order_id=purchase.order.id)
    assert got.refunds == ()


def test_without_payment_there_is_no_receipt(world: World) -> None:
    purchase = start_purchase(world)
    with pytest.raises(NotPaid):
        world.call(VIEW_RECEIPT, purchase.buyer, order_id=purchase.order.id)
    purchase.cancel()
    with pytest.raises(NotPaid):
        world.call(VIEW_RECEIPT, purchase.buyer, order_id=purchase.order.id)


def test_while_a_payment_is_confirming_there_is_no_receipt(world: World) -> None:
    purchase = start_purchase(world)
    purchase.page()
    owner = {"order_id": purchase.order.id, "payment_id": purchase.payment().id}
    assert world.bus.write_now(lambda tx: orders.confirm(tx, **owner))
    with pytest.raises(NotPaid):
        world.call(VIEW_RECEIPT, purchase.buyer, order_id=purchase.order.id)


def test_a_receipt_is_visible_to_its_buyer_and_operators(world: World) -> None:
    purchase = paid_purchase(world)
    assert receipt(purchase, purchase.operator) == receipt(purchase)
    for other in (purchase.seller, world.user("other")):
        with pytest.raises(OrderNotFound):
            receipt(purchase, other)
