"""Sell: list one ticket by its options, or a file of tickets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated

import typer

from client import csv_listings, listing_profiles, terms
from client.formatting import place
from client.sanitize import safe_text
from contract.money import Money
from contract.problems import FieldError, Invalid
from contract.terms import VIEW_TERMS
from contract.tickets import CREATE_TICKET, CreateTicket, Ticket
from ticketing_cli import bulk
from ticketing_cli.runtime import options
from ticketing_cli.runtime.context import Run
from ticketing_cli.runtime.errors import CommandError, ExitCode

#: Prompts, in this order, for options that are missing.
PROMPTS = {
    "show": "Show",
    "category": "Category (concert, sports, theatre, comedy, festival, family, other)",
    "venue": "Venue",
    "city": "City",
    "country": "Country (two letters, e.g. FR)",
    "starts_at": "Starts at (e.g. 2028-04-07T20:00:00+02:00)",
    "price": "Price (e.g. 45.00)",
    "currency": "Currency (e.g. EUR)",
}
#: The options that describe a ticket, or stand for a column that a file does not have.
FIELDS = (
    "show", "category", "venue", "city", "country", "starts_at", "timezone", "section", "row",
    "seat", "price", "currency", "barcode", "external_id",
)  # fmt: skip
HINT = "`ticketing help listings` shows the columns, and how to name others with --map"
Word = Annotated[str, typer.Option(show_default=False)]
Part = Annotated[str, typer.Option(show_default=False, help="Empty for a standing ticket.")]
Country = Annotated[str, typer.Option(help="The country, e.g. FR.")]
Start = Annotated[str, typer.Option(help="The start, e.g. 2028-04-07T20:00:00+02:00.")]
Zone = Annotated[str, typer.Option(help="The time zone, e.g. America/Denver.")]
Price = Annotated[str, typer.Option(help="The price, e.g. 45.00.")]
CurrencyCode = Annotated[str, typer.Option(help="The currency, e.g. EUR.")]
Barcode = Annotated[
    str, typer.Option("--barcode", "--code", help="The code printed on the ticket, if any.")
]
OwnName = Annotated[str, typer.Option(help="Your own name for the ticket.")]
File = Annotated[str, typer.Option(metavar="FILE", help="A CSV or .xlsx file; - is stdin.")]
Maps = Annotated[
    list[str] | None,
    typer.Option("--map", metavar="THEIRS=OURS", help="Name a column of the file; repeatable."),
]
ProfileName = Annotated[
    str, typer.Option(metavar="NAME", help="Read the file with this profile of the settings.")
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show what would happen; change nothing.")]


def sell(
    ctx: typer.Context,
    show: Word = "",
    category: Word = "",
    venue: Word = "",
    city: Word = "",
    country: Country = "",
    starts_at: Start = "",
    timezone: Zone = "",
    section: Part = "",
    row: Part = "",
    seat: Part = "",
    price: Price = "",
    currency: CurrencyCode = "",
    barcode: Barcode = "",
    external_id: OwnName = "",
    file: File = "",
    maps: Maps = None,
    profile: ProfileName = "",
    dry_run: DryRun = False,
    idempotency_key: options.IdempotencyKey = None,
    quiet: options.Quiet = False,
    json: options.Json = None,
) -> ExitCode:
    """List a ticket for sale, or every ticket of a file (`ticketing help listings`).

    Invalid rows of a file are reported by line number (exit code 1); the others are listed.

    Examples:
      ticketing sell
      ticketing sell --file stock.csv --city Paris --map "Ticket Price=price" --dry-run
    """
    run = Run.of(ctx)
    given = {name: str(ctx.params[name]) for name in FIELDS}
    how = _profile(run, profile, maps or (), given, file=file)
    if file:
        return _file(run, file, how, dry_run=dry_run, json=json)
    if dry_run:
        return _check(run, given, json=json)
    return _list(run, given, idempotency_key=idempotency_key, quiet=quiet, json=json)


def _list(
    run: Run, given: dict[str, str], *, idempotency_key: str | None, quiet: bool, json: str | None
) -> ExitCode:
    """List one ticket."""
    fields = run.fields(json, Ticket)
    request = _one(run, given)
    if not quiet:
        _print_fee(run, request)
    made = run.api.call(CREATE_TICKET, request, idempotency_key=idempotency_key)
    if quiet:
        run.out.line(made.id)
        return ExitCode.OK
    message = f"listed {made.id}: {made.show.name}, {place(made)}, {made.price}"
    run.out.result(made, fields=fields, message=message, next_command=f"ticketing view {made.id}")
    return ExitCode.OK


def _check(run: Run, given: dict[str, str], *, json: str | None) -> ExitCode:
    """Print what listing one ticket would do, as a file of one row."""
    fields = run.fields(json, bulk.Summary)
    request = _one(run, given)
    _print_fee(run, request)
    rows: list[csv_listings.ListingRow | csv_listings.RowError] = [
        csv_listings.ListingRow(1, request)
    ]
    return _exit(bulk.send(run, rows, dry_run=True, fields=fields))


def _print_fee(run: Run, request: CreateTicket) -> None:
    """Print the fee on the price, before anything is listed."""
    price = Money(amount=request.price.amount, currency=request.price.currency)
    run.out.message(terms.for_seller(run.api.call(VIEW_TERMS), price))


def _one(run: Run, given: dict[str, str]) -> CreateTicket:
    """Build the request from the options, prompting for missing ones."""
    values = {
        name: given[name] or (run.ask(PROMPTS[name], flag=_flag(name)) if name in PROMPTS else "")
        for name in given
    }
    try:
        return csv_listings.ticket(values)
    except Invalid as invalid:
        errors = (FieldError(field=_flag(e.field), message=e.message) for e in invalid.errors)
        raise Invalid(errors=tuple(errors)) from None


def _profile(
    run: Run, name: str, maps: Sequence[str], given: Mapping[str, str], *, file: str
) -> csv_listings.Profile:
    """Return how to read the file: the profile of the settings, with what the options add to it."""
    if not file and (name or maps):
        raise CommandError(ExitCode.USAGE, f"{'--profile' if name else '--map'} needs --file")
    known = listing_profiles.from_settings(run.config, name) if name else csv_listings.Profile()
    try:
        return listing_profiles.add(known, maps, {c: text for c, text in given.items() if text})
    except KeyError as error:
        raise CommandError(ExitCode.USAGE, f"--map: {error.args[0]}", hint=HINT) from None


def _file(
    run: Run, name: str, profile: csv_listings.Profile, *, dry_run: bool, json: str | None
) -> ExitCode:
    """List a file of tickets; refuse the whole file, unsent, if its columns are wrong."""
    fields = run.fields(json, bulk.Summary)
    try:
        raw = run.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
        read = csv_listings.read_file(raw, profile)
    except OSError as error:
        raise CommandError(ExitCode.USAGE, f"cannot read {name}: {error.strerror}") from None
    except csv_listings.BadFile as error:
        source = "stdin" if name == "-" else name
        raise CommandError(
            ExitCode.USAGE, f"{source}: {safe_text(str(error))}", hint=HINT, code="bad_file"
        ) from None
    if read.ignored:
        run.out.message(f"ignored columns: {safe_text(', '.join(read.ignored))}")
    run.out.message(terms.for_sellers_file(run.api.call(VIEW_TERMS)))
    return _exit(bulk.send(run, read.rows, dry_run=dry_run, fields=fields))


def _exit(summary: bulk.Summary) -> ExitCode:
    return ExitCode.FAILED if summary.refused else ExitCode.OK


def _flag(column: str) -> str:
    return f"--{column.replace('_', '-')}"
