"""The floor: the least a lock can cost in Python with the same statements and the same durability.

No framework, no layers, no checks of what is asked: an asyncio protocol that takes requests apart
by hand, raw sqlite3 with positional binds on one writer thread, up to 64 locks in each commit.
It writes the rows that the real server writes, into the same tables and indexes.
"""

from __future__ import annotations

import asyncio
import gc
import hashlib
import queue
import random
import sqlite3
import sys
import threading
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

from db.sqlite import connect

#: A token, an idempotency key and a body.
Asked = tuple[str, str, bytes]
BATCH = 64
LOCK_FOR = 15 * 60 * 1_000_000
WHO = """SELECT s.id, s.user_id, s.last_used_at, s.expires_at, a.role, a.status
    FROM sessions s JOIN accounts a ON a.id = s.user_id WHERE s.token_hash = ?"""
REPLY = "SELECT request, status, body FROM replies WHERE user_id = ? AND key = ?"
HABITS = """SELECT
    (SELECT count(*) FROM orders WHERE buyer_id = ?
     AND status IN ('awaiting_payment', 'confirming')),
    (SELECT max(ended_at) FROM orders WHERE ticket_id = ? AND buyer_id = ?
     AND status = 'cancelled' AND reason = 'expired')"""
LOCK = """UPDATE tickets SET status = 'locked', order_id = ?, version = version + 1, updated_at = ?
    WHERE id = ? AND status = 'available' AND seller_id <> ? AND starts_at > ?
    RETURNING show_id, seller_id, section, "row", seat, price_amount, price_currency, version"""
ORDER = """INSERT INTO orders (id, ticket_id, buyer_id, seller_id, show_id, section, "row", seat,
    price_amount, price_currency, status, pay_code, version, expires_at, created_at, updated_at)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'awaiting_payment', ?, 1, ?, ?, ?)"""
EVENT = """INSERT INTO events
    (id, type, entity_id, version, order_id, actor, audience, body, at)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"""
KEEP = """INSERT INTO replies (user_id, key, request, status, body, created_at)
    VALUES (?, ?, ?, 201, ?, ?)"""
HEAD = b"HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b"


def ident(prefix: str, now: int) -> str:
    """Make an id that sorts by age."""
    return f"{prefix}_{now // 1000:011x}{random.getrandbits(36):09x}"


def moment(us: int) -> str:
    """Write a moment as the wire has it."""
    return datetime.fromtimestamp(us / 1e6, UTC).isoformat()[:26] + "Z"


def answered(cursor: sqlite3.Cursor, token: str, key: str, body: bytes) -> str:
    """Say who asks, do what is asked, and keep the reply under its key."""
    now, asked = time.time_ns() // 1000, hashlib.sha256(b"POST /v1/orders " + body).hexdigest()
    hashed = hashlib.sha256(token.encode()).hexdigest()
    _, buyer, _, expires, _, status = cursor.execute(WHO, (hashed,)).fetchone()
    assert status == "active"
    assert expires > now
    assert cursor.execute(REPLY, (buyer, key)).fetchone() is None
    reply = lock(cursor, buyer, body[14:-2].decode(), now)
    cursor.execute(KEEP, (buyer, key, asked, reply, now))
    return reply


def lock(cursor: sqlite3.Cursor, buyer: str, ticket: str, now: int) -> str:
    """Lock one ticket for a buyer who has room."""
    held, lapsed = cursor.execute(HABITS, (buyer, ticket, buyer)).fetchone()
    assert held < 1000
    assert lapsed is None
    order, until = ident("ord", now), now + LOCK_FOR
    show, seller, section, row, seat, amount, currency, version = cursor.execute(
        LOCK, (order, now, ticket, buyer, now)
    ).fetchone()
    code = f"{random.getrandbits(40):010x}"
    cursor.execute(
        ORDER,
        (order, ticket, buyer, seller, show, section, row, seat, amount, currency, code, until,
         now, now),
    )  # fmt: skip
    price = f'{{"amount":{amount},"currency":"{currency}"}}'
    said = f'"ticket_id":"{ticket}","buyer_id":"{buyer}","status":"awaiting_payment"'
    locked = (
        f'{{"type":"ticket.updated","id":"{ticket}","version":{version},"show_id":"{show}",'
        f'"seller_id":"{seller}","section":"{section}","row":"{row}","seat":"{seat}",'
        f'"price":{price},"status":"locked","order_id":"{order}"}}'
    )
    created = (
        f'{{"type":"order.created","id":"{order}","version":1,{said},"price":{price},'
        f'"expires_at":"{moment(until)}"}}'
    )
    cursor.executemany(
        EVENT,
        ((ident("evt", now), "ticket.updated", ticket, version, order, buyer, None, locked, now),
         (ident("evt", now), "order.created", order, 1, order, buyer, buyer, created, now)),
    )  # fmt: skip
    return (
        f'{{"id":"{order}",{said},"reason":null,"price":{price},"expires_at":"{moment(until)}",'
        f'"created_at":"{moment(now)}","version":1,"payment_url":"http://bench/p/{code}"}}'
    )


class Writer(threading.Thread):
    """The one writer: takes what waits, commits it together, and only then answers."""

    def __init__(self, path: Path, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(daemon=True)
        self.raw = connect(path)
        self.loop = loop
        self.waiting: queue.SimpleQueue[tuple[Line, Asked]] = queue.SimpleQueue()

    def run(self) -> None:
        """Commit for ever."""
        cursor = self.raw.cursor()
        while True:
            batch = [self.waiting.get()]
            while len(batch) < BATCH and not self.waiting.empty():
                batch.append(self.waiting.get())
            self.raw.execute("BEGIN IMMEDIATE")
            done = [(line, answered(cursor, *asked).encode()) for line, asked in batch]
            self.raw.execute("COMMIT")
            self.loop.call_soon_threadsafe(answer, done)


class Line(asyncio.Protocol):
    """A connection."""

    def __init__(self, writer: Writer) -> None:
        self.writer = writer
        self.received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way back."""
        self.transport = cast("asyncio.WriteTransport", transport)

    def data_received(self, data: bytes) -> None:
        """Take a request apart and queue it."""
        self.received += data
        head, found, body = self.received.partition(b"\r\n\r\n")
        if not found:
            return
        fields = dict(line.split(": ", 1) for line in head.decode().split("\r\n")[1:])
        if len(body) == int(fields["Content-Length"]):
            self.received = b""
            token = fields["Authorization"].removeprefix("Bearer ")
            self.writer.waiting.put((self, (token, fields["Idempotency-Key"], body)))


def answer(done: list[tuple[Line, bytes]]) -> None:
    """Tell everyone whose lock is durable."""
    for line, reply in done:
        line.transport.write(HEAD % (len(reply), reply))


async def serve(path: Path) -> None:
    """Answer until the process is ended."""
    loop = asyncio.get_running_loop()
    writer = Writer(path, loop)
    writer.start()
    listener = await loop.create_server(lambda: Line(writer), "127.0.0.1", 0, backlog=1024)
    print(f"listening on http://127.0.0.1:{listener.sockets[0].getsockname()[1]}", flush=True)
    gc.freeze()
    await listener.serve_forever()


def main() -> None:
    """Serve the database named on the command line, on the loop the real server uses."""
    try:
        import uvloop  # noqa: PLC0415  not on every system
    except ImportError:
        asyncio.run(serve(Path(sys.argv[1])))
    else:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(serve(Path(sys.argv[1])))


if __name__ == "__main__":
    main()
