"""Listings: take one off sale."""

from __future__ import annotations

from typing import Annotated

import typer

from contract.moderation import ADMIN_WITHDRAW
from contract.tickets import Ticket, WithdrawTicket
from ticketing_cli.runtime import options
from ticketing_cli.runtime.context import Run

Reason = Annotated[
    str, typer.Option(metavar="TEXT", help="Why; the seller reads it.", show_default=False)
]


def withdraw(
    ctx: typer.Context,
    ticket: options.TicketId,
    reason: Reason,
    yes: options.Yes = False,
    json: options.Json = None,
) -> None:
    """Take any listing off sale. An order that awaits payment for it is cancelled.

    A sold ticket is not withdrawn: refund its order with `ticketing admin refund`.

    Examples:
      ticketing admin withdraw tkt_9f --reason "The seat does not exist."
      ticketing admin withdraw tkt_9f --reason "Reported as stolen." --yes --json status
    """
    run = Run.of(ctx)
    fields = run.fields(json, Ticket)
    if not yes:
        run.confirm(f"Take ticket {ticket} off sale?")
    after = run.api.call(ADMIN_WITHDRAW, WithdrawTicket(reason=reason), ticket_id=ticket)
    message = f"Ticket {after.id} is withdrawn; its seller {after.seller_id} reads the reason"
    next_command = f"ticketing view {after.id}"
    run.out.result(after, fields=fields, message=message, next_command=next_command)
