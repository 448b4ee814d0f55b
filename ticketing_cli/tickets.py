"""Tickets: find them, look at one, change or withdraw one's own."""

from __future__ import annotations

from typing import Annotated

import typer
from msgspec import UNSET, UnsetType

from client import terms
from client.formatting import place, seat
from contract.money import Money
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
from ticketing_cli.runtime import dates, options, outcome, prices
from ticketing_cli.runtime.context import Run
from ticketing_cli.runtime.errors import Exit, Stop
from ticketing_cli.runtime.formats import As, Column

COLUMNS = (
    Column[Ticket](title="ID", of=lambda t: t.id, keep=True),
    Column[Ticket](title="SHOW", of=lambda t: t.show.name),
    Column[Ticket](title="STARTS", of=lambda t: t.show.starts_at, how=As.SHORT, keep=True),
    Column[Ticket](title="CITY", of=lambda t: t.show.city, spare=True),
    Column[Ticket](title="SEAT", of=seat, keep=True),
    Column[Ticket](title="PRICE", of=lambda t: t.price, keep=True),
    Column[Ticket](title="STATUS", of=lambda t: t.status, keep=True, spare=True),
)
DETAILS = (
    Column[Ticket](title="Ticket", of=lambda t: t.id),
    Column[Ticket](title="Show", of=lambda t: t.show.name),
    Column[Ticket](title="Starts", of=lambda t: t.show.starts_at, how=As.THERE),
    Column[Ticket](title="Venue", of=lambda t: f"{t.show.venue}, {t.show.city}, {t.show.country}"),
    Column[Ticket](title="Category", of=lambda t: t.show.category),
    Column[Ticket](title="Seat", of=place),
    Column[Ticket](title="Price", of=lambda t: t.price),
    Column[Ticket](title="Status", of=lambda t: t.status),
    Column[Ticket](title="Seller", of=lambda t: t.seller_id),
    Column[Ticket](title="External id", of=lambda t: t.external_id),
    Column[Ticket](title="Changed", of=lambda t: t.updated_at),
    Column[Ticket](title="Version", of=lambda t: t.version),
)


def list_tickets(
    ctx: typer.Context,
    query: options.Query = "",
    also: Annotated[str, typer.Option("--query", help="The same as the argument.")] = "",
    show: Annotated[str, typer.Option(help="Words in the show's name.")] = "",
    city: Annotated[str, typer.Option(help="Words in the city's name.")] = "",
    category: Annotated[Category | None, typer.Option(help="What kind of show.")] = None,
    starts_from: dates.From = None,
    starts_to: dates.To = None,
    max_price: Annotated[str, typer.Option(help="At most this, as in 45.00.")] = "",
    currency: Annotated[str, typer.Option(help="Priced in this one, as EUR.")] = "",
    status: Annotated[TicketStatus | None, typer.Option(help="Not only those on sale.")] = None,
    mine: Annotated[bool, typer.Option("--mine", help="Only those you sell.")] = False,
    sort: Annotated[TicketSort, typer.Option(help="In what order.")] = TicketSort.STARTS_AT,
    limit: options.Limit = 50,
    json: options.Json = None,
) -> None:
    """List tickets on sale. The words of QUERY may stand in the show, the venue, the city.

    Examples:
      ticketing list curacao
      ticketing list --city Lyon --max-price 60 --currency EUR --sort price
      ticketing list --mine --status sold --limit 0 --json id,price
    """
    run = Run.of(ctx)
    fields = run.fields(json, Ticket)
    if max_price and not currency:
        raise Stop(Exit.USAGE, "--max-price needs --currency", hint="as in --currency EUR")
    ceiling = prices.read(max_price, currency, flag="--max-price").amount if max_price else None
    wanted = TicketsQuery(
        q=f"{query} {also}".strip(), show=show, city=city, category=category, mine=mine,
        starts_from=starts_from, starts_to=starts_to, max_price=ceiling,
        currency=currency or None, status=status, sort=sort,
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
    if run.out.human and fields is None:
        run.out.say(terms.for_buyer(run.api.call(VIEW_TERMS), shown.price))


def edit(
    ctx: typer.Context,
    ticket: options.TicketId,
    price: Annotated[str | None, typer.Option(help="The new price, as in 45.00.")] = None,
    currency: Annotated[str | None, typer.Option(help="Its currency, if another.")] = None,
    section: Annotated[str | None, typer.Option(help="The section.")] = None,
    row: Annotated[str | None, typer.Option(help="The row.")] = None,
    seat: Annotated[str | None, typer.Option(help="The seat.")] = None,
    code: Annotated[str | None, typer.Option(help="The entry code.")] = None,
    json: options.Json = None,
) -> None:
    """Change a ticket of yours that is still available. What is not named stays as it is.

    Examples:
      ticketing edit tkt_9f --price 39.50
      ticketing edit tkt_9f --row C --seat 12
    """
    run = Run.of(ctx)
    fields = run.fields(json, Ticket)
    if currency is not None and price is None:
        raise Stop(Exit.USAGE, "--currency needs --price", hint="a price is both together")
    if all(value is None for value in (price, section, row, seat, code)):
        raise Stop(Exit.USAGE, "there is nothing to change", hint="as in --price 39.50")
    now = run.api.call(VIEW_TICKET, ticket_id=ticket)
    change = EditTicket(
        price=_price(price, currency or now.price.currency),
        section=_given(section), row=_given(row), seat=_given(seat), code=_given(code),
    )  # fmt: skip
    after = run.api.call(EDIT_TICKET, change, ticket_id=ticket, if_match=now.version)
    sentence = f"changed {after.id}: {after.show.name}, {place(after)}, {after.price}"
    outcome.tell(run, after, fields=fields, sentence=sentence, then=f"ticketing view {after.id}")


def withdraw(ctx: typer.Context, ticket: options.TicketId, json: options.Json = None) -> None:
    """Take a ticket of yours off sale. It cannot be put back; it can be listed anew.

    Examples:
      ticketing withdraw tkt_9f
      ticketing withdraw tkt_9f --json id,status
    """
    run = Run.of(ctx)
    fields = run.fields(json, Ticket)
    now = run.api.call(VIEW_TICKET, ticket_id=ticket)
    after = run.api.call(WITHDRAW_TICKET, ticket_id=ticket, if_match=now.version)
    sentence = f"withdrew {after.id}: {after.show.name}, {place(after)}"
    outcome.tell(run, after, fields=fields, sentence=sentence, then="ticketing list --mine")


def _price(text: str | None, currency: str) -> Price | UnsetType:
    if text is None:
        return UNSET
    money: Money = prices.read(text, currency, flag="--price")
    return Price(amount=money.amount, currency=money.currency)


def _given(text: str | None) -> str | UnsetType:
    return UNSET if text is None else text
