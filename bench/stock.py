"""Stock: a database as a market of some size would have it, written straight into the tables.

Everything the house's own audit asks for is there: every ticket has the events that led to it.
"""

from __future__ import annotations

import random
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import Table, insert

from contract.auth import AccountCreated, AccountStatus, Role
from contract.base import Event
from contract.money import Money
from contract.tickets import TicketCreated, TicketStatus
from db.dialect import Backend
from db.migrations.runner import upgrade
from db.schema.auth import accounts, sessions
from db.schema.events import events
from db.schema.shows import shows
from db.schema.tickets import tickets
from db.sqlite import connect, error_kind
from db.statement import Connection, Statement
from server.auth import tokens
from server.clock import SECOND
from server.shows.search_text import fold

DAY = 24 * 3600 * SECOND
#: Seats of one show that are listed: a market of 5,200 tickets has about a hundred shows.
SEATS = 50
#: A buyer may lock this many, which is also the house's default rule.
EACH = 4
CITIES = ("Rotterdam", "Curaçao", "København", "México", "Łódź", "Paris", "Lyon", "Kraków")
WORDS = ("Night", "River", "Seven", "Golden", "Brass", "Velvet", "Northern", "Paper", "Echo")
#: Nobody is promised anything while a market is made up.
HASTY = (
    "PRAGMA journal_mode = OFF", "PRAGMA synchronous = OFF", "PRAGMA foreign_keys = OFF",
    "PRAGMA cache_size = -524288",
)  # fmt: skip
RECORD = Statement(
    insert(events),
    columns=("id", "type", "entity_id", "version", "order_id", "actor", "audience", "body", "at"),
)
_encode = msgspec.json.Encoder().encode
Values = dict[str, Any]


def ident(prefix: str, n: int) -> str:
    """Return the id of the `n`-th row: as long as a real one, and sorting by age like it."""
    return f"{prefix}_0bench{n:014d}"


def seller(ticket: int) -> int:
    """Return which account lists a ticket; the last ones, so that buyers come first."""
    return -1 - ticket % 20


@dataclass(frozen=True)
class Stock:
    """A database file with `size` tickets on sale and a buyer for every four of them."""

    path: Path
    size: int
    now: int
    tokens: tuple[str, ...]

    def fresh(self, name: str) -> Stock:
        """Return a copy to be used up."""
        path = self.path.with_name(name)
        for old in path.parent.glob(f"{name}*"):
            old.unlink()
        shutil.copyfile(self.path, path)
        return Stock(path, self.size, self.now, self.tokens)

    def picks(self, seed: int = 1) -> Iterator[tuple[str, str]]:
        """Yield every ticket once, in no order, each with the token of a buyer who has room."""
        order = list(range(self.size))
        random.Random(seed).shuffle(order)
        for turn, ticket in enumerate(order):
            yield ident("tkt", ticket), self.tokens[turn % len(self.tokens)]

    @property
    def megabytes(self) -> float:
        """How large the file is."""
        return self.path.stat().st_size / 1e6


