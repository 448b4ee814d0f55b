"""A transaction: its moment, who acts in it, and the facts it has published so far."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import insert

from contract.base import Event
from contract.problems import Problem
from db.dialect import is_refused
from db.schema.events import events
from db.statement import Connection, Row, Statement
from db.types import from_us
from server.clock import Chance, new_code, new_id
from server.settings import Settings

#: What a room does when it hears a fact.
React = Callable[["Tx", Any], None]
#: More facts than this from one command is a loop, not a story.
MOST_FACTS = 2000

RECORD = Statement(
    insert(events),
    columns=("id", "type", "entity_id", "version", "order_id", "actor", "audience", "body", "at"),
)
_encode = msgspec.json.Encoder().encode


class Tx:
    """One transaction: its moment, who acts in it, the facts it has published so far."""

    __slots__ = (
        "_chance", "_connection",  "_orders", "actor", "facts", "now_us", "settings",
        "wakes",
    )  # fmt: skip

    def __init__(
        self,
        connection: Connection,
        *,
        now_us: int,
        actor: str,
        settings: Settings,
        chance: Chance,
    ) -> None:
        """Begin with no facts."""
        self._connection = connection
        self._chance = chance
        self._orders: list[str | None] = []
        self.actor = actor
        self.facts: list[Event] = []
        self.now_us = now_us
        self.settings = settings
        self.wakes: set[str] = set()

    @property
    def now(self) -> datetime:
        """The moment of this transaction; one clock read each, so that it agrees with itself."""
        return from_us(self.now_us)

    def all(self, statement: Statement, **binds: Any) -> list[Row]:
        """Run a statement and return every row."""
        return self._connection.all(statement, **binds)

    def first(self, statement: Statement, **binds: Any) -> Row | None:
        """Run a statement and return its first row, or None."""
        return self._connection.first(statement, **binds)

    def change(self, statement: Statement, **binds: Any) -> int:
        """Run a statement and return how many rows it changed."""
        return self._connection.change(statement, **binds)

    def each(self, statement: Statement, rows: Sequence[Mapping[str, Any]]) -> None:
        """Run a statement once for each of `rows`."""
        self._connection.each(statement, rows)

    def alone(self, key: str) -> None:
        """Let only one transaction at a time go on from here for `key`."""
        self._connection.alone(key)

    def new_id(self, prefix: str) -> str:
        """Make an id for a new row."""
        return new_id(prefix, now=self.now_us, chance=self._chance)

    def new_code(self, length: int) -> str:
        """Make a code people can read out, of 5 random bits a character."""
        return new_code(length, chance=self._chance)

    def publish(self, fact: Event, *, order_id: str | None = None) -> None:
        """Say that something has happened, as part of an order's story where there is one."""
        self.facts.append(fact)
        self._orders.append(order_id or fact.order)

    def wake(self, sleeper: str) -> None:
        """Wake a sleeper, such as the job runner, once this is committed."""
        self.wakes.add(sleeper)

    @contextmanager
    def refusing(self, problem: type[Problem]) -> Iterator[None]:
        """Turn the database's refusal of a row into the problem it stands for."""
        try:
            yield
        except Exception as error:
            if is_refused(error):
                raise problem from error
            raise

    @contextmanager
    def attempt(self) -> Iterator[None]:
        """Undo rows and facts made inside when it raises, and only those."""
        facts, wakes = len(self.facts), set(self.wakes)
        try:
            with self._connection.savepoint():
                yield
        except BaseException:
            del self.facts[facts:], self._orders[facts:]
            self.wakes = wakes
            raise

    def settle(self, reactions: Mapping[type[Event], Sequence[React]]) -> None:
        """Let every fact be heard, including those that hearing produces; then record them all."""
        for fact in self.facts:  # grows while reactions publish, and the loop sees those too
            for react in reactions.get(type(fact), ()):
                react(self, fact)
            if len(self.facts) > MOST_FACTS:
                msg = f"more than {MOST_FACTS} facts from one command: {type(fact).__name__}"
                raise RuntimeError(msg)
        if self.facts:
            self.each(RECORD, [*map(self._row, self.facts, self._orders)])

    def _row(self, fact: Event, order_id: str | None) -> dict[str, Any]:
        return {
            "id": self.new_id("evt"),
            "type": fact.name,
            "entity_id": fact.id,
            "version": fact.version,
            "order_id": order_id,
            "actor": self.actor,
            "audience": fact.audience,
            "body": _encode(fact).decode(),
            "at": self.now_us,
        }
