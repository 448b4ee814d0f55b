"""Rows: a listings file with one row, and changes to it."""

from __future__ import annotations

from client.csv_listings import ListingRow, Profile, RowError, read_file
from contract.tickets import CreateTicket

ROW = {
    "show": "Les Misérables", "category": "theatre", "venue": "Théâtre du Châtelet",
    "city": "Paris", "country": "FR", "starts_at": "2028-11-30T19:30:00+01:00",
    "section": "Orchestre", "row": "C", "seat": "3", "price": "45.00", "currency": "EUR",
}  # fmt: skip
HEADER = ",".join(ROW)


def text(*, without: str = "", **changes: str) -> str:
    """Return a file with one row: cells quoted, some changed or added, a column left out."""
    values = {name: cell for name, cell in {**ROW, **changes}.items() if name != without}
    cells = ('"' + cell.replace('"', '""') + '"' for cell in values.values())
    return f"{','.join(values)}\n{','.join(cells)}\n"


def rows(raw: bytes | str, profile: Profile | None = None) -> list[ListingRow | RowError]:
    """Read a file."""
    raw = raw.encode() if isinstance(raw, str) else raw
    return read_file(raw, profile or Profile()).rows


def tickets(raw: bytes | str, profile: Profile | None = None) -> list[CreateTicket]:
    """Read a file whose rows are all valid."""
    found = rows(raw, profile)
    assert [row for row in found if isinstance(row, RowError)] == []
    return [row.ticket for row in found if isinstance(row, ListingRow)]


def errors(raw: bytes | str, profile: Profile | None = None) -> dict[str, str]:
    """Read a file whose only row is refused; return the reasons by column."""
    (found,) = rows(raw, profile)
    assert isinstance(found, RowError)
    return {error.field: error.message for error in found.errors}
