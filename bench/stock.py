"""Stock: a database with a market of a given size, written straight into the tables.

It passes the server's own audit: every ticket has the events that led to it.
"""

from __future__ import annotations

import random
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec

from bench.rows import Values, insert_all, row
from contract.auth import AccountCreated, AccountStatus, Role
from contract.base import Event
from contract.money import Money
from contract.text_keys import fold, seat_key, show_key
from contract.tickets import TicketCreated, TicketOrigin, TicketStatus
from db.dialect import Backend
from db.migrations.runner import upgrade
from db.schema.auth import accounts, sessions
from db.schema.events import events
from db.schema.shows import shows
from db.schema.tickets import tickets
from db.sqlite import connect, error_kind
from db.statement import Connection
from server.auth import tokens
from server.clock import SECOND

DAY = 24 * 3600 * SECOND
#: Listed seats per show: a market of 5,200 tickets has about a hundred shows.
SEATS = 50
#: Locks per buyer, which is also the server's default limit.
EACH = 4
CITIES = ("Rotterdam", "Curaçao", "København", "México", "Łódź", "Paris", "Lyon", "Kraków")
WORDS = ("Night", "River", "Seven", "Golden", "Brass", "Velvet", "Northern", "Paper", "Echo")
#: Durability does not matter while the file is generated.
FAST_PRAGMAS = (
    "PRAGMA journal_mode = OFF", "PRAGMA synchronous = OFF", "PRAGMA foreign_keys = OFF",
    "PRAGMA cache_size = -524288",
)  # fmt: skip
_encode = msgspec.json.Encoder().encode


def ident(prefix: str, n: int) -> str:
    """Return the id of the `n`-th row: as long as a real id, and sorted by age like one."""
    return f"{prefix}_0bench{n:014d}"


def seller(ticket: int) -> int:
    """Return the number of the account that lists a ticket: sellers count down from -1."""
    return -1 - ticket % 20


@dataclass(frozen=True)
class Stock:
    """A database file with `size` tickets on sale, and one buyer for every four tickets."""

    path: Path
    size: int
    now: int
    tokens: tuple[str, ...]

    def fresh(self, name: str) -> Stock:
        """Return a copy that a benchmark may change."""
        path = self.path.with_name(name)
        for old in path.parent.glob(f"{name}*"):
            old.unlink()
        shutil.copyfile(self.path, path)
        return Stock(path, self.size, self.now, self.tokens)

    def picks(self, seed: int = 1) -> Iterator[tuple[str, str]]:
        """Yield every ticket once in random order, with the token of a buyer below the limit."""
        order = list(range(self.size))
        random.Random(seed).shuffle(order)
        for index, ticket in enumerate(order):
            yield ident("tkt", ticket), self.tokens[index % len(self.tokens)]

    @property
    def megabytes(self) -> float:
        """Size of the file."""
        return self.path.stat().st_size / 1e6


