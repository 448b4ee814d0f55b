"""A house with a gate: tickets that were sold, somebody to scan them, and a line that may break."""

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
from tests.still import Still


class Line(Enum):
    """How it is with the line to the house."""

    UP = "up"
    DOWN = "down"
    LOSING = "losing the answers"
    BUSY = "busy"


class Wire(httpx.BaseTransport):
    """A line that can be cut, and that can lose answers on their way back."""

    def __init__(self) -> None:
        self._honest = httpx.HTTPTransport(verify=ssl.create_default_context())
        self.state = Line.UP
        self.paths: list[str] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.paths.append(request.url.path)
        if self.state is Line.DOWN:
            raise httpx.ConnectError("[Errno 111] Connection refused")
        if self.state is Line.BUSY:
            body = b'{"type":"","title":"","status":503,"code":"busy","detail":"busy"}'
            return httpx.Response(503, content=body)
        response = self._honest.handle_request(request)
        if self.state is Line.LOSING:
            response.read()
            raise httpx.ReadError("cut off")
        return response

    def close(self) -> None:
        self._honest.close()


class Hand(Still):
    """A clock moved by hand, an hour behind the house's: what is scanned lies in the past."""

    def __init__(self) -> None:
        super().__init__()
        self.start = datetime.now(UTC) - timedelta(hours=1)

    def new_key(self) -> str:
        return Clock.new_key(self)


@dataclass
class House:
    """A marketplace at which tickets of one show are sold."""

    server: Server
    folder: Path
    seller: Person
    buyer: Person
    operator: Person
    staff: Person
    clock: Hand = field(default_factory=Hand)
    wires: list[Wire] = field(default_factory=list)
    show_id: str = ""
    sold: int = 0

    def sells(self, code: str, *, to: Person | None = None) -> str:
        """Sell a ticket with this code; return its id."""
        self.sold += 1
        ticket = self.seller.lists(code=code, seat=str(self.sold))
        (to or self.buyer).buys(ticket)
        shown = self.seller.types("view", ticket, "--json", "show").json
        self.show_id = shown["show"]["id"]
        return ticket

    def opens(self, machine: str = "one", gate: str = "North") -> tuple[Gate, Wire]:
        """Open the gate on a machine, with a line of its own."""
        wire = Wire()
        self.wires.append(wire)
        token = self.staff.types("auth", "token").out.strip()
        api = Api(self.server.url, token, timeout=3.0, http_transport=wire, clock=self.clock)
        return Gate(api, self.folder / machine, self.show_id, entrance=gate), wire

    def counts(self) -> tuple[int, int, int]:
        """Return what the house counts: sold, inside, refused."""
        gate, _ = self.opens("looking")
        found = gate._api.call(VIEW_GATE, show_id=self.show_id)  # noqa: SLF001  as its owner would
        return found.sold, found.inside, found.refused

    def waits(self, seconds: float = 2.0) -> None:
        """Let time pass at the gates."""
        self.clock.passed += seconds


def a_house(server: Server, folder: Path) -> House:
    """Open a marketplace with a seller, a buyer, an operator, and somebody at the gate."""
    people = [
        Person(name, server.url, folder / name).signs_up()
        for name in ("sofia", "ana", "olga", "gus")
    ]
    control_socket.run_command(server.settings, "grant-admin", "olga@example.org")
    seller, buyer, operator, staff = people
    ran = operator.types("admin", "role", "gus@example.org", "gate")
    assert ran.status == 0, ran.err
    return House(server, folder, seller, buyer, operator, staff)


def admitted(answer: ScanResult | None) -> ScanResult:
    """Return an answer that lets somebody in; it must be one."""
    assert answer is not None
    assert (answer.verdict, answer.reason) == (Verdict.ADMITTED, None)
    return answer


def refused(answer: ScanResult | None) -> Refusal | None:
    """Return why an answer keeps somebody out; it must be one."""
    assert answer is not None
    assert answer.verdict is Verdict.REFUSED
    return answer.reason
