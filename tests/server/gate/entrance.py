"""An entrance: a show with tickets that were sold, and two people who work at its gate."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from typing import Any

import msgspec

from contract.auth import SET_ROLE, GrantedRole, Role, SetRole
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
from tests.world import World

_NUMBERS = count()


@dataclass
class Entrance:
    """A gate of a show, and who stands there."""

    world: World
    seller: Principal
    operator: Principal
    staff: Principal
    other: Principal
    ticket: Ticket

    @property
    def show_id(self) -> str:
        return self.ticket.show.id

    def sells(self, code: str, **changes: Any) -> Ticket:
        """Sell somebody new a ticket with this code."""
        ticket = self.world.list_ticket(self.seller, code=code, **changes)
        order = self.world.lock(self.world.user(f"buyer{next(_NUMBERS)}"), ticket)
        assert self.world.pay(order) == "paid"
        return ticket

    def scans(self, code: str, by: Principal | None = None, **changes: Any) -> Scan:
        """Scan a code at the gate."""
        said = {"show_id": self.show_id, "scan_id": new_scan(), **changes}
        return self.world.call(ADMIT, by or self.staff, Admit(code=code, **said))

    def undoes(self, admission_id: str | None, by: Principal | None = None) -> Admission:
        """Take an admission back."""
        assert admission_id is not None
        return self.world.call(UNDO_ADMISSION, by or self.staff, admission_id=admission_id)

    def syncs(self, *scans: OfflineScan, by: Principal | None = None) -> SyncReport:
        """Tell of scans that were made without a line."""
        return self.world.call(SYNC_ADMISSIONS, by or self.staff, SyncAdmissions(scans=scans))

    def counts(self) -> tuple[int, int, int]:
        """Return how many may come, are inside, and were refused."""
        gate = self.looks()
        return gate.sold, gate.inside, gate.refused

    def looks(self) -> GateCounts:
        """Look at the show as its gate sees it."""
        return self.world.call(VIEW_GATE, self.staff, show_id=self.show_id)

    def ago(self, seconds: int) -> datetime:
        """Return a moment that has passed."""
        return from_us(self.world.clock.now()) - timedelta(seconds=seconds)

    def offline(
        self, code: str, ticket: Ticket | None, seconds: int, **changes: Any
    ) -> OfflineScan:
        """Make a scan that a gate has answered by itself so many seconds ago."""
        said = {"verdict": Verdict.ADMITTED, "scan_id": new_scan(), **changes}
        return OfflineScan(
            show_id=self.show_id, digest=digest_of(code, digest_prefix=self.show_id),
            ticket_id=None if ticket is None else ticket.id, scanned_at=self.ago(seconds), **said,
        )  # fmt: skip


def new_scan() -> str:
    """Make the id of a scan."""
    return f"scan{next(_NUMBERS):016d}"


def refused(scan: Scan) -> Refusal | None:
    """Return why a scan was refused; it must have been."""
    assert scan.verdict is Verdict.REFUSED
    assert scan.admission_id is None
    return scan.reason


def works_at_the_gate(world: World, operator: Principal, name: str) -> Principal:
    """Open an account that may let people in."""
    principal = world.user(name)
    body = SetRole(role=GrantedRole.GATE)
    account = world.call(SET_ROLE, operator, body, user_id=principal.user_id)
    assert account.role is Role.GATE
    return msgspec.structs.replace(principal, role=Role.GATE)


def an_entrance(world: World) -> Entrance:
    """Open the gate of a show, of which one ticket is listed and not sold."""
    operator, seller = world.user("operator", admin=True), world.user("seller")
    staff, other = (works_at_the_gate(world, operator, name) for name in ("gus", "gia"))
    ticket = world.list_ticket(seller, code="UNSOLD")
    return Entrance(world, seller, operator, staff, other, ticket)
