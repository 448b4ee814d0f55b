"""Moderation: what operators do about listings that must not be sold, and who claims what."""

from __future__ import annotations

from datetime import datetime

from contract.alerts import Alert, AlertNotFound
from contract.auth import Account
from contract.base import Empty, Model
from contract.endpoint import Access, Endpoint
from contract.orders import OrderConfirming
from contract.shows import ShowIsCancelled
from contract.tickets import (
    ReissueCode,
    Ticket,
    TicketNotFound,
    TicketUnavailable,
    TicketVoid,
    WithdrawTicket,
)


class SeatClaim(Model, frozen=True, kw_only=True):
    """One of those who say that a seat is theirs, with what can tell whose it is.

    Without `ticket` their listing was refused. `owner` is who has the ticket now;
    `code_issued_at` is when the owner got the valid entry code, if there is one.
    """

    ticket: Ticket | None
    seller: Account
    owner: Account | None
    code_issued_at: datetime | None


class ViewedAlert(Alert, frozen=True, kw_only=True):
    """An alert with the claims that it is about, to compare; none unless it is about a seat."""

    claims: tuple[SeatClaim, ...] = ()


VIEW_ALERT = Endpoint(
    method="GET", path="/v1/admin/attention/{alert_id}", request=Empty, response=ViewedAlert,
    access=Access.ADMIN,
    summary="Show one alert, with both claims if two people claim one seat.",
    errors=(AlertNotFound,),
)  # fmt: skip
ADMIN_WITHDRAW = Endpoint(
    method="POST", path="/v1/admin/tickets/{ticket_id}/withdraw", request=WithdrawTicket,
    response=Ticket, access=Access.ADMIN,
    summary="Take any listing off sale; an order that awaits payment for it is cancelled.",
    errors=(TicketNotFound, TicketUnavailable, OrderConfirming),
)  # fmt: skip
ADMIN_REISSUE = Endpoint(
    method="POST", path="/v1/admin/tickets/{ticket_id}/reissue", request=ReissueCode,
    response=Ticket, access=Access.ADMIN,
    summary="Give the owner of a ticket a new entry code; the one before opens the gate no more.",
    errors=(TicketNotFound, TicketUnavailable, TicketVoid, ShowIsCancelled),
)  # fmt: skip