def build(path: Path, size: int) -> Stock:
    """Make a database with `size` tickets at `path`, with the real migrations."""
    connect(path).close()
    upgrade(f"sqlite:///{path}")
    stock = Stock(path, size, int(time.time() * SECOND), _tokens(-(-size // EACH)))
    raw = connect(path)
    for pragma in FAST_PRAGMAS:
        raw.execute(pragma).fetchall()
    raw.execute("BEGIN IMMEDIATE")
    write = Connection(Backend.SQLITE, raw.cursor(), error_kind)
    buyers = range(len(stock.tokens))
    insert_all(write, accounts, (_account(n, stock) for n in (*range(-20, 0), *buyers)))
    insert_all(
        write, sessions, (session(n, n + 20, stock.tokens[n], now=stock.now) for n in buyers)
    )
    insert_all(write, shows, (_show(n, stock) for n in range(-(-size // SEATS))))
    insert_all(write, tickets, (_ticket(n, stock) for n in range(size)))
    insert_all(write, events, (_signed_up(n, stock) for n in (*range(-20, 0), *buyers)))
    insert_all(write, events, (_listed(n, stock) for n in range(size)))
    raw.execute("COMMIT")
    raw.execute("PRAGMA journal_mode = WAL").fetchall()
    raw.close()
    return stock


def event(body: Event, n: int, *, actor: str, at: int) -> Values:
    """Return an event's row in the log."""
    return row(
        events, id=ident("evt", n), type=body.name, entity_id=body.id, version=body.version,
        order_id=body.order, actor=actor, audience=body.audience, body=_encode(body).decode(),
        at=at,
    )  # fmt: skip


def _tokens(count: int) -> tuple[str, ...]:
    rng = random.Random(7)
    return tuple(tokens.new(rng) for _ in range(count))


def _account(n: int, stock: Stock) -> Values:
    return row(
        accounts, id=ident("usr", n + 20), email=f"p{n + 20}@example.org",
        email_key=f"p{n + 20}@example.org",
        password_hash="none",  # noqa: S106  nobody signs in with it
        role="member", status="active", version=1, created_at=stock.now - 30 * DAY,
    )  # fmt: skip


def session(n: int, user: int, token: str, *, now: int) -> Values:
    """Return the row of a session that has just begun."""
    return row(
        sessions, id=ident("ses", n), user_id=ident("usr", user), token_hash=tokens.digest(token),
        client="bench", created_at=now, last_used_at=now, expires_at=now + 30 * DAY,
    )  # fmt: skip


def _show(n: int, stock: Stock) -> Values:
    name, city = f"{WORDS[n % 9]} {WORDS[n // 9 % 9]} {n}", CITIES[n % len(CITIES)]
    venue = f"Hall {n % 37}"
    return row(
        shows, id=ident("shw", n), name=name, category="concert", venue=venue, city=city,
        country="NL", starts_at=starts(n, stock), offset_minutes=60,
        identity=show_key(name, venue, city), name_words=fold(name),
        city_words=fold(city), words=fold(f"{name} {venue} {city} nl"), version=1,
        created_at=stock.now - DAY,
    )  # fmt: skip


def starts(show: int, stock: Stock) -> int:
    """Return when a show starts: on some day of the coming year."""
    return stock.now + DAY + (show * 7919 % (365 * 24)) * 3600 * SECOND


def _ticket(n: int, stock: Stock) -> Values:
    show = n // SEATS
    return row(
        tickets, id=ident("tkt", n), show_id=ident("shw", show), starts_at=starts(show, stock),
        seller_id=ident("usr", seller(n) + 20), section=f"B{n % SEATS // 10}", row=str(n % 10),
        seat=str(n), price_amount=price(n), price_currency="EUR", status="available", shelf="on",
        owner_id=ident("usr", seller(n) + 20), external_id=f"x-{n}", version=1,
        origin=TicketOrigin.IMPORTED, created_at=stock.now - DAY, updated_at=stock.now - DAY,
        code_serial=0, inside=0, refunding=0, transfer_id=None, locked_until=None, barcode=None,
        barcode_digest=None, suspended=0,
        seat_key=seat_key(f"B{n % SEATS // 10}", str(n % 10), str(n)),
    )  # fmt: skip


def price(ticket: int) -> int:
    """Return the price of a ticket in cents."""
    return 1500 + ticket * 7907 % 20000


def _signed_up(n: int, stock: Stock) -> Values:
    user = ident("usr", n + 20)
    created = AccountCreated(id=user, version=1, role=Role.MEMBER, status=AccountStatus.ACTIVE)
    return event(created, n + 20, actor=user, at=stock.now - 30 * DAY)


def _listed(n: int, stock: Stock) -> Values:
    user = ident("usr", seller(n) + 20)
    created = TicketCreated(
        id=ident("tkt", n), version=1, show_id=ident("shw", n // SEATS), seller_id=user,
        section=f"B{n % SEATS // 10}", row=str(n % 10), seat=str(n),
        price=Money(amount=price(n), currency="EUR"), status=TicketStatus.AVAILABLE, order_id=None,
    )  # fmt: skip
    return event(created, stock.size + n, actor=user, at=stock.now - DAY)
