"""`kill -9` in the middle of many sales: what was acknowledged stays, and the rest can be asked."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from threading import Lock
from typing import Any

import pytest

from tests.operate.customers import Crowd, Customer
from tests.operate.processes import Running, run, until

CUSTOMERS = 6
OPTIONS = ("--max-open-orders", "1000000", "--public-url", "http://shop.test", "--lock-for", "1h")


class Handout(Iterator[str]):
    """Hands tickets out to many threads, each once."""

    def __init__(self, tickets: list[str]) -> None:
        self._tickets, self._lock = iter(tickets), Lock()

    def __next__(self) -> str:
        with self._lock:
            return next(self._tickets)


def keeps_its_promises(server: Running, customers: list[Customer]) -> None:
    """Expect every answer that was given to be as true as it was."""
    for customer in customers:
        wire = customer.arrive(server.url)
        for key, order in customer.promised.items():
            again = customer.asks(wire, key, order["ticket_id"])
            assert (again.status, again.body) == (201, order)
            assert again.headers["Idempotency-Replayed"] == "true"
            same(customer.now(wire, order["id"]), order)
        wire.close()


def same(now: dict[str, Any], promised: dict[str, Any]) -> None:
    """Expect an order to be what it was, but for what may have happened to it since."""
    moves = {"status", "version"}
    assert {k: v for k, v in now.items() if k not in moves} == {
        k: v for k, v in promised.items() if k not in moves
    }
    assert now["status"] in ("awaiting_payment", "confirming", "complete")


def asks_again(server: Running, customers: list[Customer]) -> int:
    """Repeat what was never answered; return how much of it had been done all the same."""
    done = 0
    for customer in customers:
        wire = customer.arrive(server.url)
        for key, ticket in list(customer.unanswered.items()):
            again = customer.asks(wire, key, ticket)
            assert again.status == 201, again.raw
            done += "Idempotency-Replayed" in again.headers
            customer.promised[key] = again.body
            del customer.unanswered[key]
        wire.close()
    return done


def delivers_what_was_paid(server: Running, customers: list[Customer]) -> None:
    """Expect every paid order to be complete before long, and its ticket in the wallet."""
    for customer in customers:
        wire = customer.arrive(server.url)
        for order_id in sorted(customer.paid):
            until(lambda: customer.now(wire, order_id)["status"] == "complete", seconds=20)  # noqa: B023  done at once
            ticket = customer.now(wire, order_id)["ticket_id"]
            assert wire.get(f"/v1/wallet/{ticket}").status == 200
        wire.close()


@pytest.mark.parametrize(
    ("kills", "each"), [(5, 60), pytest.param(40, 100, marks=pytest.mark.slow)]
)
def test_what_a_killed_server_acknowledged_is_there_when_it_is_back(
    tmp_path: Path, kills: int, each: int
) -> None:
    database = f"sqlite:///{tmp_path}/shop.db"
    customers = [Customer(f"c{n}") for n in range(CUSTOMERS)]
    crowd, done_unseen = Crowd(customers), 0
    with Running(tmp_path, database, *OPTIONS) as server:
        tickets = Handout(Customer("seller").lists(server.url, kills * each * 4))
        for customer in customers:
            customer.arrive(server.url).close()
        server.kill()
    for _ in range(kills):
        with Running(tmp_path, database, *OPTIONS) as server:
            done_unseen += asks_again(server, customers)
            wanted = crowd.promised + each
            crowd.start(server.url, tickets)
            until(lambda w=wanted: crowd.promised >= w, seconds=60)  # type: ignore[misc]
            os.kill(server.process.pid, 9)
            crowd.finish()
    with Running(tmp_path, database, *OPTIONS) as server:
        done_unseen += asks_again(server, customers)
        keeps_its_promises(server, customers)
        delivers_what_was_paid(server, customers)
        assert run(tmp_path, "check", "--database", database).err == "no problems found\n"
    crowd.close()
    print(f"{kills} kills, {crowd.promised} promises kept, {done_unseen} done unseen")
    assert crowd.promised >= kills * each
