"""Custody: how a ticket came to its owners, without their names."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from contract.orders import CustodyChange, CustodyStep
from contract.tickets import CodeRevocation
from server.tickets import entry_codes
from server.tx import Tx

#: By why the code before was revoked, how the next owner came to the ticket.
CHANGES = {
    None: CustodyChange.SOLD,
    CodeRevocation.SOLD: CustodyChange.SOLD,
    CodeRevocation.TRANSFERRED: CustodyChange.GIVEN,
    CodeRevocation.REISSUED: CustodyChange.REISSUED,
    CodeRevocation.REFUNDED: CustodyChange.RETURNED,
    CodeRevocation.DISPUTED: CustodyChange.RETURNED,
}


def history(tx: Tx, *, ticket_id: str, reader_id: str) -> tuple[CustodyStep, ...]:
    """Return each step by which a ticket came to an owner, as its present owner may see it."""
    steps = []
    reason, owner_id = None, ""
    for code in entry_codes.history(tx, ticket_id=ticket_id):
        # The same owner again: a refund failed, or an operator replaced the code.
        how = CustodyChange.REISSUED if code.owner_id == owner_id else CHANGES[reason]
        steps.append(CustodyStep(at=code.issued_at, how=how, to_you=code.owner_id == reader_id))
        reason, owner_id = code.reason, code.owner_id
    return tuple(steps)


def owned_since(steps: Sequence[CustodyStep]) -> datetime:
    """Return when the present owner got the ticket."""
    return next(step.at for step in reversed(steps) if step.how is not CustodyChange.REISSUED)
