"""Expiry: how late locks end, with 10,000 of them open; and how soon after a start."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import insert

from bench import child, stock
from bench.report import Table
from bench.stock import Stock, Values, event, ident
from contract.money import Money
from contract.orders import OrderCreated, OrderStatus
from contract.tickets import TicketStatus, TicketUpdated
from db.dialect import Backend
from db.schema.orders import orders
from db.sqlite import connect, error_kind
from db.statement import Connection, Statement
from db.types import from_us
from server.clock import SECOND

OPEN = 10_000
LOCK_FOR = 15 * 60 * SECOND
#: How often we look for what has been committed; figures are no finer than this.
LOOK = 0.002
_NEW = "SELECT seq, entity_id FROM events WHERE seq > ? AND type = 'order.cancelled' ORDER BY seq"
#: The n-th order locks the n-th ticket, so only the first letters of their ids differ.
_LOCK = "UPDATE tickets SET status = 'locked', version = 2, order_id = 'ord' || substr(id, 4)"


def run(folder: Path, *, quick: bool) -> Iterator[Table]:
    """Let locks end one by one, all at once, and while nobody was there to end them."""
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
        "late: from the deadline (the last row: from the line that says the server listens) until "
        "the committed end can be seen from another process"
    )
    yield table


def lock_all(market: Stock, *, due: int, first: int, last: int) -> dict[str, int]:
    """Lock every ticket; the first `due` end between `first` and `last` from now, others later.

    Returns when those end.
    """
    raw = connect(market.path)
    write = Connection(Backend.SQLITE, raw.cursor(), error_kind)
    now = int(time.time() * SECOND)
    ends = [now + first + (last - first) * n // due for n in range(due)]
    ends += [now + LOCK_FOR + n for n in range(market.size - due)]
    raw.execute("BEGIN IMMEDIATE")
    rows = [_order(n, now=now, end=end) for n, end in enumerate(ends)]
    write.executemany(Statement(insert(orders)), rows)
    raw.execute(_LOCK)
    stock.record(write, (row for n, order in enumerate(rows) for row in _told(n, order)))
    raw.execute("COMMIT")
    raw.close()
    return {ident("ord", n): end for n, end in enumerate(ends[:due])}


def watch(market: Stock, deadlines: dict[str, int]) -> tuple[list[float], float]:
    """Wait for all of these orders to end; return how late each was, in ms, and the whole in s."""
    raw = connect(market.path, read_only=True)
    place, late = 0, list[float]()
    patience = time.monotonic() + 60
    while len(late) < len(deadlines):
        assert time.monotonic() < patience, f"{len(deadlines) - len(late)} locks never ended"
        found = raw.execute(_NEW, (place,)).fetchall()
        seen = int(time.time() * SECOND)
        late += [(seen - deadlines[order]) / 1000 for _, order in found if order in deadlines]
        place = found[-1][0] if found else place
        time.sleep(LOOK)
    raw.close()
    return late, (int(time.time() * SECOND) - min(deadlines.values())) / SECOND


def _percentiles(late: list[float]) -> tuple[float, float, float]:
    ordered = sorted(late)
    return ordered[len(ordered) // 2], ordered[len(ordered) * 99 // 100], ordered[-1]


def _order(n: int, *, now: int, end: int) -> Values:
    buyer, seller = ident("usr", 20 + n // stock.EACH), ident("usr", stock.seller(n) + 20)
    began = min(now, end) - SECOND
    return {
        "id": ident("ord", n), "ticket_id": ident("tkt", n), "buyer_id": buyer,
        "seller_id": seller, "show_id": ident("shw", n // stock.SEATS), "section": "",
        "row": "", "seat": str(n), "price_amount": stock.price(n), "price_currency": "EUR",
        "status": OrderStatus.AWAITING_PAYMENT.value, "reason": None, "payment_id": None,
        "pay_code": f"{n:08}", "version": 1, "expires_at": end, "created_at": began,
        "updated_at": began, "ended_at": None,
    }  # fmt: skip


def _told(n: int, order: Values) -> Iterator[Values]:
    price = Money(amount=order["price_amount"], currency="EUR")
    locked = TicketUpdated(
        id=order["ticket_id"], version=2, show_id=order["show_id"], seller_id=order["seller_id"],
        section="", row="", seat=str(n), price=price, status=TicketStatus.LOCKED,
        order_id=order["id"],
    )  # fmt: skip
    created = OrderCreated(
        id=order["id"], version=1, ticket_id=order["ticket_id"], buyer_id=order["buyer_id"],
        status=OrderStatus.AWAITING_PAYMENT, price=price, expires_at=from_us(order["expires_at"]),
    )  # fmt: skip
    for turn, said in enumerate((locked, created)):
        yield event(said, 10**9 + 2 * n + turn, actor=order["buyer_id"], at=order["created_at"])
