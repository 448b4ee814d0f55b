"""A server with users: a seller, a buyer, another user, an anonymous client, an operator."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import psycopg

from db.engine import sqlite_path
from db.sqlite import connect
from server import control_socket
from server.clock import SystemClock
from server.settings import Settings
from tests.clock import DOORS_OPEN
from tests.conftest import Server, Serving
from tests.server.http.http_client import HttpClient, sign_up

State = dict[str, list[tuple[Any, ...]]]
TABLES = (
    "accounts", "sessions", "attempts", "shows", "tickets", "orders", "payments", "declines",
    "refunds", "disputes", "attention", "inbox", "events", "jobs", "replies", "customers", "cards",
    "card_setups", "ledger", "sales", "payouts", "payout_accounts",
    "scans", "admissions", "transfers", "entry_codes", "organisers", "reports",
)  # fmt: skip


@dataclass
class Marketplace:
    """A server and its users, who sign up when they are first needed."""

    server: Server
    people: list[HttpClient] = field(default_factory=list)

    def sign_up(self, name: str, *, admin: bool = False) -> HttpClient:
        """Sign a user up."""
        visitor = sign_up(self.server.url, name)
        self.people.append(visitor)
        if admin:
            control_socket.run_command(self.server.settings, "grant-admin", visitor.email)
        return visitor

    def client_of(self, token: str) -> HttpClient:
        """Return a client with this token, or an anonymous one when it is empty."""
        self.people.append(HttpClient(self.server.url, token))
        return self.people[-1]

    @cached_property
    def seller(self) -> HttpClient:
        return self.sign_up("seller")

    @cached_property
    def buyer(self) -> HttpClient:
        return self.sign_up("buyer")

    @cached_property
    def other(self) -> HttpClient:
        return self.sign_up("other")

    @cached_property
    def admin(self) -> HttpClient:
        return self.sign_up("admin", admin=True)

    @cached_property
    def colleague(self) -> HttpClient:
        """Somebody else at the gate, who also buys tickets and gives them away."""
        return self.at_the_gate(self.sign_up("colleague"))

    @cached_property
    def gatekeeper(self) -> HttpClient:
        return self.at_the_gate(self.sign_up("gatekeeper"))

    @cached_property
    def signed_out(self) -> HttpClient:
        """Somebody whose session has ended."""
        gone = self.sign_up("signed-out")
        gone.post("/v1/auth/logout")
        return gone

    @cached_property
    def anonymous(self) -> HttpClient:
        return self.client_of("")

    def at_the_gate(self, user: HttpClient) -> HttpClient:
        """Grant gate access to a user, and return the user."""
        self.admin.post(f"/v1/admin/users/{user.user_id}/role", {"role": "gate"})
        return user

    @contextmanager
    def unchanged(self, *, beside: Collection[str] = ()) -> Iterator[None]:
        """Check that no row changes inside the block, except in the tables `beside`."""
        _ = self.seller, self.buyer
        before = state_of(self.server.settings.database)
        yield
        after = state_of(self.server.settings.database)
        changed = {
            table: (before[table], after[table])
            for table in TABLES
            if before[table] != after[table] and table not in beside
        }
        assert not changed, changed


def state_of(url: str) -> State:
    """Return every row of every table, also while a server uses the database."""
    path = sqlite_path(url)
    raw: sqlite3.Connection | psycopg.Connection
    raw = psycopg.connect(url) if path is None else connect(path, read_only=True)
    with closing(raw):
        return {table: sorted(_rows(raw, table), key=repr) for table in TABLES}


def _rows(raw: sqlite3.Connection | psycopg.Connection, table: str) -> list[tuple[Any, ...]]:
    rows: list[tuple[Any, ...]] = raw.cursor().execute(f"SELECT * FROM {table}").fetchall()  # noqa: S608  our own names
    return rows


@contextmanager
def open_marketplace(url: str, folder: Path, **settings: Any) -> Iterator[Marketplace]:
    """Open a marketplace on a database, with its own settings."""
    known = Settings(
        database=url, port=0, sandbox_database=str(folder / "sandbox"), rate_limits=0,
        doors_before=DOORS_OPEN, **settings,
    )  # fmt: skip
    with Serving(known, SystemClock()) as server:
        market = Marketplace(server)
        try:
            yield market
        finally:
            for visitor in market.people:
                visitor.client.close()
