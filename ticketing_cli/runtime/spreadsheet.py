"""Spreadsheet: CSV that a spreadsheet only shows, whatever names are in it."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from io import StringIO

from client.formatting import for_pipe
from ticketing_cli.runtime.formats import Column, T

#: A cell that begins so is run as a formula; the last four are how East Asian keyboards type them.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # noqa: RUF001  meant


def written(items: Iterable[T], columns: Sequence[Column[T]]) -> bytes:
    """Write records as CSV (RFC 4180) in UTF-8, with a line of titles."""
    page = StringIO(newline="")
    writer = csv.writer(page)
    writer.writerow(column.title for column in columns)
    for item in items:
        writer.writerow(harmless(for_pipe(column.of(item))) for column in columns)
    return page.getvalue().encode()


def harmless(cell: str) -> str:
    """Put an apostrophe before what a spreadsheet would run: `'=1+1` shows as text."""
    # Numbers below zero are no formulas; but here none is ever written without its currency.
    return f"'{cell}" if cell.lstrip(" ").startswith(FORMULA) else cell
