"""Issue: make the tickets of an organiser's show, in bulk."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from client import csv_listings, currencies, seat_ranges
from client.sanitize import clean, safe_text
from contract.base import Model
from contract.issuing import ISSUE_PLACES, ISSUE_TICKETS, IssuedPlace, IssueTickets
from contract.prices import parse_price
from contract.problems import FieldError, Invalid
from contract.shows import VIEW_SHOW, Show
from contract.text_keys import name_key
from contract.tickets import (
    Price,
)
from ticketing_cli.runtime import options, prices
from ticketing_cli.runtime.context import Run
from ticketing_cli.runtime.errors import CommandError, ExitCode
from ticketing_cli.runtime.output import Fields, as_json

#: The most places that one command issues.
MOST = 100_000
Section = Annotated[str, typer.Option(help="The section, e.g. A.", show_default=False)]
Rows = Annotated[str, typer.Option(metavar="ROWS", help="The rows, e.g. 1-20 or A-F,H.")]
Seats = Annotated[str, typer.Option(metavar="SEATS", help="The seats of each row, e.g. 1-30.")]
Quantity = Annotated[
    int, typer.Option(min=0, max=MOST, metavar="N", help="So many places without a seat.")
]
PriceText = Annotated[str, typer.Option("--price", help="The price, e.g. 45.00.")]
CurrencyCode = Annotated[
    str, typer.Option("--currency", help="The currency; that of the show's country if left out.")
]
File = Annotated[
    str, typer.Option(metavar="FILE", help="A CSV or .xlsx file of places; - is stdin.")
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show what would happen; change nothing.")]


class RefusedPlace(Model, frozen=True, kw_only=True):
    """A row of a file that is not valid, by its line."""

    line: int
    errors: tuple[FieldError, ...]


class IssueSummary(Model, frozen=True, kw_only=True):
    """How many tickets were issued, and how many places had one; with `dry_run`, would be."""

    issued: int
    existing: int
    refused: tuple[RefusedPlace, ...]
    dry_run: bool


def issue(
    ctx: typer.Context,
    show: options.ShowId,
    section: Section = "",
    rows: Rows = "",
    seats: Seats = "",
    quantity: Quantity = 0,
    price: PriceText = "",
    currency: CurrencyCode = "",
    file: File = "",
    dry_run: DryRun = False,
    json: options.Json = None,
) -> ExitCode:
    """Issue tickets for a show of your organiser, and put them on sale.

    Name rows and seats, or a quantity of places without a seat, which are numbered. A file has the
    columns of `ticketing help listings`; those of the show may be left out. It is safe to run
    again: places that have a ticket are left as they are.

    Examples:
      ticketing issue shw_2d --section A --rows 1-20 --seats 1-30 --price 45
      ticketing issue shw_2d --section Floor --quantity 500 --price 30 --dry-run
    """
    run = Run.of(ctx)
    fields = run.fields(json, IssueSummary)
    about = run.api.call(VIEW_SHOW, show_id=show)
    given = {"section": section, "price": price, "currency": currency or _currency(about)}
    refused: list[RefusedPlace] = []
    if file:
        if rows or seats or quantity:
            raise CommandError(ExitCode.USAGE, "--file names the places; leave out the other flags")
        places, refused = _from_file(run, file, about, given)
    else:
        cost = _price(run, price, given["currency"])
        names = _named(rows, seats, quantity)
        places = [IssuedPlace(section=section, row=r, seat=s, price=cost) for r, s in names]
    if len(places) > MOST:
        message = f"{len(places):,} places are too many for one command; the most is {MOST:,}"
        raise CommandError(ExitCode.USAGE, message)
    return _send(run, about, places, refused, dry_run=dry_run, fields=fields)


def _send(
    run: Run,
    show: Show,
    places: list[IssuedPlace],
    refused: list[RefusedPlace],
    *,
    dry_run: bool,
    fields: Fields | None,
) -> ExitCode:
    """Send the places in batches; report what was done also when the server is lost halfway."""
    issued = existing = 0
    try:
        with run.out.progress("checking" if dry_run else "issuing", len(places)) as bar:
            for start in range(0, len(places), ISSUE_PLACES):
                batch = tuple(places[start : start + ISSUE_PLACES])
                body = IssueTickets(places=batch, dry_run=dry_run)
                report = run.api.call(ISSUE_TICKETS, body, show_id=show.id)
                issued += report.issued
                existing += len(report.existing)
                bar.advance(len(batch))
    finally:
        rows = clean(tuple(refused))
        summary = IssueSummary(issued=issued, existing=existing, refused=rows, dry_run=dry_run)
        _report(run, show, summary, fields)
    return ExitCode.FAILED if refused else ExitCode.OK


def _report(run: Run, show: Show, summary: IssueSummary, fields: Fields | None) -> None:
    for row in summary.refused:
        why = "; ".join(f"{error.field} {error.message}" for error in row.errors)
        run.out.message(f"line {row.line}: {why}")
    if fields is not None:
        run.out.line(as_json(summary, fields))
        return
    verb = "would issue" if summary.dry_run else "issued"
    refused = f", refused {len(summary.refused):,}" if summary.refused else ""
    run.out.line(
        f"{verb} {summary.issued:,} tickets for {show.name}, already there {summary.existing:,}"
        f"{refused}"
    )


def _price(run: Run, text: str, currency: str) -> Price:
    """Parse the price of each ticket, or ask for it."""
    amount = text or run.ask("Price (e.g. 45.00)", flag="--price")
    worth = prices.read(amount, currency, flag="--price", parser=parse_price)
    return Price(amount=worth.amount, currency=worth.currency)


def _named(rows: str, seats: str, quantity: int) -> list[tuple[str, str]]:
    """Return the row and seat of each place that the options name."""
    if bool(quantity) == bool(seats):
        raise CommandError(
            ExitCode.USAGE, "name the places: either --seats (with --rows) or --quantity",
            hint="e.g. --rows 1-20 --seats 1-30, or --quantity 500",
        )  # fmt: skip
    if quantity:
        return [("", str(number)) for number in range(1, quantity + 1)]
    all_rows = _range(rows, flag="--rows") if rows else [""]
    all_seats = _range(seats, flag="--seats")
    return [(row, seat) for row in all_rows for seat in all_seats]


def _range(text: str, *, flag: str) -> list[str]:
    try:
        return seat_ranges.expand(text)
    except seat_ranges.BadRange as bad:
        raise Invalid(errors=(FieldError(field=flag, message=str(bad)),)) from None


def _currency(show: Show) -> str:
    """Return the currency of the show's country."""
    currency = currencies.of_country(show.country)
    if currency is None:
        raise CommandError(
            ExitCode.USAGE, f"--currency is required for a show in {show.country}",
            hint="e.g. --currency EUR",
        )  # fmt: skip
    return currency


