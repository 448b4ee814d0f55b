"""Workbook: .xlsx files are read like CSV, as far as a spreadsheet has kept what was typed."""

from __future__ import annotations

import io
import sys
from datetime import datetime, time
from typing import Any

import pytest

from client.csv_listings import BadFile
from tests.client.spreadsheets.rows import ROW, errors, rows, tickets


def workbook(*lines: list[Any], formats: dict[str, str] | None = None) -> bytes:
    """Return an .xlsx file with one sheet."""
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    for line in lines:
        book.active.append(line)
    for cell, number_format in (formats or {}).items():
        book.active[cell].number_format = number_format
    raw = io.BytesIO()
    book.save(raw)
    return raw.getvalue()


def one(formats: dict[str, str] | None = None, **changes: Any) -> bytes:
    """Return an .xlsx file with one row and changes to it."""
    values = {**ROW, **changes}
    return workbook(list(values), list(values.values()), formats=formats)


def test_text_numbers_and_dates_are_read() -> None:
    at = datetime(2028, 11, 30, 19, 30)  # noqa: DTZ001  a spreadsheet has no zones
    (ticket,) = tickets(one(starts_at=at, seat=3, price=45.5, external_id=1001))
    assert ticket.show.starts_at.isoformat() == "2028-11-30T19:30:00+01:00"
    assert (ticket.seat, ticket.price.amount, ticket.external_id) == ("3", 4550, "1001")


def test_a_date_and_a_time_in_two_cells_are_one_start() -> None:
    values = {**ROW, "date": datetime(2028, 11, 30), "time": time(19, 30)}  # noqa: DTZ001
    del values["starts_at"]
    (ticket,) = tickets(workbook(list(values), list(values.values())))
    assert ticket.show.starts_at.isoformat() == "2028-11-30T19:30:00+01:00"


def test_the_zeros_that_a_format_shows_are_kept() -> None:
    (ticket,) = tickets(one({"L2": "0000"}, barcode=12))
    assert ticket.barcode == "0012"


def test_empty_rows_and_nameless_columns_are_ignored_and_lines_are_those_of_the_sheet() -> None:
    header, row = list(ROW), list(ROW.values())
    (found,) = rows(workbook([], [*header, None], [], [*row, None]))
    assert found.line == 4


@pytest.mark.parametrize(
    ("seat", "reason"),
    [
        (datetime(2028, 10, 12), "turned it into a date"),  # noqa: DTZ001
        (123456789012345678, "turned it into a number and lost digits"),
    ],
)
def test_a_seat_that_the_spreadsheet_spoilt_is_refused(seat: object, reason: str) -> None:
    assert reason in errors(one(seat=seat))["seat"]


@pytest.mark.parametrize("raw", [b"PK\x03\x04", b"PK\x03\x04rest of an archive"])
def test_an_archive_that_is_no_workbook_is_refused(raw: bytes) -> None:
    pytest.importorskip("openpyxl")
    with pytest.raises(BadFile, match=r"no \.xlsx workbook, or it is damaged"):
        rows(raw)


def test_an_empty_sheet_is_named() -> None:
    with pytest.raises(BadFile, match="sheet is empty"):
        rows(workbook())


def test_without_the_extra_the_message_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "openpyxl", None)
    with pytest.raises(BadFile, match=r"pip install 'ticketing\[xlsx\]'.*CSV UTF-8"):
        rows(b"PK\x03\x04")
