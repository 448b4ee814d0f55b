"""Marketplace: sold tickets, somebody to scan them, and a connection that may break."""

from __future__ import annotations

import ssl
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import Enum
from pathlib import Path

import httpx

from client.api import Api
from client.clock import Clock
from client.gate import Gate, ScanResult
from contract.gate import VIEW_GATE, Refusal, Verdict
from server import control_socket
from tests.cli.person import Person
from tests.conftest import Server
from tests.entry_codes import set_entry_code
from tests.still import Still


class Network(Enum):
    """The state of the connection to the server."""

    UP = "up"
    DOWN = "down"
    LOSING = "losing the answers"
    BUSY = "busy"


class FlakyTransport(httpx.BaseTransport):
    """A transport that can be cut, and that can lose responses."""

    def __init__(self) -> None:
        self._honest = httpx.HTTPTransport(verify=ssl.create_default_context())
        self.state = Network.UP
        self.paths: list[str] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.paths.append(request.url.path)
        if self.state is Network.DOWN:
            raise httpx.ConnectError("[Errno 111] Connection refused")
        if self.state is Network.BUSY:
            body = b'{"type":"","title":"","status":503,"code":"busy","detail":"busy"}'
            return httpx.Response(503, content=body)
        response = self._honest.handle_request(request)
        if self.state is Network.LOSING:
            response.read()
            raise httpx.ReadError("cut off")
        return response

    def close(self) -> None:
        self._honest.close()


class ManualClock(Still):
    """A clock moved by the test, an hour behind the server's, so that scans lie in the past."""

    def __init__(self) -> None:
        super().__init__()
        self.start = datetime.now(UTC) - timedelta(hours=1)

    def new_key(self) -> str:
        return Clock.new_key(self)


@dataclass
class GateMarketplace:
    """A marketplace that sells tickets for one show."""

    server: Server
    folder: Path
    seller: Person
    buyer: Person
    operator: Person
    staff: Person
    clock: ManualClock = field(default_factory=ManualClock)
    transports: list[FlakyTransport] = field(default_factory=list)
    show_id: str = ""
    sold: int = 0

    def sell_ticket(self, code: str, *, to: Person | None = None) -> str:
        """Sell a ticket whose entry code is `code`; return its id."""
        self.sold += 1
        ticket = self.seller.list_ticket(seat=str(self.sold))
        (to or self.buyer).buy_ticket(ticket)
        set_entry_code(self.server.settings.database, ticket, code)
        shown = self.seller.run("view", ticket, "--json", "show").json
        self.show_id = shown["show"]["id"]
        return ticket

    def open_gate(self, machine: str = "one", gate: str = "North") -> tuple[Gate, FlakyTransport]:
        """Open the gate on a machine, with its own connection."""
        transport = FlakyTransport()
        self.transports.append(transport)
        token = self.staff.run("auth", "token").out.strip()
        api = Api(self.server.url, token, timeout=3.0, http_transport=transport, clock=self.clock)
        return Gate(api, self.folder / machine, self.show_id, entrance=gate), transport

    def counts(self) -> tuple[int, int, int]:
        """Return the server's counts: sold, inside, refused."""
        gate, _ = self.open_gate("looking")
        found = gate._api.call(VIEW_GATE, show_id=self.show_id)  # noqa: SLF001  as its owner would
        return found.sold, found.inside, found.refused

    def wait(self, seconds: float = 2.0) -> None:
        """Advance the clock of the gates."""
        self.clock.passed += seconds


def open_marketplace(server: Server, folder: Path) -> GateMarketplace:
    """Return a marketplace with a seller, a buyer, an operator and gate staff."""
    people = [
        Person(name, server.url, folder / name).sign_up()
        for name in ("sofia", "ana", "olga", "gus")
    ]
    control_socket.run_command(server.settings, "grant-admin", "olga@example.org")
    seller, buyer, operator, staff = people
    ran = operator.run("admin", "role", "gus@example.org", "gate")
    assert ran.status == 0, ran.err
    return GateMarketplace(server, folder, seller, buyer, operator, staff)


def admitted(answer: ScanResult | None) -> ScanResult:
    """Return the result; fail unless it is an admission."""
    assert answer is not None
    assert (answer.verdict, answer.reason) == (Verdict.ADMITTED, None)
    return answer


def refused(answer: ScanResult | None) -> Refusal | None:
    """Return the reason of the result; fail unless it is a refusal."""
    assert answer is not None
    assert answer.verdict is Verdict.REFUSED
    return answer.reason
