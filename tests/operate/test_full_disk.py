"""A full disk: writes are refused with 507, reads work, and no restart is needed afterwards.

`PRAGMA max_page_count` keeps the file from growing, and SQLite fails as on a full disk.
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
    """The disk space of a database."""

    raw: sqlite3.Connection

    def fill(self) -> None:
        """Leave space for a few more pages."""
        (pages,) = self.raw.execute("PRAGMA page_count").fetchone()
        self.raw.execute(f"PRAGMA max_page_count = {pages + PAGES_LEFT}").fetchall()

    def free_space(self) -> None:
        self.raw.execute("PRAGMA max_page_count = 1073741823").fetchall()


@pytest.fixture
def writers(monkeypatch: pytest.MonkeyPatch) -> list[sqlite3.Connection]:
    """Record the connections that write, because the limit belongs to a connection."""
    made, connect = list[sqlite3.Connection](), sqlite.connect

    def recorded(path: Path, *, read_only: bool = False) -> sqlite3.Connection:
        raw = connect(path, read_only=read_only)
        if not read_only:
            made.append(raw)
        return raw

    monkeypatch.setattr(sqlite, "connect", recorded)
    return made


@pytest.fixture
def shop(
    writers: list[sqlite3.Connection], tmp_path: Path, sqlite_template: Path
) -> Iterator[Marketplace]:
    """Run a server with a seller, a buyer, short locks, and a ticket on sale."""
    url = databases.sqlite_url(tmp_path, sqlite_template)
    with open_marketplace(url, tmp_path, lock_for=2 * SECOND, max_open_orders=100) as opened:
        assert len(writers) == 1
        opened.seller.list_ticket()
        _ = opened.buyer
        yield opened


@pytest.fixture
def disk(shop: Marketplace, writers: list[sqlite3.Connection]) -> Disk:
    """Give the disk of the server, which runs and is idle."""
    del shop
    return Disk(writers[0])


def fill_up(shop: Marketplace) -> tuple[list[str], str]:
    """List tickets until one is refused; return the ids of the others and the problem code."""
    listed: list[str] = []
    for _ in range(500):
        reply = shop.seller.post("/v1/tickets", LISTING)
        if reply.status_code != 201:
            assert reply.status_code == 507, reply.text
            assert reply.headers["Retry-After"] == "30"
            return listed, reply.json()["code"]
        listed.append(reply.json()["id"])
    msg = "the disk was never full"
    raise AssertionError(msg)


def test_a_write_to_a_full_disk_is_refused(shop: Marketplace, disk: Disk) -> None:
    disk.fill()
    assert fill_up(shop)[1] == "storage_full"


def test_a_write_refused_on_a_full_disk_changes_nothing(shop: Marketplace, disk: Disk) -> None:
    disk.fill()
    fill_up(shop)
    with shop.unchanged():
        for _ in range(5):
            assert shop.seller.post("/v1/tickets", LISTING).status_code == 507


def test_everything_acknowledged_before_can_still_be_read(shop: Marketplace, disk: Disk) -> None:
    disk.fill()
    listed, _ = fill_up(shop)
    assert {shop.anonymous.get(f"/v1/tickets/{each}").status_code for each in listed} <= {200}
    assert shop.anonymous.get("/v1/tickets").status_code == 200
    assert shop.anonymous.get("/readyz").status_code == 200


def test_writes_resume_without_a_restart_once_there_is_space(shop: Marketplace, disk: Disk) -> None:
    disk.fill()
    fill_up(shop)
    disk.free_space()
    assert shop.seller.post("/v1/tickets", {**LISTING, "barcode": "space again"}).status_code == 201
    order = shop.buyer.lock_ticket(shop.seller.list_ticket()["id"])
    assert order["status"] == "awaiting_payment"


def test_a_full_disk_response_is_not_stored_under_its_idempotency_key(
    shop: Marketplace, disk: Disk
) -> None:
    disk.fill()
    fill_up(shop)
    body = {**LISTING, "barcode": "keyed"}
    assert shop.seller.post("/v1/tickets", body, Idempotency_Key="k").status_code == 507
    disk.free_space()
    again = shop.seller.post("/v1/tickets", body, Idempotency_Key="k")
    assert (again.status_code, "Idempotency-Replayed" in again.headers) == (201, False)


def test_an_import_that_did_not_fit_is_completed_when_it_is_sent_again(
    shop: Marketplace, disk: Disk
) -> None:
    """Rows that were stored before the disk was full are not stored twice."""
    disk.fill()
    rows = [{**LISTING, "barcode": f"{n:080}", "external_id": f"row-{n}"} for n in range(90)]
    assert shop.seller.post("/v1/tickets/import", {"rows": rows}).status_code == 507
    disk.free_space()
    results = shop.seller.post("/v1/tickets/import", {"rows": rows}).json()["results"]
    assert {result["outcome"] for result in results} <= {"created", "unchanged"}
    assert len({result["ticket_id"] for result in results}) == len(rows)
    listed = shop.seller.get_json("/v1/tickets?mine=true&limit=100")["items"]
    assert len([ticket for ticket in listed if ticket["external_id"]]) == len(rows)


def test_locks_that_expire_on_a_full_disk_end_once_there_is_space(
    shop: Marketplace, disk: Disk
) -> None:
    tickets = [shop.seller.list_ticket()["id"] for _ in range(40)]
    order = [shop.buyer.lock_ticket(ticket) for ticket in tickets][-1]
    disk.fill()
    fill_up(shop)
    deadline = datetime.fromisoformat(order["expires_at"]) + timedelta(seconds=1)
    until(lambda: datetime.now(UTC) > deadline, seconds=10)
    assert shop.anonymous.get("/healthz").status_code == 200
    assert shop.buyer.get_json(f"/v1/orders/{order['id']}")["status"] == "awaiting_payment"
    disk.free_space()
    until(
        lambda: shop.buyer.get_json(f"/v1/orders/{order['id']}")["status"] == "cancelled", seconds=5
    )
