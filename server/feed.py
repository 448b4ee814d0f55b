"""The feed: streams events as they are committed, from any position in the log."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator
from functools import partial

import msgspec
from sqlalchemy import bindparam, func, or_, select, text

from contract.alerts import OPERATORS
from contract.auth import AccountBanned
from contract.base import Empty, Page
from contract.feed import (
    ADMIN_EVENTS,
    FEED,
    TRACE_ORDER,
    EventsQuery,
    FeedEntry,
    FeedQuery,
    Trace,
)
from contract.orders import OrderNotFound
from contract.problems import FieldError, Forbidden, Invalid, NotSignedIn
from db.dialect import EVENTS_AFTER, EVENTS_ORDER, EVENTS_SETTLED
from db.schema.events import events
from db.statement import Row, Statement
from db.types import from_us
from server import jobs, paging
from server.bus import Bus, Commit
from server.clock import SECOND
from server.principal import Principal
from server.routing import AnyRoute, AppContext, Identify, route, stream
from server.tx import Tx

#: A comment is sent this often, so that both ends notice a dead connection.
PING = 15 * SECOND
#: The log is checked this often for events of other servers; those of this one wake the feed.
POLL_INTERVAL = 1 * SECOND
BATCH = 200

_FIELDS = (
    events.c.txid, events.c.seq, events.c.id, events.c.at, events.c.actor, events.c.body,
    events.c.type, events.c.audience,
)  # fmt: skip
AFTER = Statement(
    lambda backend: (
        select(*_FIELDS)
        .where(text(EVENTS_AFTER[backend]))
        .order_by(*(events.c[name] for name in EVENTS_ORDER[backend]))
        .limit(bindparam("limit"))
    )
)
LOG = Statement(
    lambda backend: (
        select(*_FIELDS)
        .where(
            text(EVENTS_AFTER[backend]),
            or_(bindparam("type") == "", events.c.type == bindparam("type")),
            or_(bindparam("entity") == "", events.c.entity_id == bindparam("entity")),
        )
        .order_by(*(events.c[name] for name in EVENTS_ORDER[backend]))
        .limit(bindparam("limit"))
    )
)
NEWEST = Statement(
    lambda backend: (
        select(events.c.txid, events.c.seq)
        .where(text(EVENTS_SETTLED[backend]))
        .order_by(*(events.c[name].desc() for name in EVENTS_ORDER[backend]))
        .limit(1)
    )
)
OF_ORDER = Statement(
    select(*_FIELDS).where(events.c.order_id == bindparam("order")).order_by(events.c.seq)
)
COUNT = Statement(select(func.count()).select_from(events))
_decode = msgspec.json.Decoder(FeedEntry).decode
#: Others learn that a ticket is locked, but not by which order.
_ORDER_ID = re.compile(r'"order_id":"[a-z0-9_]+"')
_CURSOR = re.compile(r"([0-9]{1,18})\.([0-9]{1,18})")


class Feed:
    """Streams committed events to connected clients."""

    def __init__(self, bus: Bus) -> None:
        """Wake every stream after each commit that published events."""
        self._listeners: set[asyncio.Event] = set()
        self._closed = False
        bus.on_commit(self._on_commit)

    def close(self) -> None:
        """End every stream: the server stops, and clients resume after a restart."""
        self._closed = True
        for listener in self._listeners:
            listener.set()

    def _on_commit(self, commit: Commit) -> None:
        if commit.events:
            for listener in self._listeners:
                listener.set()

    async def follow(
        self, context: AppContext, identify: Identify, query: FeedQuery, last: str | None
    ) -> AsyncGenerator[bytes, None]:
        """Stream the events that the principal may receive, in order, each exactly once.

        An item is a message or several. The stream ends with the principal's session, and when
        their role changes: the session is read together with each batch of events, so that none is
        sent after its end. Raises Forbidden when only an operator may ask for this.
        """
        bus, wakeup = context.bus, asyncio.Event()
        principal, newest = await bus.read(lambda tx: (identify(tx), newest_position(tx)))
        if query.all and not principal.is_admin:
            raise Forbidden("Only operators may receive all events.")
        cursor = query.cursor or last
        asked = newest if cursor is None else parse_cursor(cursor)
        # A position beyond the end is from a log that has been replaced by an older backup.
        position, greeting = (newest, "resync") if asked > newest else (asked, "hello")
        self._listeners.add(wakeup)
        try:
            hello = msgspec.json.encode({"now": from_us(bus.clock.now())}).decode()
            yield f"id: {position[0]}.{position[1]}\nevent: {greeting}\ndata: {hello}\n\n".encode()
            last_sent = bus.clock.now()
            while not self._closed:
                wakeup.clear()
                read = partial(_next_messages, principal, identify, query, position)
                found = await bus.read_for_stream(read)
                if found is None:
                    return
                messages, position, more = found
                if messages:
                    yield messages
                    last_sent = bus.clock.now()
                if more:
                    continue
                if bus.clock.now() - last_sent >= PING:
                    yield b": still here\n\n"
                    last_sent = bus.clock.now()
                await bus.clock.wait(wakeup, until=bus.clock.now() + POLL_INTERVAL)
        finally:
            self._listeners.discard(wakeup)


def _next_messages(
    principal: Principal,
    identify: Identify,
    query: FeedQuery,
    position: tuple[int, int],
    tx: Tx,
) -> tuple[bytes, tuple[int, int], bool] | None:
    """Return the next messages of a stream, the position after them, and whether more are there.

    None if the session has ended or the role has changed. They are put together here, on a thread:
    for a hundred streams that catch up it takes seconds, and the event loop would serve nobody.
    """
    try:
        current = identify(tx)
    except (NotSignedIn, Forbidden, AccountBanned):
        return None
    if current.role is not principal.role:
        return None
    rows = after(tx, position=position)
    messages = b"".join(
        _message(row, to=principal, everything=query.all)
        for row in rows
        if query.all or _may_receive(principal, audience=row[7])
    )
    return messages, (rows[-1][0], rows[-1][1]) if rows else position, len(rows) == BATCH


def _may_receive(principal: Principal, *, audience: str | None) -> bool:
    """Tell whether the principal may receive an event for that audience."""
    if audience == OPERATORS:
        return principal.is_admin
    return audience is None or audience == principal.user_id


def parse_cursor(cursor: str) -> tuple[int, int]:
    """Parse a position in the log. Raises Invalid."""
    match = _CURSOR.fullmatch(cursor)
    if match is None:
        message = "is not a cursor of this feed; leave it out to start from now"
        raise Invalid(errors=(FieldError(field="cursor", message=message),))
    return int(match[1]), int(match[2])


def newest_position(tx: Tx) -> tuple[int, int]:
    """Return the position after the newest event."""
    row = tx.first(NEWEST)
    return (0, 0) if row is None else (row[0], row[1])


def after(tx: Tx, *, position: tuple[int, int]) -> list[Row]:
    """Return the next events after a position."""
    return tx.all(AFTER, txid=position[0], seq=position[1], limit=BATCH)


def page(tx: Tx, principal: Principal, query: EventsQuery) -> Page[FeedEntry]:
    """List events from the log, oldest first."""
    position = parse_cursor(query.cursor) if query.cursor else (0, 0)
    rows, following = paging.page(
        lambda limit: tx.all(
            LOG, txid=position[0], seq=position[1], limit=limit,
            type=query.type or "", entity=query.entity_id or "",
        ),
        query.limit,
        lambda row: f"{row[0]}.{row[1]}",
    )  # fmt: skip
    total = count(tx) if query.count and not query.type and not query.entity_id else None
    return Page(items=tuple(entry(row) for row in rows), next=following, total=total)


def trace(tx: Tx, principal: Principal, query: Empty, *, order_id: str) -> Trace:
    """Return an order's whole history: its events in order, and the jobs they led to."""
    published = tuple(entry(row) for row in tx.all(OF_ORDER, order=order_id))
    if not published:
        raise OrderNotFound
    return Trace(order_id=order_id, events=published, jobs=jobs.of_order(tx, order_id=order_id))


