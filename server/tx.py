"""Transactions: run statements, publish events, and dispatch them before the commit."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import insert

from contract.base import Event
from contract.problems import Problem
from db.errors import ErrorKind
from db.schema.events import events
from db.statement import Connection, Row, Statement
from db.types import from_us
from server.clock import Rng, new_code, new_id
from server.settings import Settings

#: Handles one event inside the transaction that published it.
EventHandler = Callable[["Tx", Any], None]
#: More events than this from one transaction is an endless loop, not a workflow.
MAX_EVENTS = 2000

RECORD = Statement(
    insert(events),
    columns=("id", "type", "entity_id", "version", "order_id", "actor", "audience", "body", "at"),
)
_encode = msgspec.json.Encoder().encode


class Tx:
    """One transaction: its time, its actor, and the events it has published so far."""

    __slots__ = (
        "_connection", "_orders", "_rng", "actor", "events", "notified", "now_us", "settings",
        "unconditional",
    )  # fmt: skip

    def __init__(
        self,
        connection: Connection,
        *,
        now_us: int,
        actor: str,
        settings: Settings,
        rng: Rng,
    ) -> None:
        """Begin with no events."""
        self._connection = connection
        self._rng = rng
        self._orders: list[str | None] = []
        self.actor = actor
        self.events: list[Event] = []
        self.now_us = now_us
        self.settings = settings
        self.notified: set[str] = set()
        #: What is done at the end even when the request is refused, such as an alert about it.
        self.unconditional: list[Callable[[Tx], None]] = []

    @property
    def now(self) -> datetime:
        """The time of the transaction, read once, so that all its rows have the same."""
        return from_us(self.now_us)

    def all(self, statement: Statement, **binds: Any) -> list[Row]:
        """Run a statement and return every row."""
        return self._connection.all(statement, **binds)

    def first(self, statement: Statement, **binds: Any) -> Row | None:
        """Run a statement and return its first row, or None."""
        return self._connection.first(statement, **binds)

    def execute(self, statement: Statement, **binds: Any) -> int:
        """Run a statement and return how many rows it changed."""
        return self._connection.execute(statement, **binds)

    def executemany(self, statement: Statement, rows: Sequence[Mapping[str, Any]]) -> None:
        """Run a statement once for each of `rows`."""
        self._connection.executemany(statement, rows)

    def advisory_lock(self, key: str) -> None:
        """Wait until no other transaction holds `key`, and hold it until this one ends."""
        self._connection.advisory_lock(key)

    def new_id(self, prefix: str) -> str:
        """Make an id for a new row."""
        return new_id(prefix, now=self.now_us, rng=self._rng)

    def new_code(self, length: int) -> str:
        """Make a code that people can read out, with 5 random bits per character."""
        return new_code(length, rng=self._rng)

    def new_secret(self) -> bytes:
        """Make 32 random bytes for a key."""
        return self._rng.randbytes(32)

    def publish(self, event: Event, *, order_id: str | None = None) -> None:
        """Publish an event; `order_id` adds it to that order's trace."""
        self.events.append(event)
        self._orders.append(order_id or event.order)

    def notify(self, channel: str) -> None:
        """Wake the tasks that wait on `channel`, such as the job runner, after the commit."""
        self.notified.add(channel)

    @contextmanager
    def mapping_integrity_error(self, problem: type[Problem]) -> Iterator[None]:
        """Raise `problem` when the database refuses a row (UNIQUE, CHECK or foreign key)."""
        try:
            yield
        except Exception as error:
            if self._connection.error_kind(error) is ErrorKind.INTEGRITY:
                raise problem from error
            raise

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """Undo the rows, events and notifications of the block when it raises, and nothing else."""
        published, notified = len(self.events), set(self.notified)
        try:
            with self._connection.savepoint():
                yield
        except BaseException:
            del self.events[published:], self._orders[published:]
            self.notified = notified
            raise

    def dispatch(self, handlers: Mapping[type[Event], Sequence[EventHandler]]) -> None:
        """Handle every event, including those that handlers publish; then record them all."""
        for event in self.events:  # grows while handlers publish; the loop reaches those too
            for handle in handlers.get(type(event), ()):
                handle(self, event)
            if len(self.events) > MAX_EVENTS:
                msg = f"more than {MAX_EVENTS} events from one transaction: {type(event).__name__}"
                raise RuntimeError(msg)
        if self.events:
            self.executemany(RECORD, [*map(self._row, self.events, self._orders)])

    def _row(self, event: Event, order_id: str | None) -> dict[str, Any]:
        return {
            "id": self.new_id("evt"),
            "type": event.name,
            "entity_id": event.id,
            "version": event.version,
            "order_id": order_id,
            "actor": self.actor,
            "audience": event.audience,
            "body": _encode(event).decode(),
            "at": self.now_us,
        }
