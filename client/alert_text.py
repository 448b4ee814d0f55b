"""Alert text: what an operator can do about an alert."""

from __future__ import annotations

from contract.alerts import Alert, AlertKind
from contract.moderation import SeatClaim
from contract.tickets import TicketStatus

#: Alerts about a ticket that somebody else claims too.
ABOUT_CLAIMS = frozenset({AlertKind.SEAT_TAKEN, AlertKind.DUPLICATE})


def compare_command(alert: Alert) -> str | None:
    """Return the command that shows both claims; None for an alert that is about something else."""
    return f"ticketing admin alerts view {alert.id}" if alert.kind in ABOUT_CLAIMS else None


def can_withdraw(claim: SeatClaim) -> bool:
    """Tell whether the ticket of a claim is on sale."""
    on_sale = (TicketStatus.AVAILABLE, TicketStatus.LOCKED)
    return claim.ticket is not None and claim.ticket.status in on_sale


def can_reissue(claim: SeatClaim) -> bool:
    """Tell whether the ticket of a claim has an entry code that opens the gate."""
    return claim.code_issued_at is not None


def claim_commands(claim: SeatClaim) -> tuple[str, ...]:
    """Return what an operator can run about the ticket of a claim, once it is decided."""
    ticket_id = "" if claim.ticket is None else claim.ticket.id
    commands = []
    if can_withdraw(claim):
        commands.append(f"ticketing admin withdraw {ticket_id} --reason TEXT")
    if can_reissue(claim):
        commands.append(f"ticketing admin reissue {ticket_id} --reason TEXT")
        commands.append(f"ticketing admin orders --ticket {ticket_id}")
    return tuple(commands)
