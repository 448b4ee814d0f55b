"""Listings: take one off sale, or replace the entry code of a ticket."""

from __future__ import annotations

from typing import Annotated

import typer

from contract.moderation import ADMIN_REISSUE, ADMIN_WITHDRAW
from contract.tickets import ReissueCode, Ticket, WithdrawTicket
from ticketing_cli.runtime import options
from ticketing_cli.runtime.context import Run

Reason = Annotated[
    str, typer.Option(metavar="TEXT", help="Why; the seller reads it.", show_default=False)
]
ReissueReason = Annotated[
    str, typer.Option("--reason", metavar="TEXT", help="Why; the owner reads it.",
                      show_default=False)
]  # fmt: skip


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


def reissue(
    ctx: typer.Context,
    ticket: options.TicketId,
    reason: ReissueReason,
    yes: options.Yes = False,
    json: options.Json = None,
) -> None:
    """Give the owner of a ticket a new entry code, because somebody else has seen the old one.

    The old code opens the gate no more, and says "replaced" there. The owner finds the new one in
    the wallet, and nobody else sees it. Owner, price and listing stay as they are.

    Examples:
      ticketing admin reissue tkt_9f --reason "You posted a picture of your code."
      ticketing admin reissue tkt_9f --reason "Reported as copied." --yes --json status
    """
    run = Run.of(ctx)
    fields = run.fields(json, Ticket)
    if not yes:
        run.confirm(f"Replace the entry code of ticket {ticket}?")
    after = run.api.call(ADMIN_REISSUE, ReissueCode(reason=reason), ticket_id=ticket)
    message = f"Ticket {after.id} has a new entry code; its owner reads the reason"
    next_command = f"ticketing admin events --about {after.id}"
    run.out.result(after, fields=fields, message=message, next_command=next_command)
