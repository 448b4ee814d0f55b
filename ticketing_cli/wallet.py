"""Wallet: list and show bought tickets, with their entry codes."""

from __future__ import annotations

import typer

from client import validity
from client.formatting import changed_from, marked, place, seat
from contract.base import PageQuery
from contract.orders import LIST_WALLET, VIEW_WALLET, WalletTicket
from ticketing_cli.runtime import options
from ticketing_cli.runtime.context import Run
from ticketing_cli.runtime.formats import CellStyle, OutputColumn
from ticketing_cli.runtime.output import Fields


def _state(bought: WalletTicket) -> str:
    """Return whether a ticket opens the gate: `valid`, or `void: refunded`."""
    why = validity.why_void(bought)
    return f"void: {why}" if why else "valid"


def _code(bought: WalletTicket) -> str | None:
    """Return the entry code of a valid ticket."""
    return validity.entry_code(bought) or None


def _barcode(bought: WalletTicket) -> str | None:
    """Return the barcode of a valid ticket."""
    return None if validity.why_void(bought) else bought.barcode


COLUMNS = (
    OutputColumn[WalletTicket](title="TICKET", of=lambda w: w.ticket.id, keep=True),
    OutputColumn[WalletTicket](title="SHOW", of=lambda w: w.ticket.show.name),
    OutputColumn[WalletTicket](
        title="STARTS",
        of=lambda w: w.ticket.show.starts_at,
        style=CellStyle.SHORT_VENUE_TIME,
        keep=True,
    ),
    OutputColumn[WalletTicket](title="CITY", of=lambda w: w.ticket.show.city, optional=True),
    OutputColumn[WalletTicket](title="SEAT", of=lambda w: seat(w.ticket)),
    OutputColumn[WalletTicket](title="CODE", of=_code, keep=True),
    OutputColumn[WalletTicket](title="STATE", of=_state, keep=True),
)
DETAILS = (
    OutputColumn[WalletTicket](title="Ticket", of=lambda w: w.ticket.id),
    OutputColumn[WalletTicket](title="Show", of=lambda w: w.ticket.show.name),
    OutputColumn[WalletTicket](
        title="Starts", of=lambda w: w.ticket.show.starts_at, style=CellStyle.VENUE_TIME
    ),
    OutputColumn[WalletTicket](
        title="Before", of=lambda w: changed_from(w.ticket.show), human_only=True
    ),
    OutputColumn[WalletTicket](
        title="Venue", of=lambda w: f"{w.ticket.show.venue}, {w.ticket.show.city}"
    ),
    OutputColumn[WalletTicket](title="Seat", of=lambda w: place(w.ticket)),
    OutputColumn[WalletTicket](title="Paid", of=lambda w: marked(w.ticket.price, live=w.live)),
    OutputColumn[WalletTicket](title="Order", of=lambda w: w.order_id),
    OutputColumn[WalletTicket](title="State", of=_state),
    OutputColumn[WalletTicket](title="Code", of=_code),
    OutputColumn[WalletTicket](title="Barcode (from the seller)", of=_barcode, human_only=True),
)


def wallet(ctx: typer.Context, limit: options.Limit = 50, json: options.Json = None) -> None:
    """List the tickets you own, newest first.

    A ticket is void once its show is cancelled or its money refunded; its code is not shown then.

    Examples:
      ticketing wallet
      ticketing wallet --limit 0 --json ticket,code
    """
    run = Run.of(ctx)
    fields = run.fields(json, WalletTicket)
    found = run.api.pages(LIST_WALLET, PageQuery(), limit=limit)
    run.out.records(found, COLUMNS, fields, noun="tickets bought")


def view(
    ctx: typer.Context,
    ticket: options.TicketId,
    no_qr: options.NoQr = False,
    json: options.Json = None,
) -> None:
    """Show one of your tickets with its entry code, also as a QR code for the gate.

    The barcode is what the seller brought with the ticket, for a gate of somebody else's.

    Examples:
      ticketing wallet view tkt_9f
      ticketing wallet view tkt_9f --json code
    """
    run = Run.of(ctx)
    fields = run.fields(json, WalletTicket)
    show(run, run.api.call(VIEW_WALLET, ticket_id=ticket), fields=fields, qr=not no_qr)


def show(run: Run, bought: WalletTicket, *, fields: Fields | None = None, qr: bool = True) -> None:
    """Print a bought ticket, for people with a QR code of its entry code unless it is void."""
    run.out.record(bought, DETAILS, fields)
    if notice := validity.void_notice(bought):
        run.out.warn(notice)
    elif qr and fields is None and run.out.human:
        run.out.qr(validity.entry_code(bought))
