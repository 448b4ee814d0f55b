"""Receipts: what was paid, by whom, with which card, and what went back."""

from __future__ import annotations

import pytest

from contract.orders import OrderNotFound
from contract.receipts import VIEW_RECEIPT, NotPaid, Receipt
from contract.refunds import RefundStatus
from contract.terms import fee_of
from server.orders import service as orders
from server.principal import Principal
from tests.server.payments.purchase import bank, purchase
from tests.server.payments.refunding import Sale, sale
from tests.world import World

pytestmark = pytest.mark.sqlite_only


def receipt(sold: Sale, principal: Principal | None = None) -> Receipt:
    """Ask for a sale's receipt, as its buyer unless somebody else asks."""
    return sold.world.call(VIEW_RECEIPT, principal or sold.buyer, order_id=sold.order.id)


def test_a_receipt_says_what_was_paid_by_whom_for_what_and_with_which_card(world: World) -> None:
    world.with_settings(fee_basis_points=500)
    sold = sale(world)
    got = receipt(sold)
    assert got.buyer_email == "buyer0@example.org"
    assert got.seller_id == sold.seller.user_id
    assert (got.ticket, got.price) == (world.ticket(sold.ticket), sold.order.price)
    assert got.fee == fee_of(sold.order.price, 500)
    assert got.fee.amount == 225
    assert got.card == "visa 4242"
    assert (got.refunds, got.live) == ((), False)


def test_a_receipt_is_dated_when_the_order_was_completed(world: World) -> None:
    sold = sale(world)
    paid = receipt(sold).paid_at
    world.pass_time(24 * 3600 * 1_000_000)
    sold.refund(1000)
    assert receipt(sold).paid_at == paid == sold.order.created_at


def test_a_receipt_lists_what_went_back(world: World) -> None:
    sold = sale(world)
    sold.refund(1000)
    sold.dashboard(500)
    world.work()
    back = receipt(sold).refunds
    assert sorted(refund.amount.amount for refund in back) == [500, 1000]
    assert {refund.status for refund in back} == {RefundStatus.DONE}


def test_money_that_was_paid_twice_by_mistake_is_on_no_receipt(world: World) -> None:
    bought = purchase(world)
    for page in (bought.page(), bought.second_page()):
        bought.type_card(page)
    twice = next(a for a in bought.attempts() if a.id.startswith("pay_second"))
    session = bank(world).v1.checkout.sessions.retrieve(str(twice.session_id))
    bank(world).v1.payment_intents.capture(str(session["payment_intent"]))
    world.work()
    got = world.call(VIEW_RECEIPT, bought.buyer, order_id=bought.order.id)
    assert got.refunds == ()


def test_without_payment_there_is_no_receipt(world: World) -> None:
    bought = purchase(world)
    with pytest.raises(NotPaid):
        world.call(VIEW_RECEIPT, bought.buyer, order_id=bought.order.id)
    bought.cancel()
    with pytest.raises(NotPaid):
        world.call(VIEW_RECEIPT, bought.buyer, order_id=bought.order.id)


def test_while_a_payment_is_being_confirmed_there_is_no_receipt_yet(world: World) -> None:
    bought = purchase(world)
    bought.page()
    owner = {"order_id": bought.order.id, "payment_id": bought.attempt().id}
    assert world.bus.write_now(lambda tx: orders.confirm(tx, **owner))
    with pytest.raises(NotPaid):
        world.call(VIEW_RECEIPT, bought.buyer, order_id=bought.order.id)


def test_a_receipt_is_for_its_buyer_and_for_operators(world: World) -> None:
    sold = sale(world)
    assert receipt(sold, sold.operator) == receipt(sold)
    for other in (sold.seller, world.user("other")):
        with pytest.raises(OrderNotFound):
            receipt(sold, other)