def count(tx: Tx) -> int:
    """Return how many events the log holds."""
    row = tx.first(COUNT)
    return row[0] if row is not None else 0


def routes(feed: Feed) -> tuple[AnyRoute, ...]:
    """Return the feed's routes."""
    return (
        stream(FEED, feed.follow),
        route(ADMIN_EVENTS, page),
        route(TRACE_ORDER, trace),
    )


def _json(row: Row, *, actor: str) -> str:
    """Wrap a stored event in its feed entry without decoding it."""
    at = from_us(row[3]).isoformat().replace("+00:00", "Z")
    return (
        f'{{"cursor":"{row[0]}.{row[1]}","id":"{row[2]}","at":"{at}","actor":"{actor}",'
        f'"event":{row[5]}}}'
    )


def _message(row: Row, *, to: Principal, everything: bool) -> bytes:
    """Format an event as a server-sent message, without the id of another user as its actor."""
    visible = everything or row[4] == to.user_id or not row[4].startswith("usr_")
    data = _json(row, actor=row[4] if visible else "")
    if not everything and row[7] is None:
        data = _ORDER_ID.sub('"order_id":null', data)
    return f"id: {row[0]}.{row[1]}\nevent: {row[6]}\ndata: {data}\n\n".encode()


def entry(row: Row) -> FeedEntry:
    """Read a feed entry from a row of the log."""
    return _decode(_json(row, actor=row[4]).encode())
