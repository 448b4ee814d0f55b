"""Locks that ran out while the server was down end as soon as it is back, each once."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from db.sqlite import connect
from tests.operate.customers import Customer
from tests.operate.processes import Running, run, until

LOCKS = 200


def counts(path: Path, sql: str) -> dict[str, int]:
    """Count past the server, which may be running."""
    with closing(connect(path, read_only=True)) as raw:
        return dict(raw.execute(sql).fetchall())


def test_locks_that_ran_out_meanwhile_end_within_two_seconds_of_the_start(tmp_path: Path) -> None:
    path = tmp_path / "shop.db"
    options = ("--lock-for", "1s", "--max-open-orders", "1000")
    buyer = Customer("buyer")
    with Running(tmp_path, f"sqlite:///{path}", "--lock-for", "1m", *options[2:]) as server:
        tickets = Customer("seller").lists(server.url, LOCKS)
        buyer.arrive(server.url).close()
        server.stop()
    with Running(tmp_path, f"sqlite:///{path}", *options) as server:
        wire = buyer.arrive(server.url)
        last = [buyer.places(wire, ticket) for ticket in tickets][-1]
        server.kill()
        wire.close()
    deadline = datetime.fromisoformat(last["expires_at"])
    until(lambda: datetime.now(UTC) > deadline, seconds=5)
    open_orders = "SELECT status, count(*) FROM orders GROUP BY status"
    assert counts(path, open_orders)["awaiting_payment"] > 0
    with Running(tmp_path, f"sqlite:///{path}", *options) as server:
        until(lambda: set(counts(path, open_orders)) == {"cancelled"}, seconds=2)
        assert set(counts(path, "SELECT status, count(*) FROM tickets GROUP BY status")) == {
            "available"
        }
        told = counts(
            path, "SELECT type, count(*) FROM events WHERE order_id IS NOT NULL GROUP BY 1"
        )
        assert told["order.cancelled"] == told["expiration.complete"] == LOCKS
        assert (
            run(tmp_path, "check", "--database", f"sqlite:///{path}").err == "no problems found\n"
        )


def test_a_lock_that_still_runs_goes_on_after_a_kill(tmp_path: Path) -> None:
    database = f"sqlite:///{tmp_path}/shop.db"
    buyer = Customer("buyer")
    with Running(tmp_path, database, "--lock-for", "10m") as server:
        ticket = Customer("seller").lists(server.url, 1)[0]
        wire = buyer.arrive(server.url)
        order = buyer.places(wire, ticket)
        server.kill()
        wire.close()
    with Running(tmp_path, database, "--lock-for", "5m") as server:
        wire = buyer.arrive(server.url)
        now = buyer.now(wire, order["id"])
        wire.close()
    assert (now["status"], now["expires_at"]) == ("awaiting_payment", order["expires_at"])
