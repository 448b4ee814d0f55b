"""Entry codes: each owner has their own, and only the last one of a ticket is valid."""

from __future__ import annotations

from contract.codes import code_key
from contract.orders import VIEW_WALLET, Order
from contract.refunds import REFUND_ORDER, RefundOrder
from contract.tickets import Ticket, TicketCodeIssued, TicketCodeRevoked
from server.orders import service as orders
from server.principal import Principal
from tests.server.rows import one, rows
from tests.world import World

CODES = "SELECT serial, owner_id, reason, code FROM entry_codes ORDER BY serial"


def sold(world: World) -> tuple[Ticket, Order, Principal]:
    """Sell a ticket."""
    buyer = world.user("buyer")
    ticket = world.list_ticket(world.user("seller"))
    order = world.lock(buyer, ticket)
    assert world.pay(order) == "paid"
    return ticket, order, buyer


def code_events(world: World) -> list[TicketCodeIssued | TicketCodeRevoked]:
    """Return the events about entry codes."""
    return [e for e in world.events() if isinstance(e, TicketCodeIssued | TicketCodeRevoked)]


def refund(world: World, order: Order, amount: int | None = None) -> None:
    """Refund an order as an operator, and do the work."""
    operator = world.user("operator", admin=True)
    world.call(REFUND_ORDER, operator, RefundOrder(amount=amount), order_id=order.id)
    world.work()


def test_each_sale_makes_a_code_of_16_characters_that_nobody_can_guess(world: World) -> None:
    seller, buyer = world.user("seller"), world.user("buyer")
    for _ in range(2):
        world.pay(world.lock(buyer, world.list_ticket(seller)))
    codes = [row[0] for row in rows(world, "SELECT code FROM entry_codes")]
    assert len(set(codes)) == 2
    assert all(len(code) == 16 and code == code_key(code) for code in codes)


def test_an_unsold_ticket_has_no_code(world: World) -> None:
    ticket = world.list_ticket(world.user("seller"))
    world.lock(world.user("buyer"), ticket)
    assert rows(world, CODES) == []


def test_the_buyer_is_the_owner_and_alone_learns_of_the_code(world: World) -> None:
    ticket, order, buyer = sold(world)
    assert one(world, "SELECT owner_id FROM tickets") == buyer.user_id
    (issued,) = code_events(world)
    assert (issued.id, issued.order_id, issued.serial) == (ticket.id, order.id, 1)
    assert issued.audience == issued.owner_id == buyer.user_id
    assert one(world, "SELECT code FROM entry_codes") not in repr(world.events())


def test_a_full_refund_revokes_the_code(world: World) -> None:
    ticket, order, buyer = sold(world)
    refund(world, order)
    assert world.call(VIEW_WALLET, buyer, ticket_id=ticket.id).code is None
    _, revoked = code_events(world)
    assert isinstance(revoked, TicketCodeRevoked)
    assert (revoked.reason, revoked.audience) == ("refunded", buyer.user_id)
    assert world.sound()


def test_a_partial_refund_keeps_the_code(world: World) -> None:
    ticket, order, buyer = sold(world)
    before = world.call(VIEW_WALLET, buyer, ticket_id=ticket.id).code
    refund(world, order, amount=100)
    assert world.call(VIEW_WALLET, buyer, ticket_id=ticket.id).code == before
    assert world.sound()


def test_a_refund_that_fails_gives_the_owner_a_new_code(world: World) -> None:
    ticket, order, buyer = sold(world)
    before = world.call(VIEW_WALLET, buyer, ticket_id=ticket.id).code
    price = order.price.amount
    world.bus.write_now(lambda tx: orders.refund(tx, order_id=order.id, more=price))
    world.bus.write_now(lambda tx: orders.refund(tx, order_id=order.id, more=-price))
    after = world.call(VIEW_WALLET, buyer, ticket_id=ticket.id).code
    assert after is not None
    assert after != before
    assert [row[:3] for row in rows(world, CODES)] == [
        (1, buyer.user_id, "refunded"), (2, buyer.user_id, None),
    ]  # fmt: skip
