"""Anything: whatever a file contains, it is read or refused, and nothing breaks."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from client.csv_listings import BadFile, ListingRow, read
from tests.client.spreadsheets.rows import ROW, text

COLUMNS = [*ROW, "external_id", "code", "timezone", "quantity", "seat_from", "seat_to"]
#: Pieces that the readers of dates, prices and seats look at.
PIECES = st.sampled_from(
    [
        *"0123456789:/-., '€$TZ+",
        "12",
        "30",
        "2028",
        "9999",
        "Nov",
        "PM",
        "+99:00",
        "E+11",
        "A1",
        "=",
    ]
)
cells = st.lists(PIECES, max_size=8).map("".join) | st.text(max_size=20)


@given(st.dictionaries(st.sampled_from(COLUMNS), cells, max_size=4))
@example({"starts_at": "2028-11-30 19:30+99:00"})
@example({"starts_at": "0001-01-01 00:00"})
@example({"starts_at": "9999-12-31 23:59", "timezone": "America/Denver"})
def test_any_cells_make_valid_rows_or_name_what_is_wrong(changes: dict[str, str]) -> None:
    for row in read(text(**changes).encode("utf-8", "surrogatepass")):
        assert isinstance(row, ListingRow) or row.errors


@given(st.binary(max_size=200) | st.text(max_size=100).map(str.encode))
def test_any_bytes_are_read_or_refused(raw: bytes) -> None:
    try:
        read(raw)
    except BadFile as refused:
        assert str(refused)  # noqa: PT017  most are refused
