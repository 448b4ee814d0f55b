"""CSV listings: read a file of tickets and report exactly which line is wrong, and why.

The files are spreadsheets that people bring; `client.spreadsheets` reads their dialects.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from client.spreadsheets import amounts, cells, records, seats, starts, workbook
from client.spreadsheets.columns import OPTIONAL, REQUIRED, Layout, Profile, layout
from client.spreadsheets.problems import BadCell, BadFile
from client.spreadsheets.records import Record
from contract import money, prices, validation
from contract.listing_keys import ListingKey, listing_keys
from contract.problems import FieldError, Invalid
from contract.tickets import IMPORT_BODY_LIMIT, IMPORT_ROWS, CreateTicket

SHOW_COLUMNS = ("show", "category", "venue", "city", "country", "starts_at")
#: Bytes reserved in each request for the JSON around its rows.
ENVELOPE = 1024

__all__ = [
    "OPTIONAL", "REQUIRED", "SHOW_COLUMNS", "BadFile", "ListingFile", "ListingRow", "Profile",
    "RowError", "batches", "column", "read", "read_file", "ticket",
]  # fmt: skip


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


@dataclass(frozen=True)
class ListingFile:
    """The rows of a file, and the names of the columns that were ignored."""

    rows: list[ListingRow | RowError]
    ignored: tuple[str, ...]


def read(raw: bytes) -> list[ListingRow | RowError]:
    """Read a listings file whose columns have our names. Raise BadFile."""
    return read_file(raw, Profile()).rows


def read_file(raw: bytes, profile: Profile) -> ListingFile:
    """Read a listings file: CSV in UTF-8 or UTF-16, or .xlsx.

    Between its columns are commas, semicolons, tabs or bars. Raise BadFile when it cannot be
    decoded, or naming every column that is missing, unknown or repeated.
    """
    if raw.startswith(workbook.MARK):
        header, rows = workbook.read(raw)
    else:
        header, rows = records.read(raw, is_known=profile.is_known)
    found = layout(header.cells, profile)
    first_at: dict[ListingKey | str, int] = {}
    values = profile.for_missing(found.names)
    listings = [one for row in rows for one in _row(row, found, values, first_at)]
    return ListingFile(listings, found.ignored)


def ticket(values: Mapping[str, str]) -> CreateTicket:
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
        **{c: values[c] for c in ("external_id", "barcode") if values.get(c)},
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


def _row(
    record: Record,
    found: Layout,
    defaults: Mapping[str, str],
    first_at: dict[ListingKey | str, int],
) -> list[ListingRow | RowError]:
    """Parse one row, which may be several tickets.

    `first_at` maps each external_id, seat and barcode to the line it was first seen on.
    """
    if wrong := record.error or _wrong_shape(record, found):
        return [RowError(record.line, None, (FieldError(field="row", message=wrong),))]
    values, errors = _values(record, found, defaults)
    external_id = values.get("external_id") or None
    try:
        tickets = seats.expand(values)
    except BadCell as bad:
        tickets = [values]
        errors.setdefault(bad.column, str(bad))
    if errors:
        return [RowError(record.line, external_id, _all_errors(tickets[0], errors))]
    return [_listing(record.line, ticket_values, first_at) for ticket_values in tickets]


def _wrong_shape(record: Record, found: Layout) -> str:
    """Return why a row's cells do not fit the first line; empty if they do."""
    count = len(found.names)
    if len(record.cells) < count or any(record.cells[count:]):
        return f"has {len(record.cells)} cells, but the first line has {count}"
    lost = ((n, record.cells[n]) for n in found.nameless if record.cells[n])
    return next((f"has “{cell[:40]}” in column {n + 1}, which has no name" for n, cell in lost), "")


def _values(
    record: Record, found: Layout, defaults: Mapping[str, str]
) -> tuple[dict[str, str], dict[str, str]]:
    """Return a row's text by column, as it was meant, and what cannot be read by column."""
    errors: dict[str, str] = {}
    values: dict[str, str] = {}
    named = {name: cell for name, cell in zip(found.names, record.cells, strict=False) if name}
    for name, cell in {**defaults, **named}.items():
        try:
            values[name] = cells.read(name, cell)
        except BadCell as bad:
            values[name], errors[name] = cell, str(bad)
    if "starts_at" not in values:
        values["starts_at"] = starts.join(values.pop("date"), values.pop("time"))
    zone, country = values.get("timezone", ""), values["country"]
    meanings: dict[str, Callable[[str], str]] = {
        "price": lambda text: amounts.read(text, values["currency"]),
        "starts_at": lambda text: starts.read(text, zone=zone, country=country),
    }
    for name, meaning in meanings.items():
        try:
            values[name] = meaning(values[name])
        except BadCell as bad:
            errors.setdefault(name, str(bad))
    return values, errors


def _all_errors(values: Mapping[str, str], errors: Mapping[str, str]) -> tuple[FieldError, ...]:
    """Return the errors of cells that cannot be read, and those of the other fields."""
    known = [FieldError(field=name, message=message) for name, message in errors.items()]
    try:
        ticket(values)
    except Invalid as invalid:
        known += [error for error in invalid.errors if error.field not in errors]
    return tuple(known)


def _listing(
    line: int, values: Mapping[str, str], first_at: dict[ListingKey | str, int]
) -> ListingRow | RowError:
    """Return one ticket of a row, unless an earlier line has its id, its seat or its barcode."""
    external_id = values.get("external_id") or None
    if external_id is not None and first_at.setdefault(external_id, line) != line:
        message = f"appears twice in this file, first on line {first_at[external_id]}"
        return RowError(line, external_id, (FieldError(field="external_id", message=message),))
    try:
        made = ticket(values)
    except Invalid as invalid:
        return RowError(line, external_id, invalid.errors)
    repeated = [key for key in listing_keys(made) if first_at.setdefault(key, line) != line]
    if repeated:
        errors = (FieldError(field=key[0], message=_repeats(key, first_at)) for key in repeated)
        return RowError(line, external_id, tuple(errors))
    return ListingRow(line, made)


def _repeats(key: ListingKey, first_at: Mapping[ListingKey | str, int]) -> str:
    return f"is the same as on line {first_at[key]}, at the same show"
