"""The endpoints of moderation, all of them for operators."""

from __future__ import annotations

from contract.auth import Account, Ban
from contract.base import Empty
from contract.moderation import ViewedAlert
from contract.problems import FieldError, Invalid
from contract.tickets import ReissueCode, Ticket, WithdrawTicket
from server.moderation import claims, service
from server.principal import Principal
from server.tickets import resale
from server.tx import Tx


def ban(tx: Tx, principal: Principal, body: Ban, *, user_id: str) -> Account:
    """Ban an account or lift the ban. Operators cannot ban themselves."""
    if user_id == principal.user_id:
        raise Invalid(errors=(FieldError(field="user_id", message="is your own account"),))
    return service.ban(tx, user_id=user_id, banned=body.banned)


def withdraw(tx: Tx, principal: Principal, body: WithdrawTicket, *, ticket_id: str) -> Ticket:
    """Take a listing off sale; its seller reads the reason."""
    return service.withdraw(tx, ticket_id=ticket_id, note=body.reason)


def reissue(tx: Tx, principal: Principal, body: ReissueCode, *, ticket_id: str) -> Ticket:
    """Give the owner of a ticket a new entry code; they read the reason."""
    return resale.replace_code(tx, ticket_id=ticket_id, note=body.reason)


def view_alert(tx: Tx, principal: Principal, query: Empty, *, alert_id: str) -> ViewedAlert:
    """Show an alert with the claims to compare."""
    return claims.view(tx, alert_id=alert_id)
