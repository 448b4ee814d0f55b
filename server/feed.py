"""The feed: facts as they are committed, for whoever watches, from any point on."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from functools import partial

import msgspec
from sqlalchemy import bindparam, func, or_, select, text

from contract.alerts import OPERATORS
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
from contract.problems import FieldError, Forbidden, Invalid
from db.dialect import EVENTS_AFTER, EVENTS_ORDER, EVENTS_SETTLED
from db.schema.events import events
from db.statement import Row, Statement
from db.types import from_us
from server import jobs
from server.bus import Bus, Committed
from server.caller import Caller
from server.clock import SECOND
from server.routing import Desk, route, stream
from server.tx import Tx

#: A comment goes out this often, so that both ends notice a dead connection.
PING = 15 * SECOND
#: Facts of other servers are looked for this often; those of this one wake the feed at once.
LOOK_AGAIN = 1 * SECOND
BATCH = 200

_FIELDS = (
    events.c.txid, events.c.seq, events.c.id, events.c.at, events.c.actor, events.c.body,
    events.c.type, events.c.audience,
)  # fmt: skip
AFTER = Statement(
    lambda kind: (
        select(*_FIELDS)
        .where(text(EVENTS_AFTER[kind]))
        .order_by(*(events.c[name] for name in EVENTS_ORDER[kind]))
        .limit(bindparam("most"))
    )
)
LOG = Statement(
    lambda kind: (
        select(*_FIELDS)
        .where(
            text(EVENTS_AFTER[kind]),
            or_(bindparam("type") == "", events.c.type == bindparam("type")),
            or_(bindparam("entity") == "", events.c.entity_id == bindparam("entity")),
        )
        .order_by(*(events.c[name] for name in EVENTS_ORDER[kind]))
        .limit(bindparam("most"))
    )
)
HERE = Statement(
    lambda kind: (
        select(events.c.txid, events.c.seq)
        .where(text(EVENTS_SETTLED[kind]))
        .order_by(*(events.c[name].desc() for name in EVENTS_ORDER[kind]))
        .limit(1)
    )
)
OF_ORDER = Statement(
    select(*_FIELDS).where(events.c.order_id == bindparam("order")).order_by(events.c.seq)
)
COUNT = Statement(select(func.count()).select_from(events))
_decode = msgspec.json.Decoder(FeedEntry).decode
_CURSOR = re.compile(r"([0-9]{1,18})\.([0-9]{1,18})")


class Watch:
    """Wakes those who listen to the feed when there is something to hear."""

    def __init__(self, bus: Bus) -> None:
        """Hear of every commit that published facts."""
        self._listeners: set[asyncio.Event] = set()
        self._closed = False
        bus.on_commit(self._hear)

    def close(self) -> None:
        """End every stream: the server stops, and whoever listens resumes elsewhere."""
        self._closed = True
        for listener in self._listeners:
            listener.set()

    def _hear(self, committed: Committed) -> None:
        if committed.facts:
            for listener in self._listeners:
                listener.set()

    async def follow(
        self, desk: Desk, caller: Caller, query: FeedQuery, last: str | None
    ) -> AsyncIterator[bytes]:
        """Stream the facts this caller may hear, in order, each exactly once.

        Raises Forbidden when somebody who is no operator asks for everything.
        """
        if query.all and not caller.is_admin:
            raise Forbidden("Only operators may hear everything.")
        bus, woken = desk.bus, asyncio.Event()
        cursor = query.cursor or last
        newest = await bus.read(here)
        asked = newest if cursor is None else parse_cursor(cursor)
        # A place that has not come yet is of a log that gave way to an older backup.
        place, greeting = (newest, "resync") if asked > newest else (asked, "hello")
        self._listeners.add(woken)
        try:
            hello = msgspec.json.encode({"now": from_us(bus.clock.now())}).decode()
            yield f"id: {place[0]}.{place[1]}\nevent: {greeting}\ndata: {hello}\n\n".encode()
            quiet = bus.clock.now()
            while not self._closed:
                woken.clear()
                rows = await bus.read(partial(after, place=place))
                for row in rows:
                    if query.all or _hears(caller, audience=row[7]):
                        yield _line(row, to=caller, everything=query.all)
                        quiet = bus.clock.now()
                if rows:
                    place = (rows[-1][0], rows[-1][1])
                    continue
                if bus.clock.now() - quiet >= PING:
                    yield b": still here\n\n"
                    quiet = bus.clock.now()
                await bus.clock.wait(woken, until=bus.clock.now() + LOOK_AGAIN)
        finally:
            self._listeners.discard(woken)


def _hears(caller: Caller, *, audience: str | None) -> bool:
    """Tell whether a fact for that audience is for this caller."""
    if audience == OPERATORS:
        return caller.is_admin
    return audience is None or audience == caller.user_id


def parse_cursor(cursor: str) -> tuple[int, int]:
    """Read a place in the log; raise Invalid for what is none."""
    match = _CURSOR.fullmatch(cursor)
    if match is None:
        message = "is not a cursor of this feed; leave it out to hear from now on"
        raise Invalid(errors=(FieldError(field="cursor", message=message),))
    return int(match[1]), int(match[2])


def here(tx: Tx) -> tuple[int, int]:
    """Return the place after the newest fact."""
    row = tx.first(HERE)
    return (0, 0) if row is None else (row[0], row[1])


def after(tx: Tx, *, place: tuple[int, int]) -> list[Row]:
    """Return the next facts after a place."""
    return tx.all(AFTER, txid=place[0], seq=place[1], most=BATCH)


def page(tx: Tx, caller: Caller, query: EventsQuery) -> Page[FeedEntry]:
    """List facts from the log, oldest first."""
    place = parse_cursor(query.cursor) if query.cursor else (0, 0)
    rows = tx.all(
        LOG, txid=place[0], seq=place[1], most=query.limit + 1,
        type=query.type or "", entity=query.entity_id or "",
    )  # fmt: skip
    shown = rows[: query.limit]
    more = f"{shown[-1][0]}.{shown[-1][1]}" if len(rows) > query.limit else None
    total = count(tx) if query.count and not query.type and not query.entity_id else None
    return Page(items=tuple(entry(row) for row in shown), next=more, total=total)


def trace(tx: Tx, caller: Caller, query: Empty, *, order_id: str) -> Trace:
    """Tell one order's whole story: its facts in order, and the work they led to."""
    facts = tuple(entry(row) for row in tx.all(OF_ORDER, order=order_id))
    if not facts:
        raise OrderNotFound
    return Trace(order_id=order_id, facts=facts, jobs=jobs.of_order(tx, order_id=order_id))


