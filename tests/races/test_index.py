"""Without any check in the services, the database alone still sells a ticket only once."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from itertools import product

import pytest
from sqlalchemy import text

from contract.orders import OPEN_STATUSES, PLACE_ORDER, Order, OrderStatus, PlaceOrder
from contract.tickets import Ticket
from db.statement import Statement
from server.orders import service as orders
from server.orders import statements as sql
from server.principal import Principal
from server.tickets import service as tickets
from server.tx import Tx
from tests.databases import is_integrity_error
from tests.races.racing import StartLine
from tests.world import World

BUYERS, RACES = 8, 25
OPEN = sorted(OPEN_STATUSES)
REOPEN = Statement(
    text(
        "UPDATE orders SET status = 'awaiting_payment', reason = NULL, ended_at = NULL "
        "WHERE id = :gone"
    )
)


@pytest.fixture
def start_line() -> Iterator[StartLine]:
    """Start all buyers at once."""
    line = StartLine(BUYERS)
    yield line
    line.close()


def unguarded(
    tx: Tx, *, ticket_id: str, buyer_id: str, order_id: str, until_us: int
) -> tickets.TicketRecord:
    """Lock a ticket without checking anything."""
    del buyer_id, until_us
    seen = tickets.view(tx, ticket_id=ticket_id)
    return tickets.TicketRecord(
        id=seen.id, show_id=seen.show.id, seller_id=seen.seller_id, section=seen.section,
        row=seen.row, seat=seen.seat, price=seen.price, status=seen.status, version=seen.version,
        order_id=order_id, origin=seen.origin, locked_until=seen.locked_until,
    )  # fmt: skip


def attempt(world: World, buyer: Principal, ticket: Ticket) -> Order | Exception:
    try:
        return world.call(PLACE_ORDER, buyer, PlaceOrder(ticket_id=ticket.id))
    except Exception as refusal:  # noqa: BLE001  the test checks it
        return refusal


def test_the_unique_index_alone_lets_one_of_many_buyers_through(
    world: World, start_line: StartLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tickets, "lock", unguarded)
    monkeypatch.setattr(orders, "enforce_purchase_limits", lambda *_, **__: None)
    seller = world.user("seller")
    buyers = [world.user(f"buyer{n}") for n in range(BUYERS)]
    for _ in range(RACES):
        ticket = world.list_ticket(seller)
        ran = start_line.race([partial(attempt, world, buyer, ticket) for buyer in buyers])
        placed = [order for order in ran if isinstance(order, Order)]
        assert len(placed) == 1
        assert all(is_integrity_error(each) for each in ran if isinstance(each, Exception))


@pytest.mark.parametrize(
    ("first", "second"), [*product(OPEN, OPEN), (OrderStatus.COMPLETE, OrderStatus.COMPLETE)]
)
def test_no_two_open_orders_and_no_two_last_buyers_of_a_ticket_can_be_written(
    world: World, first: str, second: str
) -> None:
    ticket = world.list_ticket(world.user("seller"))
    write(world, ticket, world.user("one"), first)
    with pytest.raises(Exception, match=r"(?i)unique") as refusal:
        write(world, ticket, world.user("two"), second)
    assert is_integrity_error(refusal.value)


def test_a_new_order_can_follow_cancelled_ones(world: World) -> None:
    ticket = world.list_ticket(world.user("seller"))
    write(world, ticket, world.user("one"), "cancelled")
    write(world, ticket, world.user("two"), "cancelled")
    live = write(world, ticket, world.user("three"), "awaiting_payment")
    assert world.bus.read_now(lambda tx: tx.first(sql.VIEW, order_id=live)) is not None


def test_a_cancelled_order_cannot_be_reopened_beside_another(world: World) -> None:
    ticket = world.list_ticket(world.user("seller"))
    gone = write(world, ticket, world.user("one"), "awaiting_payment")
    end = {"order_id": gone, "why": "buyer"}
    world.bus.write_now(lambda tx: tx.first(sql.CANCEL, **end, now=tx.now_us))
    write(world, ticket, world.user("two"), "awaiting_payment")
    with pytest.raises(Exception, match=r"(?i)unique") as refusal:
        world.bus.write_now(lambda tx: tx.execute(REOPEN, gone=gone))
    assert is_integrity_error(refusal.value)


def write(world: World, ticket: Ticket, buyer: Principal, status: str) -> str:
    """Insert an order without the service."""
    over = status in ("complete", "cancelled")

    def act(tx: Tx) -> str:
        order_id = tx.new_id("ord")
        tx.execute(
            sql.INSERT,
            id=order_id, ticket_id=ticket.id, buyer_id=buyer.user_id, seller_id=ticket.seller_id,
            show_id=ticket.show.id, section="", row="", seat="", price_amount=1,
            price_currency="EUR", status=status, reason="buyer" if status == "cancelled" else None,
            payment_id=None if status in ("awaiting_payment", "cancelled") else "pay_x",
            pay_code=tx.new_code(8), version=1, expires_at=tx.now_us + 1, created_at=tx.now_us,
            updated_at=tx.now_us, ended_at=tx.now_us if over else None, fee_amount=0,
            refunded_amount=0, disputed=0, is_current=int(status == "complete"),
        )  # fmt: skip
        return order_id

    return world.bus.write_now(act)
