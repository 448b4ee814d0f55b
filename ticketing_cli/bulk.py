"""Bulk: send a file of listings in batches, and report every row that was refused."""

from __future__ import annotations

from collections import Counter

from client.csv_listings import ListingRow, RowError, batches, column
from client.sanitize import clean
from contract.base import Model
from contract.problems import FieldError
from contract.tickets import (
    IMPORT_TICKETS,
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


class Summary(Model, frozen=True, kw_only=True):
    """The result of a file of listings; with `dry_run`, what it would be."""

    created: int
    relisted: int
    updated: int
    unchanged: int
    refused: tuple[RefusedRow, ...]
    dry_run: bool


def send(
    run: Run, rows: list[ListingRow | RowError], *, dry_run: bool, fields: Fields | None
) -> Summary:
    """Send the valid rows, report on all rows, and return the report.

    If the server becomes unreachable halfway, what was done is reported before Unreachable is
    raised.
    """
    counts: Counter[ImportOutcome] = Counter()
    refused = [
        RefusedRow(line=row.line, external_id=row.external_id, detail=None, errors=row.errors)
        for row in rows
        if isinstance(row, RowError)
    ]
    valid = [row for row in rows if isinstance(row, ListingRow)]
    try:
        with run.out.progress("checking" if dry_run else "listing", len(valid)) as bar:
            for batch in batches(valid):
                request = ImportTickets(rows=tuple(raw for _, raw in batch), dry_run=dry_run)
                for result in run.api.call(IMPORT_TICKETS, request).results:
                    counts[result.outcome] += 1
                    if result.outcome is ImportOutcome.REFUSED:
                        refused.append(_refused(batch[result.row][0], result))
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
        )
        report(run, summary, fields)
    return summary


def report(run: Run, summary: Summary, fields: Fields | None) -> None:
    """Print every refused row on stderr, then the counts."""
    for row in summary.refused:
        about = f" ({row.external_id})" if row.external_id else ""
        run.out.message(f"line {row.line}{about}: {_reason(row)}")
    if fields is not None:
        run.out.line(as_json(summary, fields))
        return
    would = "would be " if summary.dry_run else ""
    relisted = f"relisted {summary.relisted}, " if summary.relisted else ""
    run.out.line(
        f"{would}created {summary.created}, {relisted}updated {summary.updated}, "
        f"unchanged {summary.unchanged}, refused {len(summary.refused)}"
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