def count(tx: Tx) -> int:
    """Return how many facts the log holds."""
    row = tx.first(COUNT)
    return row[0] if row is not None else 0


def routes(watch: Watch) -> tuple[object, ...]:
    """Return the feed's routes."""
    return (
        stream(FEED, watch.follow),
        route(ADMIN_EVENTS, page),
        route(TRACE_ORDER, trace),
    )


def _json(row: Row, *, actor: str) -> str:
    """Wrap a stored fact in its place without reading it."""
    at = from_us(row[3]).isoformat().replace("+00:00", "Z")
    return (
        f'{{"cursor":"{row[0]}.{row[1]}","id":"{row[2]}","at":"{at}","actor":"{actor}",'
        f'"event":{row[5]}}}'
    )


def _line(row: Row, *, to: Caller, everything: bool) -> bytes:
    """Write a fact as a message. Which user caused it is told only to himself and to operators."""
    told = everything or row[4] == to.user_id or not row[4].startswith("usr_")
    data = _json(row, actor=row[4] if told else "")
    return f"id: {row[0]}.{row[1]}\nevent: {row[6]}\ndata: {data}\n\n".encode()


def entry(row: Row) -> FeedEntry:
    """Read a fact in its place from a row of the log."""
    return _decode(_json(row, actor=row[4]).encode())
