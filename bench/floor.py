"""Floor: the least that a lock can cost in Python with the same statements and durability.

It has no framework, no layers and no validation: an asyncio protocol that parses requests by hand,
and raw sqlite3 with positional binds on one writer thread, with up to 64 locks in each commit.
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

from bench.rows import insert_sql
from db.schema.events import events
from db.schema.idempotency import replies
from db.schema.orders import orders
from db.sqlite import connect

#: A token, an idempotency key and a body.
LockRequest = tuple[str, str, bytes]
BATCH = 64
LOCK_FOR = 15 * 60 * 1_000_000
SESSION = """SELECT s.id, s.user_id, s.last_used_at, s.expires_at, a.role, a.status
    FROM sessions s JOIN accounts a ON a.id = s.user_id WHERE s.token_hash = ?"""
FIND_REPLY = "SELECT request, status, body FROM replies WHERE user_id = ? AND key = ?"
BUYER_LIMITS = """SELECT
    (SELECT count(*) FROM orders WHERE buyer_id = ?
     AND status IN ('awaiting_payment', 'confirming')),
    (SELECT max(ended_at) FROM orders WHERE ticket_id = ? AND buyer_id = ?
     AND status = 'cancelled' AND reason = 'expired')"""
LOCK = """UPDATE tickets
    SET status = 'locked', order_id = ?, locked_until = ?, version = version + 1, updated_at = ?
    WHERE id = ? AND status = 'available' AND seller_id <> ? AND starts_at > ?
    RETURNING show_id, seller_id, section, "row", seat, price_amount, price_currency, version"""
INSERT_ORDER = insert_sql(
    orders,
    ("id", "ticket_id", "buyer_id", "seller_id", "show_id", "section", "row", "seat",
     "price_amount", "price_currency", "pay_code", "expires_at", "created_at", "updated_at"),
    status="awaiting_payment", version=1,
)  # fmt: skip
INSERT_EVENT = insert_sql(
    events, ("id", "type", "entity_id", "version", "order_id", "actor", "audience", "body", "at")
)
INSERT_REPLY = insert_sql(replies, ("user_id", "key", "request", "body", "created_at"), status=201)
HEAD = b"HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b"


def ident(prefix: str, now: int) -> str:
    """Return a new id that sorts by age."""
    return f"{prefix}_{now // 1000:011x}{random.getrandbits(36):09x}"


def moment(us: int) -> str:
    """Format a time as the API does."""
    return datetime.fromtimestamp(us / 1e6, UTC).isoformat()[:26] + "Z"


def handle(cursor: sqlite3.Cursor, token: str, key: str, body: bytes) -> str:
    """Authenticate the buyer, lock the ticket, and store the reply under its idempotency key."""
    now, digest = time.time_ns() // 1000, hashlib.sha256(b"POST /v1/orders " + body).hexdigest()
    hashed = hashlib.sha256(token.encode()).hexdigest()
    _, buyer, _, expires, _, status = cursor.execute(SESSION, (hashed,)).fetchone()
    assert status == "active"
    assert expires > now
    assert cursor.execute(FIND_REPLY, (buyer, key)).fetchone() is None
    stored = lock(cursor, buyer, body[14:-2].decode(), now)
    cursor.execute(INSERT_REPLY, (buyer, key, digest, stored, now))
    return stored


def lock(cursor: sqlite3.Cursor, buyer: str, ticket: str, now: int) -> str:
    """Lock one ticket for a buyer below the limit."""
    open_orders, expired = cursor.execute(BUYER_LIMITS, (buyer, ticket, buyer)).fetchone()
    assert open_orders < 1000
    assert expired is None
    order, until = ident("ord", now), now + LOCK_FOR
    show, seller, section, row, seat, amount, currency, version = cursor.execute(
        LOCK, (order, until, now, ticket, buyer, now)
    ).fetchone()
    code = f"{random.getrandbits(40):010x}"
    cursor.execute(
        INSERT_ORDER,
        (order, ticket, buyer, seller, show, section, row, seat, amount, currency, code, until,
         now, now),
    )  # fmt: skip
    price = f'{{"amount":{amount},"currency":"{currency}"}}'
    common = f'"ticket_id":"{ticket}","buyer_id":"{buyer}","status":"awaiting_payment"'
    locked = (
        f'{{"type":"ticket.updated","id":"{ticket}","version":{version},"show_id":"{show}",'
        f'"seller_id":"{seller}","section":"{section}","row":"{row}","seat":"{seat}",'
        f'"price":{price},"status":"locked","order_id":"{order}"}}'
    )
    created = (
        f'{{"type":"order.created","id":"{order}","version":1,{common},"price":{price},'
        f'"expires_at":"{moment(until)}"}}'
    )
    cursor.executemany(
        INSERT_EVENT,
        ((ident("evt", now), "ticket.updated", ticket, version, order, buyer, None, locked, now),
         (ident("evt", now), "order.created", order, 1, order, buyer, buyer, created, now)),
    )  # fmt: skip
    return (
        f'{{"id":"{order}",{common},"reason":null,"price":{price},"expires_at":"{moment(until)}",'
        f'"created_at":"{moment(now)}","version":1,"payment_url":"http://bench/p/{code}"}}'
    )


class WriterThread(threading.Thread):
    """The only writer: it commits what is queued together, and only then replies."""

    def __init__(self, path: Path, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(daemon=True)
        self.raw = connect(path)
        self.loop = loop
        self.queued: queue.SimpleQueue[tuple[LockProtocol, LockRequest]] = queue.SimpleQueue()

    def run(self) -> None:
        """Commit batches until the process ends."""
        cursor = self.raw.cursor()
        while True:
            batch = [self.queued.get()]
            while len(batch) < BATCH and not self.queued.empty():
                batch.append(self.queued.get())
            self.raw.execute("BEGIN IMMEDIATE")
            done = [(client, handle(cursor, *request).encode()) for client, request in batch]
            self.raw.execute("COMMIT")
            self.loop.call_soon_threadsafe(reply, done)


class LockProtocol(asyncio.Protocol):
    """One client's connection."""

    def __init__(self, writer: WriterThread) -> None:
        self.writer = writer
        self.received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport for the replies."""
        self.transport = cast("asyncio.WriteTransport", transport)

    def data_received(self, data: bytes) -> None:
        """Parse a request and queue it."""
        self.received += data
        head, found, body = self.received.partition(b"\r\n\r\n")
        if not found:
            return
        fields = dict(line.split(": ", 1) for line in head.decode().split("\r\n")[1:])
        if len(body) == int(fields["Content-Length"]):
            self.received = b""
            token = fields["Authorization"].removeprefix("Bearer ")
            self.writer.queued.put((self, (token, fields["Idempotency-Key"], body)))


def reply(done: list[tuple[LockProtocol, bytes]]) -> None:
    """Reply to every client whose lock is durable."""
    for client, body in done:
        client.transport.write(HEAD % (len(body), body))


async def serve(path: Path) -> None:
    """Serve until the process ends."""
    loop = asyncio.get_running_loop()
    writer = WriterThread(path, loop)
    writer.start()
    listener = await loop.create_server(lambda: LockProtocol(writer), "127.0.0.1", 0, backlog=1024)
    print(f"listening on http://127.0.0.1:{listener.sockets[0].getsockname()[1]}", flush=True)
    gc.freeze()
    await listener.serve_forever()


def main() -> None:
    """Serve the database named on the command line, on the event loop the real server uses."""
    try:
        import uvloop  # noqa: PLC0415  not on every system
    except ImportError:
        asyncio.run(serve(Path(sys.argv[1])))
    else:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(serve(Path(sys.argv[1])))


if __name__ == "__main__":
    main()