def build(path: Path, size: int) -> Stock:
    """Make a database with `size` tickets at `path`, by the real migrations."""
    connect(path).close()
    upgrade(f"sqlite:///{path}")
    stock = Stock(path, size, int(time.time() * SECOND), _tokens(-(-size // EACH)))
    raw = connect(path)
    for hasty in HASTY:
        raw.execute(hasty).fetchall()
    raw.execute("BEGIN IMMEDIATE")
    write = Connection(Backend.SQLITE, raw.cursor(), error_kind)
    buyers = range(len(stock.tokens))
    _fill(write, accounts, (_account(n, stock) for n in (*range(-20, 0), *buyers)))
    _fill(write, sessions, (_session(n, stock) for n in buyers))
    _fill(write, shows, (_show(n, stock) for n in range(-(-size // SEATS))))
    _fill(write, tickets, (_ticket(n, stock) for n in range(size)))
    record(write, (_joined(n, stock) for n in (*range(-20, 0), *buyers)))
    record(write, (_listed(n, stock) for n in range(size)))
    raw.execute("COMMIT")
    raw.execute("PRAGMA journal_mode = WAL").fetchall()
    raw.close()
    return stock


def record(write: Connection, events: Iterator[Values]) -> None:
    """Write events into the log."""
    _each(write, RECORD, events)


def event(said: Event, n: int, *, actor: str, at: int) -> Values:
    """Return an event as the log keeps it."""
    return {
        "id": ident("evt", n), "type": said.name, "entity_id": said.id, "version": said.version,
        "order_id": said.order, "actor": actor, "audience": said.audience,
        "body": _encode(said).decode(), "at": at,
    }  # fmt: skip


def _fill(write: Connection, table: Table, rows: Iterator[Values]) -> None:
    _each(write, Statement(insert(table)), rows)


def _each(write: Connection, statement: Statement, rows: Iterator[Values]) -> None:
    while some := list(islice(rows, 20_000)):  # a million at once would fill the memory
        write.executemany(statement, some)


def _tokens(count: int) -> tuple[str, ...]:
    rng = random.Random(7)
    return tuple(tokens.new(rng) for _ in range(count))


def _account(n: int, stock: Stock) -> Values:
    return {
        "id": ident("usr", n + 20), "email": f"p{n + 20}@example.org", "password_hash": "none",
        "role": "member", "status": "active", "version": 1, "created_at": stock.now - 30 * DAY,
    }  # fmt: skip


def _session(n: int, stock: Stock) -> Values:
    return {
        "id": ident("ses", n), "user_id": ident("usr", n + 20),
        "token_hash": tokens.digest(stock.tokens[n]), "client": "bench",
        "created_at": stock.now, "last_used_at": stock.now, "expires_at": stock.now + 30 * DAY,
    }  # fmt: skip


def _show(n: int, stock: Stock) -> Values:
    name, city = f"{WORDS[n % 9]} {WORDS[n // 9 % 9]} {n}", CITIES[n % len(CITIES)]
    venue = f"Hall {n % 37}"
    return {
        "id": ident("shw", n), "name": name, "category": "concert", "venue": venue, "city": city,
        "country": "NL", "starts_at": starts(n, stock), "offset_minutes": 60,
        "identity": "\x1f".join(map(fold, (name, venue, city))),
        "name_words": fold(name), "city_words": fold(city),
        "words": fold(f"{name} {venue} {city} nl"), "version": 1, "created_at": stock.now - DAY,
        "cancelled_at": None,
    }  # fmt: skip


def starts(show: int, stock: Stock) -> int:
    """Return when a show starts: some day of the coming year."""
    return stock.now + DAY + (show * 7919 % (365 * 24)) * 3600 * SECOND


def _ticket(n: int, stock: Stock) -> Values:
    show = n // SEATS
    return {
        "id": ident("tkt", n), "show_id": ident("shw", show), "starts_at": starts(show, stock),
        "seller_id": ident("usr", seller(n) + 20), "section": f"B{n % SEATS // 10}",
        "row": str(n % 10), "seat": str(n), "price_amount": price(n), "price_currency": "EUR",
        "status": "available", "shelf": "on",
        "order_id": None, "code": f"{n:016X}", "external_id": f"x-{n}",
        "version": 1, "created_at": stock.now - DAY, "updated_at": stock.now - DAY,
    }  # fmt: skip


def price(ticket: int) -> int:
    """Return what a ticket costs, in cents."""
    return 1500 + ticket * 7907 % 20000


def _joined(n: int, stock: Stock) -> Values:
    who = ident("usr", n + 20)
    said = AccountCreated(id=who, version=1, role=Role.MEMBER, status=AccountStatus.ACTIVE)
    return event(said, n + 20, actor=who, at=stock.now - 30 * DAY)


def _listed(n: int, stock: Stock) -> Values:
    who = ident("usr", seller(n) + 20)
    said = TicketCreated(
        id=ident("tkt", n), version=1, show_id=ident("shw", n // SEATS), seller_id=who,
        section=f"B{n % SEATS // 10}", row=str(n % 10), seat=str(n),
        price=Money(amount=price(n), currency="EUR"), status=TicketStatus.AVAILABLE, order_id=None,
    )  # fmt: skip
    return event(said, stock.size + n, actor=who, at=stock.now - DAY)
