"""Tickets: search and view tickets, edit or withdraw your own."""

from __future__ import annotations

from typing import Annotated

import typer
from msgspec import UNSET, UnsetType

from client import policy_text, terms
from client.formatting import changed_from, origin, place, seat
from client.validity import returns, status_text, why_withdrawn
from contract.money import Money
from contract.prices import parse_price
from contract.shows import Category
from contract.terms import VIEW_TERMS
from contract.tickets import (
    EDIT_TICKET,
    LIST_TICKETS,
    VIEW_TICKET,
    WITHDRAW_TICKET,
    EditTicket,
    Price,
    Ticket,
    TicketSort,
    TicketsQuery,
    TicketStatus,
)
from ticketing_cli.runtime import dates, options, prices
from ticketing_cli.runtime.context import Run
from ticketing_cli.runtime.errors import CommandError, ExitCode
from ticketing_cli.runtime.formats import CellStyle, OutputColumn


def _rule_column(name: str) -> OutputColumn[Ticket]:
    """Return the column of a rule that the organiser has set for the show."""
    return OutputColumn[Ticket](
        title=name, of=lambda ticket: policy_text.rule(ticket.show, name), human_only=True
    )


COLUMNS = (
    OutputColumn[Ticket](title="ID", of=lambda t: t.id, keep=True),
    OutputColumn[Ticket](title="SHOW", of=lambda t: t.show.name),
    OutputColumn[Ticket](
        title="STARTS", of=lambda t: t.show.starts_at, style=CellStyle.SHORT_VENUE_TIME, keep=True
    ),
    OutputColumn[Ticket](title="CITY", of=lambda t: t.show.city, optional=True),
    OutputColumn[Ticket](title="SEAT", of=seat, keep=True),
    OutputColumn[Ticket](title="PRICE", of=lambda t: t.price, keep=True),
    OutputColumn[Ticket](title="STATUS", of=status_text, keep=True, optional=True),
    OutputColumn[Ticket](title="ORIGIN", of=origin, keep=True, optional=True),
)
DETAILS = (
    OutputColumn[Ticket](title="Ticket", of=lambda t: t.id),
    OutputColumn[Ticket](title="Show", of=lambda t: t.show.name),
    OutputColumn[Ticket](title="Starts", of=lambda t: t.show.starts_at, style=CellStyle.VENUE_TIME),
    OutputColumn[Ticket](title="Time zone", of=lambda t: t.show.timezone),
    OutputColumn[Ticket](title="Before", of=lambda t: changed_from(t.show), human_only=True),
    OutputColumn[Ticket](
        title="Venue", of=lambda t: f"{t.show.venue}, {t.show.city}, {t.show.country}"
    ),
    OutputColumn[Ticket](title="Category", of=lambda t: t.show.category),
    OutputColumn[Ticket](title="Seat", of=place),
    OutputColumn[Ticket](title="Price", of=lambda t: t.price),
    OutputColumn[Ticket](title="Status", of=status_text),
    OutputColumn[Ticket](title="Locked until", of=lambda t: t.locked_until, human_only=True),
    OutputColumn[Ticket](title="Origin", of=origin),
    OutputColumn[Ticket](title="Face value", of=lambda t: t.face_value),
    OutputColumn[Ticket](title="Withdrawn", of=why_withdrawn, human_only=True),
    *map(_rule_column, policy_text.RULES),
    OutputColumn[Ticket](
        title="Returns",
        of=lambda t: returns(t.show) or policy_text.returns(t.show),
        human_only=True,
    ),
    OutputColumn[Ticket](title="Seller", of=lambda t: t.seller_id),
    OutputColumn[Ticket](title="External id", of=lambda t: t.external_id),
    OutputColumn[Ticket](title="Changed", of=lambda t: t.updated_at),
    OutputColumn[Ticket](title="Version", of=lambda t: t.version),
)


def list_tickets(
    ctx: typer.Context,
    query: options.Query = "",
    also: Annotated[str, typer.Option("--query", help="The same as QUERY.")] = "",
    show: Annotated[str, typer.Option(help="Only shows whose name contains these words.")] = "",
    city: Annotated[str, typer.Option(help="Only cities whose name contains these words.")] = "",
    category: Annotated[Category | None, typer.Option(help="Only shows of this category.")] = None,
    starts_from: dates.From = None,
    starts_to: dates.To = None,
    max_price: Annotated[str, typer.Option(help="At most this price, e.g. 45.00.")] = "",
    currency: Annotated[str, typer.Option(help="Only prices in this currency, e.g. EUR.")] = "",
    status: Annotated[
        TicketStatus | None,
        typer.Option(help="Only tickets with this status, instead of those on sale."),
    ] = None,
    mine: Annotated[bool, typer.Option("--mine", help="Only tickets you sell.")] = False,
    sort: Annotated[TicketSort, typer.Option(help="Sort order.")] = TicketSort.STARTS_AT,
    limit: options.Limit = 50,
    json: options.Json = None,
) -> None:
    """List tickets on sale. QUERY is searched in the names of the show, the venue and the city.

    Examples:
      ticketing list curacao
      ticketing list --city Lyon --max-price 60 --currency EUR --sort price
      ticketing list --mine --status sold --limit 0 --json id,price
    """
    run = Run.of(ctx)
    fields = run.fields(json, Ticket)
    wanted = TicketsQuery(
        q=f"{query} {also}".strip(), show=show, city=city, category=category, mine=mine,
        starts_from=dates.moment(starts_from), starts_to=dates.moment(starts_to),
        day_from=dates.day(starts_from), day_to=dates.day(starts_to),
        max_price=_ceiling(max_price, currency), currency=currency or None, status=status,
        sort=sort,
    )  # fmt: skip
    found = run.api.pages(LIST_TICKETS, wanted, limit=limit)
    run.out.records(found, COLUMNS, fields, noun="tickets")


