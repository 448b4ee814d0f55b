"""CSV listings: read a file of tickets and report exactly which line is wrong, and why."""

from __future__ import annotations

import csv
import difflib
import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import msgspec

from contract import money, prices, validation
from contract.problems import FieldError, Invalid
from contract.tickets import IMPORT_BODY_LIMIT, IMPORT_ROWS, CreateTicket

SHOW_COLUMNS = ("show", "category", "venue", "city", "country", "starts_at")
REQUIRED = (*SHOW_COLUMNS, "section", "row", "seat", "price", "currency")
OPTIONAL = ("external_id", "code", "timezone")
DELIMITERS = ",;\t"
#: Bytes reserved in each request for the JSON around its rows.
ENVELOPE = 1024


class BadFile(Exception):
    """The file as a whole cannot be read; nothing is sent."""


@dataclass(frozen=True)
class ListingRow:
    """A valid row. `line` is where it starts in the file, counted from 1."""

    line: int
    ticket: CreateTicket


@dataclass(frozen=True)
class RowError:
    """A row that is not valid, and what is wrong with each of its fields."""

    line: int
    external_id: str | None
    errors: tuple[FieldError, ...]


def read(raw: bytes) -> list[ListingRow | RowError]:
    """Read a listings file: comma, semicolon or tab; with or without a BOM; LF or CRLF.

    Raise BadFile when it is not UTF-8 or a column is missing, unknown or repeated.
    """
    text = _text(raw)
    lines = io.StringIO(text, newline="").readlines()  # not splitlines: U+2028 ends no record
    header_line = next((n for n, line in enumerate(lines) if line.strip()), None)
    if header_line is None:
        raise BadFile("the file is empty; the first line must name the columns")
    delimiter = _delimiter(lines[header_line])
    records = _records(lines[header_line:], delimiter, before=header_line)
    _, header = next(records)
    if isinstance(header, str):
        raise BadFile(f"the first line cannot be read: {header}")
    columns = _columns(header)
    first_at: dict[str, int] = {}
    return [_row(line, columns, record, first_at) for line, record in records]


def ticket(values: dict[str, str]) -> CreateTicket:
    """Build the request for one ticket from text by column; raise Invalid naming the columns."""
    errors: list[FieldError] = []
    # A placeholder, so that the other fields are checked too.
    price: dict[str, Any] = {"amount": 100, "currency": "EUR"}
    try:
        parsed = prices.parse_price(values.get("price", ""), values.get("currency", ""))
        price = {"amount": parsed.amount, "currency": parsed.currency}
    except money.NotMoney as error:
        usable = money.DIGITS.keys() - prices.NOT_CHARGED
        field = "price" if values.get("currency") in usable else "currency"
        errors.append(FieldError(field=field, message=str(error)))
    show = {("name" if c == "show" else c): values[c] for c in SHOW_COLUMNS if c in values}
    if timezone := values.get("timezone"):
        show["timezone"] = timezone
    body = {
        "show": show,
        "price": price,
        **{c: values.get(c, "") for c in ("section", "row", "seat")},
        **{c: values[c] for c in ("external_id", "code") if values.get(c)},
    }
    try:
        made = validation.convert(body, CreateTicket)
    except Invalid as invalid:
        errors += [FieldError(field=column(e.field), message=e.message) for e in invalid.errors]
    else:
        if not errors:
            return made
    raise Invalid(errors=tuple(errors))


def batches(listings: list[ListingRow]) -> Iterator[list[tuple[ListingRow, msgspec.Raw]]]:
    """Yield the rows, encoded, in batches that fit into one request."""
    batch: list[tuple[ListingRow, msgspec.Raw]] = []
    size = ENVELOPE
    for listing in listings:
        raw = msgspec.json.encode(listing.ticket)
        if batch and (len(batch) == IMPORT_ROWS or size + len(raw) + 1 > IMPORT_BODY_LIMIT):
            yield batch
            batch, size = [], ENVELOPE
        batch.append((listing, msgspec.Raw(raw)))
        size += len(raw) + 1
    if batch:
        yield batch


def column(field: str) -> str:
    """Return the column that a field of the request comes from: `show` for `show.name`."""
    if field == "show.name":
        return "show"
    return field.removeprefix("show.").removesuffix(".amount").removeprefix("price.")


def _text(raw: bytes) -> str:
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise BadFile(
            f"line {line} is not UTF-8; save the file as “CSV UTF-8”, then try again"
        ) from None


def _delimiter(header: str) -> str:
    """Return the delimiter that yields the most known columns; a comma when none yields any."""
    known = {*REQUIRED, *OPTIONAL}

    def found(delimiter: str) -> int:
        return sum(name.strip().strip('"') in known for name in header.split(delimiter))

    return max(DELIMITERS, key=found)


def _records(
    lines: list[str], delimiter: str, *, before: int
) -> Iterator[tuple[int, list[str] | str]]:
    """Yield each record with the line it starts on, or a string with its error in its place."""
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    while True:
        line = before + reader.line_num + 1
        try:
            record = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield line, f"{error}; check the quotes"
        else:
            if any(cell.strip() for cell in record):
                yield line, record


def _columns(header: list[str]) -> list[str]:
    columns = [name.strip() for name in header]
    known = (*REQUIRED, *OPTIONAL)
    for name in columns:
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            meant = f"; did you mean {near[0]!r}?" if near else ""
            raise BadFile(f"unknown column {name!a}{meant}")
        if columns.count(name) > 1:
            raise BadFile(f"column {name!r} appears twice")
    missing = [name for name in REQUIRED if name not in columns]
    if missing:
        raise BadFile(f"missing column{'s' * (len(missing) > 1)}: {', '.join(missing)}")
    return columns


def _row(
    line: int, columns: list[str], record: list[str] | str, first_at: dict[str, int]
) -> ListingRow | RowError:
    """Parse one record. `first_at` maps each external_id to the line it was first seen on."""
    if isinstance(record, str):
        return RowError(line, None, (FieldError(field="row", message=record),))
    if len(record) != len(columns):
        message = f"has {len(record)} cells, but the first line has {len(columns)}"
        return RowError(line, None, (FieldError(field="row", message=message),))
    values = {name: cell.strip() for name, cell in zip(columns, record, strict=True)}
    external_id = values.get("external_id") or None
    if external_id is not None and first_at.setdefault(external_id, line) != line:
        message = f"appears twice in this file, first on line {first_at[external_id]}"
        return RowError(line, external_id, (FieldError(field="external_id", message=message),))
    try:
        return ListingRow(line, ticket(values))
    except Invalid as invalid:
        return RowError(line, external_id, invalid.errors)
