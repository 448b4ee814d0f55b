"""The wallet: bought tickets with their entry codes, for their buyer only."""

from __future__ import annotations

import msgspec
import pytest

from contract.orders import CANCEL_ORDER, LIST_WALLET, VIEW_WALLET, Validity
from contract.shows import CANCEL_SHOW
from contract.system import VIEW_STATS
from contract.tickets import TicketNotFound, TicketStatus
from tests.clock import MINUTE
from tests.server.rows import one
from tests.world import World


def test_a_bought_ticket_is_in_the_wallet_with_its_code(world: World) -> None:
    seller, buyer = world.user("seller"), world.user("buyer")
    ticket = world.list_ticket(seller)
    order = world.lock(buyer, ticket)
    world.pay(order)
    bought = world.call(VIEW_WALLET, buyer, ticket_id=ticket.id)
    code = one(world, "SELECT code FROM entry_codes")
    assert (bought.code, bought.barcode, bought.order_id) == (code, None, order.id)
    assert bought.ticket.status is TicketStatus.SOLD
    listed = msgspec.structs.replace(bought, history=())
    assert world.call(LIST_WALLET, buyer).items == (listed,)


@pytest.mark.parametrize("state", ["locked", "cancelled", "expired"])
def test_an_unpaid_ticket_is_in_no_wallet(world: World, state: str) -> None:
    seller, buyer = world.user("seller"), world.user("buyer")
    ticket = world.list_ticket(seller)
    order = world.lock(buyer, ticket)
    if state == "cancelled":
        world.call(CANCEL_ORDER, buyer, order_id=order.id)
    elif state == "expired":
        world.pass_time(15 * MINUTE)
    assert world.call(LIST_WALLET, buyer).items == ()
    with pytest.raises(TicketNotFound):
        world.call(VIEW_WALLET, buyer, ticket_id=ticket.id)


def test_neither_the_seller_nor_a_stranger_sees_the_code_of_a_sold_ticket(world: World) -> None:
    seller, buyer = world.user("seller"), world.user("buyer")
    ticket = world.list_ticket(seller)
    world.pay(world.lock(buyer, ticket))
    for other in (seller, world.user("other"), world.user("admin", admin=True)):
        assert world.call(LIST_WALLET, other).items == ()
        with pytest.raises(TicketNotFound):
            world.call(VIEW_WALLET, other, ticket_id=ticket.id)


def test_statistics_count_by_status(world: World) -> None:
    admin, seller, buyer = world.user("admin", admin=True), world.user("s"), world.user("b")
    world.pay(world.lock(buyer, world.list_ticket(seller)))
    world.lock(buyer, world.list_ticket(seller))
    stats = world.call(VIEW_STATS, admin)
    assert stats.accounts == {"active": 3}
    assert stats.tickets == {"sold": 1, "locked": 1}
    assert stats.orders == {"complete": 1, "awaiting_payment": 1}
    assert stats.events == len(world.events())


def test_a_ticket_of_a_cancelled_show_has_no_code_that_somebody_could_use(world: World) -> None:
    seller, buyer, olga = world.user("seller"), world.user("buyer"), world.user("olga", admin=True)
    ticket = world.list_ticket(seller, barcode="PRINTED-1")
    world.pay(world.lock(buyer, ticket))
    (valid,) = world.call(LIST_WALLET, buyer).items
    assert (valid.validity, valid.code is None) == (Validity.VALID, False)
    world.call(CANCEL_SHOW, olga, show_id=ticket.show.id)
    for void in (*world.call(LIST_WALLET, buyer).items,
                 world.call(VIEW_WALLET, buyer, ticket_id=ticket.id)):  # fmt: skip
        assert void.validity is Validity.SHOW_CANCELLED
        assert (void.code, void.qr, void.barcode) == (None, None, None)
