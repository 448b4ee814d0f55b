"""Seats: a row for several seats becomes as many tickets."""

from __future__ import annotations

import pytest

from client.csv_listings import RowError
from tests.client.spreadsheets.rows import errors, rows, text, tickets


@pytest.mark.parametrize(
    ("cells", "seats"),
    [
        ({"quantity": "2", "seat_from": "12", "seat_to": "13"}, ["12", "13"]),
        ({"seat_from": "8", "seat_to": "10"}, ["8", "9", "10"]),
        ({"quantity": "2", "seat_from": "A09", "seat_to": "A10"}, ["A09", "A10"]),
        ({"quantity": "1", "seat_from": "12", "seat_to": ""}, ["12"]),
        ({"quantity": "1.0", "seat_from": "12", "seat_to": "12"}, ["12"]),
    ],
)
def test_a_first_and_a_last_seat_become_that_many_tickets(
    cells: dict[str, str], seats: list[str]
) -> None:
    found = tickets(text(without="seat", **cells))
    assert [ticket.seat for ticket in found] == seats


def test_a_quantity_without_seats_is_that_many_standing_tickets() -> None:
    found = tickets(text(section="Floor", row="", seat="", quantity="3"))
    assert [(ticket.section, ticket.seat) for ticket in found] == [("Floor", "")] * 3


def test_each_ticket_of_a_row_has_an_external_id_and_the_line_of_its_own() -> None:
    raw = text(without="seat", external_id="1001", seat_from="12", seat_to="13")
    assert [ticket.external_id for ticket in tickets(raw)] == ["1001-12", "1001-13"]
    assert [row.line for row in rows(raw)] == [2, 2]
    standing = text(seat="", external_id="7", quantity="2")
    assert [ticket.external_id for ticket in tickets(standing)] == ["7-1", "7-2"]


def test_the_external_id_does_not_depend_on_how_many_are_left() -> None:
    one = text(without="seat", external_id="1001", quantity="1", seat_from="13", seat_to="13")
    assert tickets(one)[0].external_id == "1001-13"


@pytest.mark.parametrize(
    ("cells", "column", "reason"),
    [
        ({"quantity": "3", "seat_from": "12", "seat_to": "13"}, "quantity", "are 2 seats"),
        ({"quantity": "2", "seat_from": "12", "seat_to": ""}, "seat_to", "is missing"),
        ({"quantity": "", "seat_from": "", "seat_to": "12"}, "seat_from", "is missing"),
        ({"quantity": "2", "seat": "12"}, "seat", "is one seat for 2 tickets"),
        ({"seat": "12", "seat_from": "12"}, "seat", "cannot both be given"),
        ({"seat": "", "seat_from": "A1", "seat_to": "B2"}, "seat_to", "cannot be counted to"),
        ({"seat": "", "seat_from": "13", "seat_to": "12"}, "seat_to", "seats after it"),
        ({"seat": "", "seat_from": "1", "seat_to": "999999"}, "seat_to", "seats after it"),
        ({"quantity": "0", "seat": ""}, "quantity", "a whole number from 1 to 500"),
        ({"quantity": "-1", "seat": ""}, "quantity", "a whole number from 1 to 500"),
        ({"quantity": "two", "seat": ""}, "quantity", "a whole number from 1 to 500"),
        ({"quantity": "99999", "seat": ""}, "quantity", "a whole number from 1 to 500"),
        ({"quantity": "2", "seat": "", "barcode": "X"}, "barcode", "is one barcode for 2 tickets"),
    ],
)
def test_seats_that_cannot_be_counted_are_refused(
    cells: dict[str, str], column: str, reason: str
) -> None:
    found = errors(text(**({"seat": ""} | cells)))
    assert reason in found[column]


@pytest.mark.parametrize(
    ("changes", "column"),
    [
        ({"section": "orchestre", "seat": " 3"}, "seat"),
        ({"seat": "4", "barcode": "ab-1"}, "barcode"),
    ],
)
def test_a_row_that_repeats_an_earlier_ones_seat_or_barcode_is_refused_with_its_line(
    changes: dict[str, str], column: str
) -> None:
    filler = "\n".join(text(seat=str(n), barcode="").splitlines()[1] for n in range(100, 700))
    first = text(barcode="AB1")
    last = text(**{"barcode": ""} | changes).splitlines()[1]
    *listed, repeated = rows(f"{first}{filler}\n{last}\n")
    assert not any(isinstance(row, RowError) for row in listed)
    assert isinstance(repeated, RowError)
    (error,) = repeated.errors
    assert (error.field, error.message) == (
        column,
        "is the same as on line 2, at the same show",
    )
