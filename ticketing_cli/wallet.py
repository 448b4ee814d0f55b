"""Wallet: list and show the tickets one owns, with their entry codes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

import typer

from client import validity
from client.formatting import Marked, changed_from, marked, origin, place, seat
from contract.base import PageQuery
from contract.orders import LIST_WALLET, VIEW_WALLET, WalletTicket
from contract.tickets import TicketStatus
from contract.transfers import LIST_TRANSFERS, Transfer
from ticketing_cli.runtime import options
from ticketing_cli.runtime.context import Run
from ticketing_cli.runtime.errors import CommandError, ExitCode
from ticketing_cli.runtime.formats import CellStyle, OutputColumn
from ticketing_cli.runtime.output import Fields

Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print only the entry code.")]
#: The tickets that their owner is giving away, by ticket.
Offers = Mapping[str, Transfer]


def columns(offers: Offers) -> tuple[OutputColumn[WalletTicket], ...]:
    """Return the columns of the list. The code is not cut, so a narrow table leaves it out."""
    return (
        OutputColumn(title="TICKET", of=lambda w: w.ticket.id, keep=True),
        OutputColumn(title="SHOW", of=lambda w: w.ticket.show.name),
        OutputColumn(
            title="STARTS",
            of=lambda w: w.ticket.show.starts_at,
            style=CellStyle.SHORT_VENUE_TIME,
            keep=True,
        ),
        OutputColumn(title="CITY", of=lambda w: w.ticket.show.city, optional=True),
        OutputColumn(title="SEAT", of=lambda w: seat(w.ticket)),
        OutputColumn(title="CODE", of=validity.entry_code, keep=True, optional=True),
        OutputColumn(title="STATE", of=lambda w: validity.wallet_state(w, offers.get(w.ticket.id))),
        OutputColumn(title="ORIGIN", of=lambda w: origin(w.ticket), keep=True, optional=True),
    )


def details(offers: Offers) -> tuple[OutputColumn[WalletTicket], ...]:
    """Return the lines of one ticket."""
    return (
        OutputColumn(title="Ticket", of=lambda w: w.ticket.id),
        OutputColumn(title="Show", of=lambda w: w.ticket.show.name),
        OutputColumn(
            title="Starts", of=lambda w: w.ticket.show.starts_at, style=CellStyle.VENUE_TIME
        ),
        OutputColumn(title="Before", of=lambda w: changed_from(w.ticket.show), human_only=True),
        OutputColumn(title="Venue", of=lambda w: f"{w.ticket.show.venue}, {w.ticket.show.city}"),
        OutputColumn(title="Seat", of=lambda w: place(w.ticket)),
        OutputColumn(title="Paid", of=_paid),
        OutputColumn(title="Order", of=lambda w: w.order_id),
        OutputColumn(title="State", of=lambda w: validity.wallet_state(w, offers.get(w.ticket.id))),
        OutputColumn(title="Origin", of=lambda w: origin(w.ticket)),
        OutputColumn(title="Code", of=validity.entry_code),
        OutputColumn(title="Return until", of=lambda w: w.refund_until, human_only=True),
        OutputColumn(title="History", of=_history, human_only=True),
        OutputColumn(title="Barcode (from the seller)", of=_barcode, human_only=True),
    )


def wallet(ctx: typer.Context, limit: options.Limit = 50, json: options.Json = None) -> None:
    """List the tickets you own, newest first: those you bought, and those you were given.

    A ticket is void once its show is cancelled or its money refunded; its code is not shown then.

    Examples:
      ticketing wallet
      ticketing wallet --limit 0 --json ticket,code
    """
    run = Run.of(ctx)
    fields = run.fields(json, WalletTicket)
    found = run.api.pages(LIST_WALLET, PageQuery(), limit=limit)
    offers = {} if fields is not None else _offers(run)
    run.out.records(found, columns(offers), fields, noun="tickets in your wallet")


def view(
    ctx: typer.Context,
    ticket: options.OwnTicketId,
    no_qr: options.NoQr = False,
    quiet: Quiet = False,
    json: options.Json = None,
) -> None:
    """Show a ticket of yours with its entry code, also as a QR code for the gate.

    The barcode is what the seller brought with the ticket, for a gate of somebody else's.

    Examples:
      ticketing wallet view tkt_9f
      code=$(ticketing wallet view tkt_9f --quiet)
    """
    run = Run.of(ctx)
    fields = run.fields(json, WalletTicket)
    owned = run.api.call(VIEW_WALLET, ticket_id=ticket)
    if quiet:
        run.out.line(_code(owned))
        return
    is_idle = owned.ticket.status is TicketStatus.SOLD
    offers = _offers(run) if is_idle and fields is None else {}
    show(run, owned, offers=offers, fields=fields, qr=not no_qr)


def show(
    run: Run,
    owned: WalletTicket,
    *,
    offers: Offers | None = None,
    fields: Fields | None = None,
    qr: bool = True,
) -> None:
    """Print a ticket, for people with a QR code of its entry code unless it is void."""
    run.out.record(owned, details(offers or {}), fields)
    text = validity.qr_text(owned)
    if not text:
        run.out.warn(validity.void_notice(owned))
    elif qr and fields is None and run.out.human:
        run.out.qr(text)


def _code(owned: WalletTicket) -> str:
    """Return the entry code; raise CommandError with exit code 6 for a void ticket."""
    code = validity.entry_code(owned)
    if not code:
        raise CommandError(ExitCode.CONFLICT, validity.void_notice(owned), code="void")
    return code


def _offers(run: Run) -> Offers:
    return validity.open_offers(run.api.pages(LIST_TRANSFERS, PageQuery(), limit=0))


def _barcode(owned: WalletTicket) -> str | None:
    """Return the barcode of a valid ticket."""
    return None if validity.why_void(owned) else owned.barcode


def _history(owned: WalletTicket) -> str | None:
    """Return how the ticket came to its owners, a line for each step."""
    return "\n".join(validity.custody_lines(owned)) or None


def _paid(owned: WalletTicket) -> Marked | str:
    """Return what the owner paid, or that somebody gave them the ticket."""
    return "given to you" if owned.paid is None else marked(owned.paid, live=owned.live)
