"""Constraints: what the tables refuse by themselves, whatever the code above them does."""

from __future__ import annotations

import pytest

from contract.orders import CANCEL_ORDER
from contract.tickets import TicketUnavailable
from server.tickets import statements as tickets
from tests.server.rows import change, one
from tests.world import World


@pytest.mark.parametrize(
    ("change_to", "guard"),
    [
        ("tickets SET price_amount = 0", "price"),
        ("tickets SET price_amount = -1", "price"),
        ("tickets SET price_currency = 'EURO'", "currency"),
        ("tickets SET status = 'gone', order_id = NULL, locked_until = NULL", "status"),
        ("tickets SET status = 'available', locked_until = NULL", "held"),
        ("tickets SET shelf = 'off'", "shelf"),
        ("tickets SET order_id = NULL", "held"),
        ("tickets SET locked_until = NULL", "lock_end"),
        ("tickets SET seller_id = 'usr_none'", "(?i)foreign key"),
        ("orders SET status = 'unheard of'", "status"),
        ("orders SET status = 'confirming'", "owned"),
        ("orders SET status = 'complete', payment_id = 'pay_x'", "ended"),
        ("orders SET reason = 'expired'", "cancelled"),
        ("orders SET buyer_id = seller_id", "seller_is_not_buyer"),
        ("orders SET price_amount = 0", "price"),
        ("accounts SET role = 'king'", "role"),
        ("accounts SET email = 'same@example.org'", "(?i)unique"),
        ("shows SET category = 'event'", "category"),
        ("events SET version = 7", "append-only"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_an_invalid_row_is_refused(world: World, change_to: str, guard: str) -> None:
    world.lock(world.user("buyer"), world.list_ticket(world.user("seller")))
    with pytest.raises(Exception, match=guard):
        change(world, f"UPDATE {change_to}")


def test_text_is_refused_in_an_integer_column(world: World) -> None:
    world.list_ticket(world.user("seller"))
    with pytest.raises(Exception, match=r"(?i)text|integer|type"):
        change(world, "UPDATE tickets SET version = 'two'")


def test_a_ticket_cannot_have_two_orders_even_when_its_lock_is_lost(world: World) -> None:
    seller, ana, ben = world.user("seller"), world.user("ana"), world.user("ben")
    ticket = world.list_ticket(seller)
    world.lock(ana, ticket)
    change(world, "UPDATE tickets SET status = 'available', order_id = NULL, locked_until = NULL")
    with pytest.raises(Exception, match=r"(?i)unique"):
        world.lock(ben, ticket)
    assert one(world, "SELECT count(*) FROM orders") == 1


def test_a_ticket_can_be_ordered_again_after_an_order_has_ended(world: World) -> None:
    seller, ana, ben = world.user("seller"), world.user("ana"), world.user("ben")
    ticket = world.list_ticket(seller)
    first = world.lock(ana, ticket)
    with pytest.raises(TicketUnavailable):
        world.lock(ben, ticket)
    world.call(CANCEL_ORDER, ana, order_id=first.id)
    assert world.lock(ben, ticket).buyer_id == ben.user_id


def test_a_lock_is_one_statement_that_changes_nothing_when_it_comes_too_late(
    world: World,
) -> None:
    seller, ana, ben = world.user("seller"), world.user("ana"), world.user("ben")
    ticket = world.list_ticket(seller)
    order = world.lock(ana, ticket)
    late = world.bus.write_now(
        lambda tx: tx.first(
            tickets.LOCK,
            ticket_id=ticket.id,
            buyer_id=ben.user_id,
            by_order="ord_x",
            until=tx.now_us,
            now=tx.now_us,
        )
    )
    assert late is None
    assert one(world, "SELECT order_id FROM tickets") == order.id