def view(ctx: typer.Context, ticket: options.TicketId, json: options.Json = None) -> None:
    """Show one ticket.

    Examples:
      ticketing view tkt_9f
      ticketing view tkt_9f --json price,status
    """
    run = Run.of(ctx)
    fields = run.fields(json, Ticket)
    shown = run.api.call(VIEW_TICKET, ticket_id=ticket)
    run.out.record(shown, DETAILS, fields)
    if run.out.human and fields is None and not shown.show.cancelled:
        run.out.message(terms.for_buyer(run.api.call(VIEW_TERMS), shown.price))


def edit(
    ctx: typer.Context,
    ticket: options.TicketId,
    price: Annotated[str | None, typer.Option(help="The new price, e.g. 45.00.")] = None,
    currency: Annotated[
        str | None, typer.Option(help="The new price's currency, if it changes.")
    ] = None,
    section: Annotated[str | None, typer.Option(help="The new section.")] = None,
    row: Annotated[str | None, typer.Option(help="The new row.")] = None,
    seat: Annotated[str | None, typer.Option(help="The new seat.")] = None,
    barcode: Annotated[
        str | None, typer.Option("--barcode", "--code", help="The code printed on the ticket.")
    ] = None,
    json: options.Json = None,
) -> None:
    """Change a ticket of yours that is still on sale. Options left out stay unchanged.

    Examples:
      ticketing edit tkt_9f --price 39.50
      ticketing edit tkt_9f --row C --seat 12
    """
    run = Run.of(ctx)
    fields = run.fields(json, Ticket)
    if currency is not None and price is None:
        raise CommandError(
            ExitCode.USAGE, "--currency needs --price", hint="e.g. --price 39.50 --currency EUR"
        )
    if all(value is None for value in (price, section, row, seat, barcode)):
        raise CommandError(ExitCode.USAGE, "there is nothing to change", hint="e.g. --price 39.50")
    now = run.api.call(VIEW_TICKET, ticket_id=ticket)
    change = EditTicket(
        price=_price(price, currency or now.price.currency),
        section=_given(section), row=_given(row), seat=_given(seat), barcode=_given(barcode),
    )  # fmt: skip
    after = run.api.call(EDIT_TICKET, change, ticket_id=ticket, if_match=now.version)
    message = f"changed {after.id}: {after.show.name}, {place(after)}, {after.price}"
    run.out.result(after, fields=fields, message=message, next_command=f"ticketing view {after.id}")


def withdraw(ctx: typer.Context, ticket: options.TicketId, json: options.Json = None) -> None:
    """Take a ticket of yours off sale. One that you bought or were given is back in your wallet.

    One that you listed is off sale for good. To sell it after all, list it again: it becomes a new
    ticket then, and may have the same --external-id.

    Examples:
      ticketing withdraw tkt_9f
      ticketing withdraw tkt_9f --json id,status
    """
    run = Run.of(ctx)
    fields = run.fields(json, Ticket)
    now = run.api.call(VIEW_TICKET, ticket_id=ticket)
    after = run.api.call(WITHDRAW_TICKET, ticket_id=ticket, if_match=now.version)
    message = f"withdrew {after.id}: {after.show.name}, {place(after)}"
    next_command = "ticketing list --mine"
    if after.status is TicketStatus.SOLD:
        message += "; it is back in your wallet"
        next_command = f"ticketing wallet view {after.id}"
    run.out.result(after, fields=fields, message=message, next_command=next_command)


def _ceiling(max_price: str, currency: str) -> int | None:
    """Return --max-price in minor units; raise CommandError without --currency."""
    if not max_price:
        return None
    if not currency:
        hint = "e.g. --currency EUR"
        raise CommandError(ExitCode.USAGE, "--max-price needs --currency", hint=hint)
    return prices.read(max_price, currency, flag="--max-price").amount


def _price(text: str | None, currency: str) -> Price | UnsetType:
    if text is None:
        return UNSET
    money: Money = prices.read(text, currency, flag="--price", parser=parse_price)
    return Price(amount=money.amount, currency=money.currency)


def _given(text: str | None) -> str | UnsetType:
    return UNSET if text is None else text