def _from_file(
    run: Run, name: str, show: Show, given: dict[str, str]
) -> tuple[list[IssuedPlace], list[RefusedPlace]]:
    """Read the places of a file, with what the show and the options say for missing columns."""
    values = {
        "show": show.name, "category": show.category.value, "venue": show.venue, "city": show.city,
        "country": show.country, "starts_at": show.starts_at.isoformat(), "section": "", "row": "",
        "seat": "",
    } | {name: text for name, text in given.items() if text}  # fmt: skip
    try:
        raw = run.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
        read = csv_listings.read_file(raw, csv_listings.Profile(defaults=values))
    except OSError as error:
        raise CommandError(ExitCode.USAGE, f"cannot read {name}: {error.strerror}") from None
    except csv_listings.BadFile as error:
        source = "stdin" if name == "-" else name
        hint = "`ticketing help listings` shows the columns"
        raise CommandError(
            ExitCode.USAGE, f"{source}: {safe_text(str(error))}", hint=hint, code="bad_file"
        ) from None
    return _places(read.rows, show)


def _places(
    rows: list[csv_listings.ListingRow | csv_listings.RowError], show: Show
) -> tuple[list[IssuedPlace], list[RefusedPlace]]:
    """Return the places, those without a seat numbered within their section and row."""
    places: list[IssuedPlace] = []
    refused: list[RefusedPlace] = []
    counts: Counter[tuple[str, str]] = Counter()
    for row in rows:
        if isinstance(row, csv_listings.RowError):
            refused.append(RefusedPlace(line=row.line, errors=row.errors))
        elif wrong := tuple(_wrong(row, show)):
            refused.append(RefusedPlace(line=row.line, errors=wrong))
        else:
            ticket = row.ticket
            counts[ticket.section, ticket.row] += not ticket.seat
            places.append(
                IssuedPlace(
                    section=ticket.section, row=ticket.row, price=ticket.price,
                    seat=ticket.seat or str(counts[ticket.section, ticket.row]),
                )
            )  # fmt: skip
    return places, refused


def _wrong(row: csv_listings.ListingRow, show: Show) -> Iterator[FieldError]:
    """Yield what does not fit a ticket that is issued for this show."""
    ticket = row.ticket
    if (name_key(ticket.show.name), ticket.show.starts_at) != (
        name_key(show.name), show.starts_at
    ):  # fmt: skip
        yield FieldError(field="show", message=f"or its start is not that of {show.id}")
    if ticket.barcode is not None:
        yield FieldError(field="barcode", message="is made by the server for issued tickets")
