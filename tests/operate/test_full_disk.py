"""A full disk: writes are refused with 507, reads go on, and nothing needs a restart after.

SQLite is told that the file may not grow (`PRAGMA max_page_count`), and fails as on a full disk.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from db import sqlite
from server.clock import SECOND
from tests import databases
from tests.operate.processes import until
from tests.server.http.http_client import LISTING
from tests.server.http.marketplace import Marketplace, open_marketplace

PAGES_LEFT = 3


@dataclass
class Disk:
    """The room a database has."""

    raw: sqlite3.Connection

    def fill(self) -> None:
        """Leave room for a few pages more."""
        (pages,) = self.raw.execute("PRAGMA page_count").fetchone()
        self.raw.execute(f"PRAGMA max_page_count = {pages + PAGES_LEFT}").fetchall()

    def make_room(self) -> None:
        self.raw.execute("PRAGMA max_page_count = 1073741823").fetchall()


@pytest.fixture
def writers(monkeypatch: pytest.MonkeyPatch) -> list[sqlite3.Connection]:
    """Remember the connections that write: the one limit there is belongs to a connection."""
    made, connect = list[sqlite3.Connection](), sqlite.connect

    def remembered(path: Path, *, read_only: bool = False) -> sqlite3.Connection:
        raw = connect(path, read_only=read_only)
        if not read_only:
            made.append(raw)
        return raw

    monkeypatch.setattr(sqlite, "connect", remembered)
    return made


@pytest.fixture
def shop(
    writers: list[sqlite3.Connection], tmp_path: Path, sqlite_template: Path
) -> Iterator[Marketplace]:
    """Open a shop with a seller, a buyer, short locks, and a ticket that is on sale."""
    url = databases.sqlite_url(tmp_path, sqlite_template)
    with open_marketplace(url, tmp_path, lock_for=2 * SECOND, max_open_orders=100) as opened:
        assert len(writers) == 1
        opened.seller.list_ticket()
        _ = opened.buyer
        yield opened


@pytest.fixture
def disk(shop: Marketplace, writers: list[sqlite3.Connection]) -> Disk:
    """Give a test the room to take away; the shop is open, and at rest meanwhile."""
    del shop
    return Disk(writers[0])


def fill_up(shop: Marketplace) -> tuple[list[str], str]:
    """List tickets until one is refused; return the ids of those that were not, and the refusal."""
    listed: list[str] = []
    for number in range(500):
        reply = shop.seller.post("/v1/tickets", {**LISTING, "code": f"code-{number}"})
        if reply.status_code != 201:
            assert reply.status_code == 507, reply.text
            assert reply.headers["Retry-After"] == "30"
            return listed, reply.json()["code"]
        listed.append(reply.json()["id"])
    msg = "the disk was never full"
    raise AssertionError(msg)


def test_a_write_that_finds_no_room_is_refused_as_such(shop: Marketplace, disk: Disk) -> None:
    disk.fill()
    assert fill_up(shop)[1] == "storage_full"


def test_what_was_refused_for_want_of_room_left_nothing_behind(
    shop: Marketplace, disk: Disk
) -> None:
    disk.fill()
    fill_up(shop)
    with shop.unchanged():
        for _ in range(5):
            assert shop.seller.post("/v1/tickets", LISTING).status_code == 507


def test_everything_acknowledged_before_is_there_and_can_be_read(
    shop: Marketplace, disk: Disk
) -> None:
    disk.fill()
    listed, _ = fill_up(shop)
    assert {shop.anonymous.get(f"/v1/tickets/{each}").status_code for each in listed} <= {200}
    assert shop.anonymous.get("/v1/tickets").status_code == 200
    assert shop.anonymous.get("/readyz").status_code == 200


def test_once_there_is_room_it_goes_on_without_a_restart(shop: Marketplace, disk: Disk) -> None:
    disk.fill()
    fill_up(shop)
    disk.make_room()
    assert shop.seller.post("/v1/tickets", {**LISTING, "code": "room again"}).status_code == 201
    order = shop.buyer.lock_ticket(shop.seller.list_ticket()["id"])
    assert order["status"] == "awaiting_payment"


def test_a_refusal_for_want_of_room_is_not_kept_under_its_key(
    shop: Marketplace, disk: Disk
) -> None:
    disk.fill()
    fill_up(shop)
    body = {**LISTING, "code": "keyed"}
    assert shop.seller.post("/v1/tickets", body, Idempotency_Key="k").status_code == 507
    disk.make_room()
    again = shop.seller.post("/v1/tickets", body, Idempotency_Key="k")
    assert (again.status_code, "Idempotency-Replayed" in again.headers) == (201, False)


def test_of_those_who_share_a_commit_nobody_is_told_a_lie(shop: Marketplace, disk: Disk) -> None:
    """Whoever is in the same batch as the write that found no room is asked to try again."""
    disk.fill()
    rows = [{**LISTING, "code": "c" * 80, "external_id": f"row-{n}"} for n in range(300)]
    reply = shop.seller.post("/v1/tickets/import", {"rows": rows})
    assert reply.status_code == 507
    found = shop.seller.get_json("/v1/tickets?mine=true&limit=100")["items"]
    assert not [ticket for ticket in found if ticket["external_id"]]


def test_locks_that_run_out_meanwhile_end_once_there_is_room(shop: Marketplace, disk: Disk) -> None:
    tickets = [shop.seller.list_ticket()["id"] for _ in range(40)]
    order = [shop.buyer.lock_ticket(ticket) for ticket in tickets][-1]
    disk.fill()
    fill_up(shop)
    deadline = datetime.fromisoformat(order["expires_at"]) + timedelta(seconds=1)
    until(lambda: datetime.now(UTC) > deadline, seconds=10)
    assert shop.anonymous.get("/healthz").status_code == 200
    assert shop.buyer.get_json(f"/v1/orders/{order['id']}")["status"] == "awaiting_payment"
    disk.make_room()
    until(
        lambda: shop.buyer.get_json(f"/v1/orders/{order['id']}")["status"] == "cancelled", seconds=5
    )
