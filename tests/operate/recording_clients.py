"""Clients of a server that may be killed. Each records what the server has acknowledged."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http.client import HTTPException
from itertools import count
from threading import Event
from typing import Any
from urllib.parse import urlsplit

from tests.races.wire import Reply, Wire

PASSWORD = "correct horse battery staple"
CARD = b"card_number=4242424242424242&exp=12%2F34&cvc=123"
SHOW = {
    "name": "Final", "category": "sports", "venue": "Estadio", "city": "Lima", "country": "PE",
    "starts_at": "2031-06-18T19:00:00-05:00",
}  # fmt: skip
LOST = (HTTPException, OSError)


@dataclass
class RecordingClient:
    """A user who keeps buying until the connection breaks."""

    name: str
    token: str = ""
    #: Orders by idempotency key, and the tickets of requests without a response.
    acknowledged: dict[str, dict[str, Any]] = field(default_factory=dict)
    unanswered: dict[str, str] = field(default_factory=dict)
    paid: set[str] = field(default_factory=set)
    keys: Iterator[int] = field(default_factory=count)

    def connect(self, url: str) -> Wire:
        wire = Wire(url, self.token)
        if not self.token:
            account = {"email": f"{self.name}@example.org", "password": PASSWORD}
            self.token = wire.token = wire.post("/v1/auth/signup", account).body["token"]
        return wire

    def list_tickets(self, url: str, number: int) -> list[str]:
        """List tickets, and return their ids."""
        wire, ids = self.connect(url), list[str]()
        for first in range(0, number, 500):
            rows = [
                {"show": SHOW, "price": {"amount": 100, "currency": "PEN"}}
                for _ in range(min(500, number - first))
            ]
            report = wire.post("/v1/tickets/import", {"rows": rows}).body
            ids += [result["ticket_id"] for result in report["results"]]
        wire.close()
        return ids

    def buy(self, url: str, tickets: Iterator[str], stop: Event) -> None:
        """Lock ticket after ticket, and pay for every fourth, until the connection breaks."""
        try:
            wire = self.connect(url)
        except LOST:
            return
        try:
            for number, ticket in enumerate(tickets):
                if stop.is_set():
                    return
                order = self.place_order(wire, ticket)
                if number % 4 == 0:
                    self.pay(wire, order["id"])
        except LOST:
            return
        finally:
            wire.close()

    def place_order(self, wire: Wire, ticket: str) -> dict[str, Any]:
        key = f"{self.name}-{next(self.keys)}"
        self.unanswered[key] = ticket
        reply = self.post_order(wire, key, ticket)
        assert reply.status == 201, reply.raw
        del self.unanswered[key]
        self.acknowledged[key] = reply.body
        order: dict[str, Any] = reply.body
        return order

    def post_order(self, wire: Wire, key: str, ticket: str) -> Reply:
        return wire.post("/v1/orders", {"ticket_id": ticket}, Idempotency_Key=key)

    def pay(self, wire: Wire, order_id: str) -> None:
        """Pay as a browser does, and record the order once the page reports that it is paid."""
        link = urlsplit(wire.post(f"/v1/orders/{order_id}/pay").body["url"]).path
        page = urlsplit(wire.get(link).headers["Location"]).path
        wire.connection.request("POST", page, body=CARD, headers={"Accept": "application/json"})
        if b'"paid"' in wire.connection.getresponse().read():
            self.paid.add(order_id)

    def view_order(self, wire: Wire, order_id: str) -> dict[str, Any]:
        order: dict[str, Any] = wire.get(f"/v1/orders/{order_id}").body
        return order


class ClientPool:
    """Many clients at once, each in a thread."""

    def __init__(self, clients: list[RecordingClient]) -> None:
        self.clients = clients
        self._stop = Event()
        self._threads = ThreadPoolExecutor(len(clients))

    @property
    def acknowledged(self) -> int:
        """Return how many orders the server has acknowledged so far."""
        return sum(len(client.acknowledged) for client in self.clients)

    def start(self, url: str, tickets: Iterator[str]) -> None:
        """Start all clients; each takes the next ticket."""
        self._stop.clear()
        self._runs = [self._threads.submit(c.buy, url, tickets, self._stop) for c in self.clients]

    def finish(self) -> None:
        """Wait until all clients have stopped; raise what went wrong."""
        self._stop.set()
        for run in self._runs:
            run.result(60)

    def close(self) -> None:
        self._threads.shutdown()
