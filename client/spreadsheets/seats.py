"""Seats: a row for several seats becomes as many tickets."""

from __future__ import annotations

import re

from client.spreadsheets.cells import ascii_digits
from client.spreadsheets.problems import BadCell

#: The most tickets that one row can become.
MOST = 500
#: The columns of such a row.
COLUMNS = ("quantity", "seat_from", "seat_to")
NUMBERED = re.compile(r"(?P<before>.*?)(?P<number>[0-9]{1,6})")


def expand(values: dict[str, str]) -> list[dict[str, str]]:
    """Return the values of each ticket of a row.

    A row with a quantity, or with a first and a last seat, is several tickets. Each keeps the
    external_id with its seat, or with its number: `1001-12`. Raise BadCell, named for its column.
    """
    given = {name: values[name] for name in COLUMNS if values.get(name)}
    rest = {name: value for name, value in values.items() if name not in COLUMNS}
    if not given:
        return [rest]
    seats = _seats(given, rest.get("seat", ""))
    if len(seats) > 1 and rest.get("barcode"):
        raise BadCell(
            f"is one barcode for {len(seats)} tickets; write a row for each of them",
            column="barcode",
        )
    known = rest.get("external_id")
    return [
        {**rest, "seat": seat} | ({"external_id": f"{known}-{seat or number}"} if known else {})
        for number, seat in enumerate(seats, start=1)
    ]


def _seats(given: dict[str, str], seat: str) -> list[str]:
    quantity = _quantity(ascii_digits(given["quantity"])) if "quantity" in given else None
    first, last = given.get("seat_from"), given.get("seat_to")
    if first is None and last is not None:
        raise BadCell("is missing, but seat_to is given", column="seat_from")
    if first is None:
        if seat and quantity != 1:
            raise BadCell(
                f"is one seat for {quantity} tickets; use seat_from and seat_to", column="seat"
            )
        return [seat] * (quantity or 1)
    if seat:
        raise BadCell("and seat_from cannot both be given", column="seat")
    if last is None:
        if quantity not in {None, 1}:
            raise BadCell(
                f"is missing, and {quantity} seats may not be neighbours", column="seat_to"
            )
        return [first]
    seats = _range(first, last)
    if quantity not in {None, len(seats)}:
        raise BadCell(
            f"is {quantity}, but {first} to {last} are {len(seats)} seats", column="quantity"
        )
    return seats


def _quantity(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,6}(\.0+)?", text) or not 1 <= int(float(text)) <= MOST:
        raise BadCell(f"must be a whole number from 1 to {MOST}", column="quantity")
    return int(float(text))


def _range(first: str, last: str) -> list[str]:
    """Return the seats from the first to the last: `12` to `14`, `A08` to `A11`."""
    start, end = NUMBERED.fullmatch(first), NUMBERED.fullmatch(last)
    if first == last:
        return [first]
    if start is None or end is None or start["before"] != end["before"]:
        raise BadCell(
            f"cannot be counted to from {first}; write a row for each seat", column="seat_to"
        )
    low, high = int(start["number"]), int(end["number"])
    if not 0 <= high - low < MOST:
        raise BadCell(
            f"must be from {first} to at most {MOST - 1} seats after it", column="seat_to"
        )
    width = len(start["number"])
    return [f"{start['before']}{number:0{width}d}" for number in range(low, high + 1)]
