"""A gate: a show with sold tickets, and two people who work at its entrance."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from typing import Any

import msgspec

from contract.auth import SET_ROLE, GrantedRole, Role, SetRole
from contract.codes import code_key
from contract.gate import (
    ADMIT,
    SYNC_ADMISSIONS,
    UNDO_ADMISSION,
    VIEW_GATE,
    Admission,
    Admit,
    GateCounts,
    OfflineScan,
    Refusal,
    Scan,
    SyncAdmissions,
    SyncReport,
    Verdict,
    digest_of,
)
from contract.tickets import Ticket
from db.types import from_us
from server.principal import Principal
from tests.server.rows import change
from tests.world import World

_NUMBERS = count()


@dataclass
class GateFixture:
    """The gate of a show, and the people who work there."""

    world: World
    seller: Principal
    operator: Principal
    staff: Principal
    other: Principal
    ticket: Ticket

    @property
    def show_id(self) -> str:
        return self.ticket.show.id

    def sell_ticket(self, code: str, **changes: Any) -> Ticket:
        """Sell a ticket to a new buyer, and give it an entry code that a test can type."""
        ticket = self.world.list_ticket(self.seller, **changes)
        order = self.world.lock(self.world.user(f"buyer{next(_NUMBERS)}"), ticket)
        assert self.world.pay(order) == "paid"
        set_entry_code(self.world, ticket.id, code)
        return ticket

    def scan(self, code: str, by: Principal | None = None, **changes: Any) -> Scan:
        """Scan a code at the gate."""
        fields = {"show_id": self.show_id, "scan_id": new_scan(), **changes}
        return self.world.call(ADMIT, by or self.staff, Admit(code=code, **fields))

    def undo(self, admission_id: str | None, by: Principal | None = None) -> Admission:
        """Undo an admission."""
        assert admission_id is not None
        return self.world.call(UNDO_ADMISSION, by or self.staff, admission_id=admission_id)

    def sync(self, *scans: OfflineScan, by: Principal | None = None) -> SyncReport:
        """Sync offline scans."""
        return self.world.call(SYNC_ADMISSIONS, by or self.staff, SyncAdmissions(scans=scans))

    def counts(self) -> tuple[int, int, int]:
        """Return how many tickets may enter, are inside, and were refused."""
        gate = self.view_counts()
        return gate.sold, gate.inside, gate.refused

    def view_counts(self) -> GateCounts:
        """Return the counts of the gate."""
        return self.world.call(VIEW_GATE, self.staff, show_id=self.show_id)

    def seconds_ago(self, seconds: int) -> datetime:
        """Return the time `seconds` ago."""
        return from_us(self.world.clock.now()) - timedelta(seconds=seconds)

    def offline_scan(
        self, code: str, ticket: Ticket | None, seconds: int, **changes: Any
    ) -> OfflineScan:
        """Make a scan that a gate decided offline `seconds` ago."""
        fields = {"verdict": Verdict.ADMITTED, "scan_id": new_scan(), **changes}
        return OfflineScan(
            show_id=self.show_id, digest=digest_of(code, digest_prefix=self.show_id),
            ticket_id=None if ticket is None else ticket.id,
            scanned_at=self.seconds_ago(seconds), **fields,
        )  # fmt: skip


def set_entry_code(world: World, ticket_id: str, code: str) -> None:
    """Give a sold ticket an entry code that a test can type."""
    query = "UPDATE entry_codes SET code = :code, code_key = :key WHERE ticket_id = :ticket"
    change(world, query, code=code, key=code_key(code), ticket=ticket_id)


def give_to_another(world: World, ticket_id: str, code: str) -> str:
    """Give a sold ticket to another user with this entry code, as a sale does; return who it is."""
    other = world.user(f"receiver{next(_NUMBERS)}").user_id
    revoke = "UPDATE entry_codes SET revoked_at = 1, reason = 'sold' WHERE ticket_id = :ticket"
    change(world, revoke, ticket=ticket_id)
    change(
        world,
        "INSERT INTO entry_codes (id, ticket_id, serial, show_id, owner_id, order_id, code, "
        "code_key, issued_at, changed_at) SELECT :id, ticket_id, 2, show_id, :owner, order_id, "
        ":code, :key, 1, 1 FROM entry_codes WHERE ticket_id = :ticket",
        id=f"cod_{next(_NUMBERS)}", owner=other, code=code, key=code_key(code), ticket=ticket_id,
    )  # fmt: skip
    own = "UPDATE tickets SET owner_id = :owner, code_serial = 2 WHERE id = :ticket"
    change(world, own, owner=other, ticket=ticket_id)
    return other


def new_scan() -> str:
    """Make the id of a scan."""
    return f"scan{next(_NUMBERS):016d}"


def refused(scan: Scan) -> Refusal | None:
    """Return why a scan was refused; fail if it was not."""
    assert scan.verdict is Verdict.REFUSED
    assert scan.admission_id is None
    return scan.reason


def make_gate_keeper(world: World, operator: Principal, name: str) -> Principal:
    """Create an account with gate access."""
    principal = world.user(name)
    body = SetRole(role=GrantedRole.GATE)
    account = world.call(SET_ROLE, operator, body, user_id=principal.user_id)
    assert account.role is Role.GATE
    return msgspec.structs.replace(principal, role=Role.GATE)


def open_gate(world: World) -> GateFixture:
    """Open the gate of a show that has one unsold ticket."""
    operator, seller = world.user("operator", admin=True), world.user("seller")
    staff, other = (make_gate_keeper(world, operator, name) for name in ("gus", "gia"))
    ticket = world.list_ticket(seller)
    return GateFixture(world, seller, operator, staff, other, ticket)
