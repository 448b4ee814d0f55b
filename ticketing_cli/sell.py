"""Sell: list one ticket by its options, or a whole file of them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from client import csv_listings, terms
from client.formatting import place
from contract.money import Money
from contract.problems import FieldError, Invalid
from contract.terms import VIEW_TERMS
from contract.tickets import CREATE_TICKET, CreateTicket, Ticket
from ticketing_cli import bulk
from ticketing_cli.runtime import options, outcome
from ticketing_cli.runtime.context import Run
from ticketing_cli.runtime.errors import Exit, Stop

#: Asked for, in this order, when they are missing and somebody is there to answer.
QUESTIONS = {
    "show": "Show",
    "category": "Category (concert, sports, theatre, comedy, festival, family, other)",
    "venue": "Venue",
    "city": "City",
    "country": "Country (two letters, as FR)",
    "starts_at": "Starts at (as 2028-04-07T20:00:00+02:00)",
    "price": "Price (as 45.00)",
    "currency": "Currency (as EUR)",
}
Word = Annotated[str, typer.Option(show_default=False)]
Part = Annotated[str, typer.Option(show_default=False, help="Empty for a standing ticket.")]


def sell(
    ctx: typer.Context,
    show: Word = "",
    category: Word = "",
    venue: Word = "",
    city: Word = "",
    country: Annotated[str, typer.Option(help="Two letters, as FR.")] = "",
    starts_at: Annotated[str, typer.Option(help="As 2028-04-07T20:00:00+02:00.")] = "",
    section: Part = "",
    row: Part = "",
    seat: Part = "",
    price: Annotated[str, typer.Option(help="As 45.00.")] = "",
    currency: Annotated[str, typer.Option(help="Three letters, as EUR.")] = "",
    code: Annotated[str, typer.Option(help="The entry code; else one is made.")] = "",
    external_id: Annotated[str, typer.Option(help="Your own name for the ticket.")] = "",
    file: Annotated[str, typer.Option(metavar="FILE", help="A CSV file; - is stdin.")] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check only; change nothing.")] = False,
    idempotency_key: options.IdempotencyKey = None,
    quiet: options.Quiet = False,
    json: options.Json = None,
) -> Exit:
    """List a ticket for sale, or every ticket of a CSV file (`ticketing help listings`).

    A file's bad rows are refused by line number (exit code 1) and the others are listed.

    Examples:
      ticketing sell
      ticketing sell --file listings.csv --dry-run
    """
    given = {
        "show": show, "category": category, "venue": venue, "city": city, "country": country,
        "starts_at": starts_at, "section": section, "row": row, "seat": seat, "price": price,
        "currency": currency, "code": code, "external_id": external_id,
    }  # fmt: skip
    run = Run.of(ctx)
    if file:
        return _file(run, file, given, dry_run=dry_run, json=json)
    if dry_run:
        return _rehearse(run, given, json=json)
    return _list(run, given, idempotency_key=idempotency_key, quiet=quiet, json=json)


def _list(
    run: Run, given: dict[str, str], *, idempotency_key: str | None, quiet: bool, json: str | None
) -> Exit:
    """List one ticket."""
    fields = run.fields(json, Ticket)
    request = _one(run, given)
    if not quiet:
        _tell_fee(run, request)
    made = run.api.call(CREATE_TICKET, request, idempotency_key=idempotency_key)
    if quiet:
        run.out.line(made.id)
        return Exit.OK
    sentence = f"listed {made.id}: {made.show.name}, {place(made)}, {made.price}"
    outcome.tell(run, made, fields=fields, sentence=sentence, then=f"ticketing view {made.id}")
    return Exit.OK


def _rehearse(run: Run, given: dict[str, str], *, json: str | None) -> Exit:
    """Say what listing one ticket would do, as a file of one row."""
    fields = run.fields(json, bulk.Summary)
    request = _one(run, given)
    _tell_fee(run, request)
    rows: list[csv_listings.ListingRow | csv_listings.RowError] = [
        csv_listings.ListingRow(1, request)
    ]
    return _exit(bulk.send(run, rows, dry_run=True, fields=fields))


def _tell_fee(run: Run, request: CreateTicket) -> None:
    """Say what the house will keep of the price, before anything is listed."""
    price = Money(amount=request.price.amount, currency=request.price.currency)
    run.out.say(terms.for_seller(run.api.call(VIEW_TERMS), price))


def _one(run: Run, given: dict[str, str]) -> CreateTicket:
    """Make the request from the options, asking for what is missing."""
    values = {
        name: given[name]
        or (run.ask(QUESTIONS[name], flag=_flag(name)) if name in QUESTIONS else "")
        for name in given
    }
    try:
        return csv_listings.ticket(values)
    except Invalid as invalid:
        errors = (FieldError(field=_flag(e.field), message=e.message) for e in invalid.errors)
        raise Invalid(errors=tuple(errors)) from None


def _file(run: Run, name: str, given: dict[str, str], *, dry_run: bool, json: str | None) -> Exit:
    """List a file of tickets; refuse it whole, with nothing sent, when its columns are wrong."""
    fields = run.fields(json, bulk.Summary)
    if extra := [_flag(option) for option, value in given.items() if value]:
        raise Stop(Exit.USAGE, f"--file says everything itself; leave {extra[0]} out")
    try:
        raw = run.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
        rows = csv_listings.read(raw)
    except OSError as error:
        raise Stop(Exit.USAGE, f"cannot read {name}: {error.strerror}") from None
    except csv_listings.BadFile as error:
        source = "stdin" if name == "-" else name
        hint = "`ticketing help listings` shows the columns"
        raise Stop(Exit.USAGE, f"{source}: {error}", hint=hint, code="bad_file") from None
    run.out.say(terms.for_sellers_file(run.api.call(VIEW_TERMS)))
    return _exit(bulk.send(run, rows, dry_run=dry_run, fields=fields))


def _exit(summary: bulk.Summary) -> Exit:
    return Exit.FAILED if summary.refused else Exit.OK


def _flag(column: str) -> str:
    return f"--{column.replace('_', '-')}"
