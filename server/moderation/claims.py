"""Claims: the two who say that one seat is theirs, side by side."""

from __future__ import annotations

import msgspec

from contract.alerts import Alert, AlertKind
from contract.moderation import SeatClaim, ViewedAlert
from server.alerts import service as alerts
from server.auth import service as auth
from server.tickets import entry_codes, resale, seats
from server.tickets import service as tickets
from server.tx import Tx

#: Alerts whose subject is a ticket that somebody else claims too.
ABOUT_CLAIMS = frozenset({AlertKind.SEAT_TAKEN, AlertKind.DUPLICATE})
#: How the id of a ticket begins; any other claimant is an account.
TICKET_PREFIX = "tkt_"


def view(tx: Tx, *, alert_id: str) -> ViewedAlert:
    """Return an alert with the claims that it is about. Raises AlertNotFound."""
    alert = alerts.view(tx, alert_id=alert_id)
    found = _claims(tx, alert) if alert.kind in ABOUT_CLAIMS else ()
    return ViewedAlert(**msgspec.structs.asdict(alert), claims=found)


def _claims(tx: Tx, alert: Alert) -> tuple[SeatClaim, ...]:
    first = _of_ticket(tx, alert.subject)
    # Alerts of an older release do not say who the other one is.
    other_id = alert.other_id
    if other_id is None and first.ticket is not None:
        other_id = seats.other_ticket(tx, ticket=first.ticket)
    if other_id is None:
        return (first,)
    if other_id.startswith(TICKET_PREFIX):
        return first, _of_ticket(tx, other_id)
    refused = auth.view(tx, user_id=other_id).account
    return first, SeatClaim(ticket=None, seller=refused, owner=None, code_issued_at=None)


def _of_ticket(tx: Tx, ticket_id: str) -> SeatClaim:
    ticket = tickets.view(tx, ticket_id=ticket_id)
    return SeatClaim(
        ticket=ticket,
        seller=auth.view(tx, user_id=ticket.seller_id).account,
        owner=auth.view(tx, user_id=resale.owner_of(tx, ticket_id=ticket_id)).account,
        code_issued_at=entry_codes.issued_at(tx, ticket_id=ticket_id),
    )
