"""Expiry: how late locks end when 10,000 are open, and how soon after a start."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

from bench import child, rows, stock
from bench.report import Table
from bench.rows import Values
from bench.stock import Stock, event, ident
from contract.money import Money
from contract.orders import OrderCreated, OrderStatus
from contract.tickets import TicketStatus, TicketUpdated
from db.dialect import Backend
from db.schema.events import events
from db.schema.orders import orders
from db.sqlite import connect, error_kind
from db.statement import Connection
from db.types import from_us
from server.clock import SECOND

OPEN = 10_000
LOCK_FOR = 15 * 60 * SECOND
#: Seconds between two reads of the log; figures are no finer than this.
INTERVAL = 0.002
_NEW = "SELECT seq, entity_id FROM events WHERE seq > ? AND type = 'order.cancelled' ORDER BY seq"
#: The n-th order locks the n-th ticket, so only the prefixes of their ids differ.
_LOCK = """UPDATE tickets SET status = 'locked', version = 2, order_id = 'ord' || substr(id, 4),
    locked_until = (SELECT expires_at FROM orders WHERE id = 'ord' || substr(tickets.id, 4))"""


def run(folder: Path, *, quick: bool) -> Iterator[Table]:
    """Measure locks that end one by one, all at once, and while the server is down."""
    count, spread = (200, 1) if quick else (OPEN, 10)
    whole = stock.build(folder / "expiry.db", count)
    table = Table(
        f"How late locks end, {count:,} open",
        ("locks that end", "ended", "p50 ms", "p99 ms", "max ms", "all after s"),
    )
    lead = 3 * SECOND  # for the server to start
    for name, due, first, last in (
        (f"a tenth, spread over {spread} s", count // 10, lead, lead + spread * SECOND),
        ("all at the same moment", count, lead, lead),
    ):
        market = whole.fresh("expiry-open.db")
        deadlines = lock_all(market, due=due, first=first, last=last)
        with child.server(market.path):
            late, spent = watch(market, deadlines)
        table.rows.append((name, len(late), *_percentiles(late), spent))
    market = whole.fresh("expiry-open.db")
    lock_all(market, due=count, first=-LOCK_FOR, last=-SECOND)
    with child.server(market.path):
        began = int(time.time() * SECOND)
        late, spent = watch(market, {ident("ord", n): began for n in range(count)})
    table.rows.append(("all overdue at start", len(late), *_percentiles(late), spent))
    table.notes.append(
        "late: from the deadline (last row: from the moment the server listens) until another "
        "process can read the committed end"
    )
    yield table


def lock_all(market: Stock, *, due: int, first: int, last: int) -> dict[str, int]:
    """Lock every ticket. The first `due` locks end between `first` and `last` from now.

    Return the deadlines of those; the other locks end later.
    """
    raw = connect(market.path)
    write = Connection(Backend.SQLITE, raw.cursor(), error_kind)
    now = int(time.time() * SECOND)
    ends = [now + first + (last - first) * n // due for n in range(due)]
    ends += [now + LOCK_FOR + n for n in range(market.size - due)]
    raw.execute("BEGIN IMMEDIATE")
    placed = [_order(n, now=now, end=end) for n, end in enumerate(ends)]
    rows.insert_all(write, orders, placed)
    raw.execute(_LOCK)
    rows.insert_all(write, events, (e for n, order in enumerate(placed) for e in _log(n, order)))
    raw.execute("COMMIT")
    raw.close()
    return {ident("ord", n): end for n, end in enumerate(ends[:due])}


def watch(market: Stock, deadlines: dict[str, int]) -> tuple[list[float], float]:
    """Wait until all of these orders end.

    Return how late each one was in milliseconds, and the seconds since the first deadline.
    """
    raw = connect(market.path, read_only=True)
    cursor, late = 0, list[float]()
    give_up = time.monotonic() + 60
    while len(late) < len(deadlines):
        assert time.monotonic() < give_up, f"{len(deadlines) - len(late)} locks never ended"
        found = raw.execute(_NEW, (cursor,)).fetchall()
        seen = int(time.time() * SECOND)
        late += [(seen - deadlines[order]) / 1000 for _, order in found if order in deadlines]
        cursor = found[-1][0] if found else cursor
        time.sleep(INTERVAL)
    raw.close()
    return late, (int(time.time() * SECOND) - min(deadlines.values())) / SECOND


def _percentiles(late: list[float]) -> tuple[float, float, float]:
    ordered = sorted(late)
    return ordered[len(ordered) // 2], ordered[len(ordered) * 99 // 100], ordered[-1]


def _order(n: int, *, now: int, end: int) -> Values:
    buyer, seller = ident("usr", 20 + n // stock.EACH), ident("usr", stock.seller(n) + 20)
    began = min(now, end) - SECOND
    return rows.row(
        orders, id=ident("ord", n), ticket_id=ident("tkt", n), buyer_id=buyer, seller_id=seller,
        show_id=ident("shw", n // stock.SEATS), seat=str(n), price_amount=stock.price(n),
        price_currency="EUR", status=OrderStatus.AWAITING_PAYMENT.value, pay_code=f"{n:08}",
        version=1, expires_at=end, created_at=began, updated_at=began,
    )  # fmt: skip


def _log(n: int, order: Values) -> Iterator[Values]:
    """Yield the events of a lock."""
    price = Money(amount=order["price_amount"], currency="EUR")
    locked = TicketUpdated(
        id=order["ticket_id"], version=2, show_id=order["show_id"], seller_id=order["seller_id"],
        section="", row="", seat=str(n), price=price, status=TicketStatus.LOCKED,
        order_id=order["id"], locked_until=from_us(order["expires_at"]),
    )  # fmt: skip
    created = OrderCreated(
        id=order["id"], version=1, ticket_id=order["ticket_id"], buyer_id=order["buyer_id"],
        status=OrderStatus.AWAITING_PAYMENT, price=price, expires_at=from_us(order["expires_at"]),
    )  # fmt: skip
    for index, body in enumerate((locked, created)):
        number = 10**9 + 2 * n + index
        yield event(body, number, actor=order["buyer_id"], at=order["created_at"])
