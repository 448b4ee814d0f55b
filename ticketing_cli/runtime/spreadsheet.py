"""Spreadsheet: write CSV that no spreadsheet interprets as formulas."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from io import StringIO

from client.formatting import for_pipe
from ticketing_cli.runtime.formats import OutputColumn, T

#: A cell with one of these prefixes runs as a formula; the last four are full-width forms.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # noqa: RUF001  meant


def to_csv(items: Iterable[T], columns: Sequence[OutputColumn[T]]) -> bytes:
    """Return records as CSV (RFC 4180) in UTF-8, with a header line."""
    page = StringIO(newline="")
    writer = csv.writer(page)
    writer.writerow(column.title for column in columns)
    for item in items:
        writer.writerow(harmless(for_pipe(column.of(item))) for column in columns)
    return page.getvalue().encode()


def harmless(cell: str) -> str:
    """Prefix a formula with an apostrophe: `'=1+1` is displayed as text."""
    # A negative number is not a formula, but here amounts always follow their currency.
    return f"'{cell}" if cell.lstrip(" ").startswith(FORMULA) else cell
