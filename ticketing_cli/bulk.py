"""Bulk: send a file of listings in batches, and report every row that was refused."""

from __future__ import annotations

from collections import Counter
from operator import itemgetter

from client.csv_listings import ListingRow, RowError, batches, column
from client.formatting import place
from client.sanitize import clean
from contract.base import Model
from contract.money import Money
from contract.problems import FieldError
from contract.tickets import (
    IMPORT_TICKETS,
    CreateTicket,
    ImportOutcome,
    ImportTickets,
    RowResult,
)
from ticketing_cli.runtime.context import Run
from ticketing_cli.runtime.output import Fields, as_json


class RefusedRow(Model, frozen=True, kw_only=True):
    """A row that was not listed: its line in the file, and its errors."""

    line: int
    external_id: str | None
    detail: str | None
    errors: tuple[FieldError, ...]


class ListedRow(Model, frozen=True, kw_only=True):
    """A row that was listed: its line in the file, and the ticket that it became.

    `notice` says that its show may be the same as another one, spelled otherwise.
    """

    line: int
    outcome: ImportOutcome
    ticket_id: str | None
    ticket: CreateTicket
    notice: str | None


class Summary(Model, frozen=True, kw_only=True):
    """The result of a file of listings; with `dry_run`, what it would be."""

    created: int
    relisted: int
    updated: int
    unchanged: int
    refused: tuple[RefusedRow, ...]
    dry_run: bool
    rows: tuple[ListedRow, ...]


def send(
    run: Run, rows: list[ListingRow | RowError], *, dry_run: bool, fields: Fields | None
) -> Summary:
    """Send the valid rows, report on all rows, and return the report.

    If the server becomes unreachable halfway, what was done is reported before Unreachable is
    raised.
    """
    counts: Counter[ImportOutcome] = Counter()
    listed: list[ListedRow] = []
    refused = [
        RefusedRow(line=row.line, external_id=row.external_id, detail=None, errors=row.errors)
        for row in rows if isinstance(row, RowError)
    ]  # fmt: skip
    valid = [row for row in rows if isinstance(row, ListingRow)]
    try:
        with run.out.progress("checking" if dry_run else "listing", len(valid)) as bar:
            for batch in batches(valid):
                request = ImportTickets(rows=tuple(raw for _, raw in batch), dry_run=dry_run)
                for result in run.api.call(IMPORT_TICKETS, request).results:
                    counts[result.outcome] += 1
                    row = batch[result.row][0]
                    if result.outcome is ImportOutcome.REFUSED:
                        refused.append(_refused(row, result))
                    else:
                        listed.append(_listed(row, result))
                bar.advance(len(batch))
    finally:
        summary = Summary(
            created=counts[ImportOutcome.CREATED],
            relisted=counts[ImportOutcome.RELISTED],
            updated=counts[ImportOutcome.UPDATED],
            unchanged=counts[ImportOutcome.UNCHANGED],
            # A file may come from anybody, and a terminal obeys the escape sequences in it.
            refused=clean(tuple(sorted(refused, key=lambda row: row.line))),
            dry_run=dry_run,
            rows=clean(tuple(listed)),
        )
        report(run, summary, fields)
    return summary


def report(run: Run, summary: Summary, fields: Fields | None) -> None:
    """Print every refused row on stderr, in a dry run also what the others become, and the counts.

    A program reads the rows from the JSON.
    """
    lines = [
        (row.line, f"line {row.line}{_about(row.external_id)}: {_reason(row)}")
        for row in summary.refused
    ]
    if summary.dry_run and fields is None:
        lines += [(row.line, f"line {row.line}: {_becomes(row)}") for row in summary.rows]
    first_line = {row.notice: row.line for row in reversed(summary.rows) if row.notice}
    lines += [(line, f"line {line}: {notice}") for notice, line in first_line.items()]
    for _, line in sorted(lines, key=itemgetter(0)):
        run.out.message(line)
    if fields is not None:
        run.out.line(as_json(summary, fields))
        return
    would = "would be " if summary.dry_run else ""
    relisted = f"relisted {summary.relisted}, " if summary.relisted else ""
    run.out.line(
        f"{would}created {summary.created}, {relisted}updated {summary.updated}, "
        f"unchanged {summary.unchanged}, refused {len(summary.refused)}"
    )


def _about(external_id: str | None) -> str:
    return f" ({external_id})" if external_id else ""


def _becomes(row: ListedRow) -> str:
    """Say what a row becomes, as it was understood."""
    ticket, show = row.ticket, row.ticket.show
    price = Money(amount=ticket.price.amount, currency=ticket.price.currency)
    return (
        f"would be {row.outcome}{_about(ticket.external_id)}: {show.name} ({show.category}), "
        f"{show.venue}, {show.city}, {show.country}, {show.starts_at.isoformat()}, "
        f"{place(ticket)}, {price}"
    )


def _listed(listing: ListingRow, result: RowResult) -> ListedRow:
    return ListedRow(
        line=listing.line,
        outcome=result.outcome,
        ticket_id=result.ticket_id,
        ticket=listing.ticket,
        notice=result.notice,
    )


def _refused(listing: ListingRow, result: RowResult) -> RefusedRow:
    errors = tuple(FieldError(field=column(e.field), message=e.message) for e in result.errors)
    return RefusedRow(
        line=listing.line,
        external_id=listing.ticket.external_id,
        detail=result.detail,
        errors=errors,
    )


def _reason(row: RefusedRow) -> str:
    if row.errors:
        return "; ".join(f"{error.field} {error.message}" for error in row.errors)
    return row.detail or "refused"
