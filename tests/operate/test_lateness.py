"""Ten thousand locks expire within seconds under a real server, and none ends late."""

from __future__ import annotations

import random
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from statistics import quantiles
from time import time_ns

import pytest
from sqlalchemy import text

from contract.shows import Category, ShowDetails
from contract.tickets import CreateTicket, Price
from db.engine import open_database
from db.sqlite import connect
from db.statement import Statement
from server.app import Application
from server.auth import service as auth
from server.auth import tokens
from server.bus import Bus
from server.clock import SECOND, SystemClock
from server.orders import service as orders
from server.settings import Settings
from server.tickets import service as tickets
from server.tx import Tx
from tests import databases
from tests.operate.processes import Running, run, until
from tests.places import local

LOCKS, BUYERS, TOGETHER = 10_000, 100, 200
#: The first deadline is so long after the locks are written, for the server to start.
START_IN = 8 * SECOND
LATEST = SECOND // 4
SET_DEADLINE = Statement(text("UPDATE orders SET expires_at = :deadline WHERE id = :order_id"))


def sign_up_buyers(bus: Bus) -> list[str]:
    """Create accounts without the slow password hash; return their ids."""

    def sign_up(tx: Tx, name: str) -> str:
        email, token = f"{name}@example.org", tokens.new(bus.rng)
        signed = auth.sign_up(tx, email=email, password_hash="x", client="", token=token)
        return signed.account.id

    return bus.write_now(lambda tx: [sign_up(tx, f"p{n}") for n in range(BUYERS + 1)])


def listed(tx: Tx, seller_id: str) -> str:
    show = ShowDetails(
        name="Final", category=Category.SPORTS, venue="Estadio", city="Lima", country="PE",
        starts_at=local(tx.now + timedelta(days=30), "PE"),
    )  # fmt: skip
    body = CreateTicket(show=show, price=Price(amount=100, currency="PEN"))
    return tickets.create(tx, seller_id=seller_id, body=body).id


def lock_everything(bus: Bus) -> list[str]:
    """Lock all the tickets; return the ids of the orders."""
    *buyers, seller = sign_up_buyers(bus)
    placed: list[str] = []

    def place_some(tx: Tx) -> list[str]:
        return [
            orders.place(tx, buyer_id=buyers[n % BUYERS], ticket_id=listed(tx, seller)).id
            for n in range(TOGETHER)
        ]

    while len(placed) < LOCKS:
        placed += bus.write_now(place_some)
    return placed


def spread(bus: Bus, placed: list[str], over: int) -> None:
    """Spread the deadlines evenly over a period that begins soon."""
    first = time_ns() // 1000 + START_IN
    step = over // len(placed)
    rows = [{"order_id": each, "deadline": first + n * step} for n, each in enumerate(placed)]
    bus.write_now(lambda tx: tx.executemany(SET_DEADLINE, rows))


def lateness(path: Path) -> list[int]:
    """Return the lateness of each lock in microseconds, sorted."""
    with closing(connect(path, read_only=True)) as raw:
        rows = raw.execute("SELECT ended_at - expires_at FROM orders ORDER BY 1").fetchall()
    return [row[0] for row in rows]


@pytest.mark.slow
@pytest.mark.parametrize("over", [5 * SECOND, 10 * SECOND])
def test_no_lock_ends_late_when_ten_thousand_expire(
    tmp_path: Path, sqlite_template: Path, over: int
) -> None:
    url, path = databases.sqlite_url(tmp_path, sqlite_template), tmp_path / "shop.db"
    settings = Settings(database=url, max_open_orders=LOCKS, lock_for=3600 * SECOND)
    database = open_database(url, on_fatal_error=lambda _: None)
    app = Application(settings, database=database, clock=SystemClock(), rng=random.Random(1))
    spread(app.bus, lock_everything(app.bus), over)
    app.close()

    def none_is_open() -> bool:
        with closing(connect(path, read_only=True)) as raw:
            sql = "SELECT count(*) FROM orders WHERE status = 'awaiting_payment'"
            return bool(raw.execute(sql).fetchone() == (0,))

    with Running(tmp_path, url):
        until(none_is_open, seconds=(START_IN + over) / SECOND + 30)
        late = lateness(path)
        assert run(tmp_path, "check", "--database", url).err == "no problems found\n"
    p = quantiles(late, n=1000)
    report = (
        f"over {over // SECOND} s: p50 {p[499]:.0f}, p99 {p[989]:.0f}, worst {late[-1]} µs late"
    )
    print(report)
    assert len(late) == LOCKS
    assert late[0] >= 0, "a lock ended before its deadline"
    assert p[989] <= LATEST, report
