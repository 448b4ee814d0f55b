"""Thirty-two buyers want the same ticket at the same moment over HTTP, many times."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from time import monotonic

import pytest

from server import control_socket
from server.clock import SystemClock
from server.settings import Settings
from tests.clock import DOORS_OPEN
from tests.conftest import Serving
from tests.races.racing import StartLine
from tests.races.wire import Reply, Wire

BUYERS = 32
PASSWORD = "correct horse battery staple"
SHOW = {
    "name": "Final", "category": "sports", "venue": "Estadio", "city": "Lima", "country": "PE",
    "starts_at": "2031-06-18T19:00:00-05:00",
}  # fmt: skip


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    """Raise the limit of open orders, so that only the race decides."""
    sandbox = str(tmp_path / "sandbox")
    return Settings(database=database_url, port=0, sandbox_database=sandbox, max_open_orders=1000,
                    rate_limits=0, doors_before=DOORS_OPEN)  # fmt: skip


@pytest.fixture
def url(settings: Settings) -> Iterator[str]:
    """Run a server with these settings."""
    with Serving(settings, SystemClock()) as server:
        yield server.url


@pytest.fixture
def start_line() -> Iterator[StartLine]:
    """Start all buyers at once."""
    line = StartLine(BUYERS)
    yield line
    line.close()


@pytest.fixture
def wires(url: str, start_line: StartLine) -> Iterator[list[Wire]]:
    """Sign up thirty-two buyers and a seller, each with a connection."""
    opened = [Wire(url) for _ in range(BUYERS + 1)]
    start_line.race([partial(sign_up, opened[n], f"p{n}") for n in range(BUYERS)])
    sign_up(opened[-1], "seller")
    yield opened
    for wire in opened:
        wire.close()


def sign_up(wire: Wire, name: str) -> None:
    account = {"email": f"{name}@example.org", "password": PASSWORD}
    wire.token = wire.post("/v1/auth/signup", account).body["token"]


def listed(seller: Wire, count: int) -> list[str]:
    rows = [
        {"show": SHOW, "section": "A", "seat": str(n), "price": {"amount": 100, "currency": "PEN"}}
        for n in range(count)
    ]
    report = seller.post("/v1/tickets/import", {"rows": rows}).body
    return [result["ticket_id"] for result in report["results"]]


@pytest.mark.parametrize(
    "races", [25, pytest.param(100, marks=pytest.mark.slow)], ids=["few", "many"]
)
def test_exactly_one_of_thirty_two_buyers_gets_the_ticket(
    settings: Settings, start_line: StartLine, wires: list[Wire], races: int
) -> None:
    *buyers, seller = wires
    tickets = listed(seller, races)
    winners: Counter[int] = Counter()
    began = monotonic()
    for ticket in tickets:
        body = {"ticket_id": ticket}
        replies: list[Reply] = start_line.race(
            [partial(b.post, "/v1/orders", body) for b in buyers]
        )
        won = [n for n, reply in enumerate(replies) if reply.status == 201]
        assert len(won) == 1, Counter(reply.status for reply in replies)
        lost = {(reply.status, reply.code) for n, reply in enumerate(replies) if n != won[0]}
        assert lost == {(409, "ticket_unavailable")}
        assert replies[won[0]].body["ticket_id"] == ticket
        winners[won[0]] += 1
    seconds = monotonic() - began
    print(f"{races} races of {BUYERS} in {seconds:.1f} s; {len(winners)} different winners")
    assert len(winners) > 1, "the same buyer always won: that was no race"
    sold = [order for b in buyers for order in b.get("/v1/orders?limit=100").body["items"]]
    assert sorted(order["ticket_id"] for order in sold) == sorted(tickets)
    assert control_socket.run_command(settings, "check", "")["findings"] == []
