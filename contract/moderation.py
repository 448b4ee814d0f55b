"""Moderation: what operators do about listings that must not be sold."""

from __future__ import annotations

from contract.endpoint import Access, Endpoint
from contract.orders import OrderConfirming
from contract.tickets import Ticket, TicketNotFound, TicketUnavailable, WithdrawTicket

ADMIN_WITHDRAW = Endpoint(
    method="POST", path="/v1/admin/tickets/{ticket_id}/withdraw", request=WithdrawTicket,
    response=Ticket, access=Access.ADMIN,
    summary="Take any listing off sale; an order that awaits payment for it is cancelled.",
    errors=(TicketNotFound, TicketUnavailable, OrderConfirming),
)  # fmt: skip
