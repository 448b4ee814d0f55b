"""Transfers: give a ticket to somebody, and accept, decline, cancel or list such offers."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

from client.formatting import local_time, place, seat
from contract.auth import ME
from contract.base import PageQuery
from contract.tickets import VIEW_TICKET
from contract.transfers import (
    ACCEPT_TRANSFER,
    CANCEL_TRANSFER,
    DECLINE_TRANSFER,
    DEFAULT_LIFETIME,
    LIST_TRANSFERS,
    LONGEST_LIFETIME,
    OFFER_TRANSFER,
    AcceptTransfer,
    OfferTransfer,
    Transfer,
    TransferOffer,
    TransferStatus,
)
from ticketing_cli.runtime import dates, options
from ticketing_cli.runtime.context import Run
from ticketing_cli.runtime.formats import OutputColumn

Recipient = Annotated[
    str, typer.Option("--to", metavar="EMAIL", help="Whom to give it to.", show_default=False)
]


def lifetime(text: str) -> int:
    """Parse how long an offer is open, in seconds."""
    seconds = dates.period(text)
    if seconds > LONGEST_LIFETIME:
        raise typer.BadParameter(f"{text!a} is too long; an offer is open for at most 60d.")
    return seconds


Expires = Annotated[
    int | None,
    typer.Option(
        "--expires", parser=lifetime, metavar="TIME", show_default=False,
        help="How long the offer is open, e.g. 12h or 3d; 7d if left out.",
    ),
]  # fmt: skip
ClaimCode = Annotated[
    str,
    typer.Option(
        metavar="CODE", show_default=False,
        help="The code from the giver, if you had no account when the ticket was offered.",
    ),
]  # fmt: skip


def columns(me: str) -> tuple[OutputColumn[Transfer], ...]:
    """Return the columns of transfers as the account with the id `me` sees them."""
    return (
        OutputColumn(title="TRANSFER", of=lambda t: t.id, keep=True),
        OutputColumn(title="DIRECTION", of=lambda t: _direction(t, me), keep=True),
        OutputColumn(title="SHOW", of=lambda t: t.ticket.show.name),
        OutputColumn(title="SEAT", of=lambda t: seat(t.ticket)),
        OutputColumn(title="WITH", of=lambda t: t.to if t.from_id == me else t.giver),
        OutputColumn(title="STATUS", of=lambda t: t.status, keep=True),
        OutputColumn(title="UNTIL", of=_until, optional=True),
    )


def transfer(
    ctx: typer.Context,
    ticket: options.OwnTicketId,
    to: Recipient = "",
    expires: Expires = None,
    yes: options.Yes = False,
    idempotency_key: options.IdempotencyKey = None,
    quiet: options.Quiet = False,
    json: options.Json = None,
) -> None:
    """Give one of your tickets to somebody. It stays yours until they accept.

    Then your entry code is replaced by theirs. If nobody has an account with that address yet, a
    claim code is printed, once: pass it on, and they accept with it after signing up.

    Examples:
      ticketing transfer tkt_9f --to ana@example.org
      ticketing transfer tkt_9f --to ana@example.org --expires 12h --yes
    """
    run = Run.of(ctx)
    fields = run.fields(json, TransferOffer)
    to = to or run.ask("Email of the person who gets it", flag="--to")
    if run.interactive and not yes:
        about = run.api.call(VIEW_TICKET, ticket_id=ticket)
        run.confirm(f"Give {about.show.name}, {place(about)} to {to}?")
    made = run.api.call(
        OFFER_TRANSFER, OfferTransfer(to=to, lifetime=expires or DEFAULT_LIFETIME),
        idempotency_key=idempotency_key, ticket_id=ticket,
    )  # fmt: skip
    if quiet:
        run.out.line(made.transfer.id)
    else:
        offered = made.transfer
        message = (
            f"offered {ticket} to {offered.to} until {local_time(offered.expires_at)}: {offered.id}"
        )
        run.out.result(made, fields=fields, message=message, next_command="ticketing transfers")
    if made.claim_code is not None and fields is None:
        _print_claim_code(run, made.transfer, made.claim_code)


def transfers(ctx: typer.Context, limit: options.Limit = 50, json: options.Json = None) -> None:
    """List the tickets you have offered or were offered, newest first.

    Examples:
      ticketing transfers
      ticketing transfers --json id,ticket,status
    """
    run = Run.of(ctx)
    fields = run.fields(json, Transfer)
    found = run.api.pages(LIST_TRANSFERS, PageQuery(), limit=limit)
    me = "" if fields is not None else run.api.call(ME).id
    run.out.records(found, columns(me), fields, noun="transfers")


def accept(
    ctx: typer.Context,
    transfer: options.TransferId,
    claim_code: ClaimCode = "",
    json: options.Json = None,
) -> None:
    """Accept a ticket that was offered to you. You get an entry code of your own.

    Examples:
      ticketing transfers accept trf_5c
      ticketing transfers accept trf_5c --claim-code 7KQ2M9XDB4HT6WRC
    """
    run = Run.of(ctx)
    fields = run.fields(json, Transfer)
    body = AcceptTransfer(claim_code=claim_code or None)
    after = run.api.call(ACCEPT_TRANSFER, body, transfer_id=transfer)
    message = f"accepted {_ticket(after)}; it is in your wallet"
    next_command = f"ticketing wallet view {after.ticket.id}"
    run.out.result(after, fields=fields, message=message, next_command=next_command)


def decline(ctx: typer.Context, transfer: options.TransferId, json: options.Json = None) -> None:
    """Decline a ticket that was offered to you. It stays with its owner.

    Examples:
      ticketing transfers decline trf_5c
      ticketing transfers decline trf_5c --json id,status
    """
    run = Run.of(ctx)
    fields = run.fields(json, Transfer)
    after = run.api.call(DECLINE_TRANSFER, transfer_id=transfer)
    message = f"declined {_ticket(after)}; it stays with its owner"
    run.out.result(after, fields=fields, message=message, next_command="ticketing transfers")


def cancel(ctx: typer.Context, transfer: options.TransferId, json: options.Json = None) -> None:
    """Cancel an offer of yours before it is accepted. The ticket stays in your wallet.

    Examples:
      ticketing transfers cancel trf_5c
      ticketing transfers cancel trf_5c --json id,status
    """
    run = Run.of(ctx)
    fields = run.fields(json, Transfer)
    after = run.api.call(CANCEL_TRANSFER, transfer_id=transfer)
    message = f"cancelled {after.id}; {_ticket(after)} stays in your wallet"
    next_command = f"ticketing wallet view {after.ticket.id}"
    run.out.result(after, fields=fields, message=message, next_command=next_command)


def _print_claim_code(run: Run, offered: Transfer, claim_code: str) -> None:
    """Print how somebody without an account gets the ticket. The code is never shown again."""
    run.out.message(
        f"Nobody has an account with the address {offered.to} yet. Pass this on; the claim code is "
        "not shown again:\n"
        f"  claim code {claim_code}\n"
        f"  ticketing auth signup --email {offered.to}\n"
        f"  ticketing transfers accept {offered.id} --claim-code {claim_code}"
    )


def _ticket(transfer: Transfer) -> str:
    ticket = transfer.ticket
    return f"{ticket.id}: {ticket.show.name}, {place(ticket)}"


def _direction(transfer: Transfer, me: str) -> str:
    return "from you" if transfer.from_id == me else "to you"


def _until(transfer: Transfer) -> datetime | None:
    return transfer.expires_at if transfer.status is TransferStatus.OFFERED else None
