"""Workbook: the rows of an .xlsx file, read with openpyxl from the extra `ticketing[xlsx]`."""

from __future__ import annotations

import io
import zipfile
from datetime import date, datetime, time

from client.spreadsheets.cells import clean
from client.spreadsheets.problems import BadFile
from client.spreadsheets.records import Record

#: The first bytes of a zip archive, which an .xlsx file is.
MARK = b"PK\x03\x04"
#: A spreadsheet keeps fifteen digits of a number.
EXACT = 10**15


def read(raw: bytes) -> tuple[Record, list[Record]]:
    """Return the header and the rows of the sheet that was open when the file was saved."""
    try:
        import openpyxl
    except ImportError:
        message = "reading .xlsx needs an extra: `pip install 'ticketing[xlsx]'`"
        raise BadFile(f"{message}, or save the sheet as “CSV UTF-8”") from None
    try:
        book = openpyxl.load_workbook(io.BytesIO(raw), read_only=True, data_only=True)
        rows = list(book.active.iter_rows())
    except (zipfile.BadZipFile, KeyError, ValueError, TypeError, AttributeError, OSError):
        raise BadFile("the file is no .xlsx workbook, or it is damaged") from None
    records = [
        Record(line, cells)
        for line, row in enumerate(rows, start=1)
        if any(cells := tuple(clean(_text(cell.value, cell.number_format)) for cell in row))
    ]
    if not records:
        raise BadFile("the sheet is empty; its first row must name the columns")
    return records[0], records[1:]


def _text(value: object, number_format: str) -> str:
    """Return a cell's value as it would be in a CSV file."""
    if isinstance(value, datetime):
        return value.isoformat(sep=" ", timespec="seconds")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, bool) or not isinstance(value, int | float):
        return "" if value is None else str(value)
    return _number(value, number_format)


def _number(value: float, number_format: str) -> str:
    if abs(value) >= EXACT:
        return f"{value:.5E}"  # it may have had more digits
    if value == int(value):
        width = len(number_format) if set(number_format) == {"0"} else 1
        return f"{int(value):0{width}d}"
    return repr(round(value, 6))
