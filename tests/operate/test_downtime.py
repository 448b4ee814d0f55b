"""Locks that expire while the server is down end once, as soon as it is back."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from db.sqlite import connect
from tests.operate.processes import Running, run, until
from tests.operate.recording_clients import RecordingClient

LOCKS = 60


def counts(path: Path, sql: str) -> dict[str, int]:
    """Read counts from the database of a server that may be running."""
    with closing(connect(path, read_only=True)) as raw:
        return dict(raw.execute(sql).fetchall())


def test_locks_that_expired_during_downtime_end_within_two_seconds_of_the_start(
    tmp_path: Path, database: str
) -> None:
    path = tmp_path / "shop.db"
    options = ("--lock-for", "1s", "--max-open-orders", "1000")
    buyer = RecordingClient("buyer")
    with Running(tmp_path, database, "--lock-for", "1m", *options[2:]) as server:
        tickets = RecordingClient("seller").list_tickets(server.url, LOCKS)
        buyer.connect(server.url).close()
        server.stop()
    with Running(tmp_path, database, *options) as server:
        wire = buyer.connect(server.url)
        last = [buyer.place_order(wire, ticket) for ticket in tickets][-1]
        server.kill()
        wire.close()
    deadline = datetime.fromisoformat(last["expires_at"])
    until(lambda: datetime.now(UTC) > deadline, seconds=5)
    open_orders = "SELECT status, count(*) FROM orders GROUP BY status"
    assert counts(path, open_orders)["awaiting_payment"] > 0
    with Running(tmp_path, database, *options) as server:
        until(lambda: set(counts(path, open_orders)) == {"cancelled"}, seconds=2)
        assert set(counts(path, "SELECT status, count(*) FROM tickets GROUP BY status")) == {
            "available"
        }
        event_counts = counts(
            path, "SELECT type, count(*) FROM events WHERE order_id IS NOT NULL GROUP BY 1"
        )
        assert event_counts["order.cancelled"] == event_counts["expiration.complete"] == LOCKS
        audit = run(tmp_path, "check", "--database", database)
        assert audit.err == "no problems found\n"


def test_an_open_lock_keeps_its_deadline_after_a_kill(tmp_path: Path, database: str) -> None:
    buyer = RecordingClient("buyer")
    with Running(tmp_path, database, "--lock-for", "10m") as server:
        ticket = RecordingClient("seller").list_tickets(server.url, 1)[0]
        wire = buyer.connect(server.url)
        order = buyer.place_order(wire, ticket)
        server.kill()
        wire.close()
    with Running(tmp_path, database, "--lock-for", "5m") as server:
        wire = buyer.connect(server.url)
        now = buyer.view_order(wire, order["id"])
        wire.close()
    assert (now["status"], now["expires_at"]) == ("awaiting_payment", order["expires_at"])
