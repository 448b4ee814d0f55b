"""`kill -9` during many sales: acknowledged requests persist, and the others can be retried."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from threading import Lock
from typing import Any

import pytest

from tests.operate.processes import Running, run, until
from tests.operate.recording_clients import ClientPool, RecordingClient

CLIENTS = 6
OPTIONS = ("--max-open-orders", "1000000", "--public-url", "http://shop.test", "--lock-for", "1h")


class SharedIterator(Iterator[str]):
    """An iterator for many threads, which yields each ticket once."""

    def __init__(self, tickets: list[str]) -> None:
        self._tickets, self._lock = iter(tickets), Lock()

    def __next__(self) -> str:
        with self._lock:
            return next(self._tickets)


def check_acknowledged(server: Running, clients: list[RecordingClient]) -> None:
    """Expect the same response again for every acknowledged request."""
    for client in clients:
        wire = client.connect(server.url)
        for key, order in client.acknowledged.items():
            again = client.post_order(wire, key, order["ticket_id"])
            assert (again.status, again.body) == (201, order)
            assert again.headers["Idempotency-Replayed"] == "true"
            check_same(client.view_order(wire, order["id"]), order)
        wire.close()


def check_same(now: dict[str, Any], acknowledged: dict[str, Any]) -> None:
    """Expect an order to be the same, except for what may have changed since."""
    changing = {"status", "version", "continued"}
    assert {k: v for k, v in now.items() if k not in changing} == {
        k: v for k, v in acknowledged.items() if k not in changing
    }
    assert now["status"] in ("awaiting_payment", "confirming", "complete")


def retry_unanswered(server: Running, clients: list[RecordingClient]) -> int:
    """Retry requests without a response; return how many of them had been done."""
    done = 0
    for client in clients:
        wire = client.connect(server.url)
        for key, ticket in list(client.unanswered.items()):
            again = client.post_order(wire, key, ticket)
            assert again.status == 201, again.raw
            done += "Idempotency-Replayed" in again.headers
            client.acknowledged[key] = again.body
            del client.unanswered[key]
        wire.close()
    return done


def check_paid(server: Running, clients: list[RecordingClient]) -> None:
    """Expect every paid order to complete soon, and its ticket in the wallet."""
    for client in clients:
        wire = client.connect(server.url)
        for order_id in sorted(client.paid):
            until(lambda: client.view_order(wire, order_id)["status"] == "complete", seconds=20)  # noqa: B023  called at once
            ticket = client.view_order(wire, order_id)["ticket_id"]
            assert wire.get(f"/v1/wallet/{ticket}").status == 200
        wire.close()


@pytest.mark.parametrize(
    ("kills", "each"), [(3, 20), pytest.param(40, 100, marks=pytest.mark.slow)]
)
def test_everything_a_killed_server_acknowledged_survives(
    tmp_path: Path, database: str, kills: int, each: int
) -> None:
    clients = [RecordingClient(f"c{n}") for n in range(CLIENTS)]
    pool, done_unanswered = ClientPool(clients), 0
    with Running(tmp_path, database, *OPTIONS) as server:
        tickets = SharedIterator(
            RecordingClient("seller").list_tickets(server.url, kills * each * 4)
        )
        for client in clients:
            client.connect(server.url).close()
        server.kill()
    for _ in range(kills):
        with Running(tmp_path, database, *OPTIONS) as server:
            done_unanswered += retry_unanswered(server, clients)
            wanted = pool.acknowledged + each
            pool.start(server.url, tickets)
            until(lambda w=wanted: pool.acknowledged >= w, seconds=60)  # type: ignore[misc]
            os.kill(server.process.pid, 9)
            pool.finish()
    with Running(tmp_path, database, *OPTIONS) as server:
        done_unanswered += retry_unanswered(server, clients)
        check_acknowledged(server, clients)
        check_paid(server, clients)
        assert run(tmp_path, "check", "--database", database).err == "no problems found\n"
    pool.close()
    print(f"{kills} kills, {pool.acknowledged} acknowledged, {done_unanswered} done but unanswered")
    assert pool.acknowledged >= kills * each
