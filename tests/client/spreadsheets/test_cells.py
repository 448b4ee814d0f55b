"""Cells: what is unambiguous is read, what a spreadsheet spoilt is refused with the reason."""

from __future__ import annotations

import pytest

from tests.client.spreadsheets.rows import errors, text, tickets


@pytest.mark.parametrize(
    ("cell", "code"),
    [('="0012"', "0012"), ("'0012", "0012"), ('="a""b"', 'a"b'), ("0012", "0012"), (" 12 ", "12")],
)
def test_what_keeps_a_spreadsheet_from_reading_a_number_is_removed(cell: str, code: str) -> None:
    (ticket,) = tickets(text(barcode=cell, seat=cell))
    assert (ticket.barcode, ticket.seat) == (code, code)


def test_a_name_may_begin_with_an_apostrophe_and_a_formula_may_not_hide_behind_one() -> None:
    assert tickets(text(show="'t Hooft"))[0].show.name == "'t Hooft"
    assert tickets(text(show="'=1+1"))[0].show.name == "=1+1"


@pytest.mark.parametrize("column", ["barcode", "external_id", "section", "row", "seat"])
@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ("1.23457E+11", "is 1.23457E+11: a spreadsheet turned it into a number and lost digits"),
        ("1,2E+05", "turned it into a number"),
        ("12-Oct", "is 12-Oct: a spreadsheet turned it into a date"),
        ("Oct-12", "turned it into a date"),
        ("2028-10-12 00:00:00", "turned it into a date"),
        ("#REF!", "is #REF!, a spreadsheet's error"),
        ("#####", "a spreadsheet's error"),
    ],
)
def test_a_code_that_a_spreadsheet_spoilt_is_refused(column: str, cell: str, reason: str) -> None:
    found = errors(text(**{column: cell}))
    assert list(found) == [column]
    assert reason in found[column]


def test_every_wrong_cell_of_a_row_is_named() -> None:
    found = errors(text(barcode="1E+10", starts_at="03/04/2028 20:00", price="1,234", country="X"))
    assert sorted(found) == ["barcode", "country", "price", "starts_at"]


@pytest.mark.parametrize(
    ("cell", "currency", "amount"),
    [
        ("45,00", "EUR", 4500), ("45,5", "EUR", 4550), ("1.234,56", "EUR", 123456),
        ("1,234.56", "EUR", 123456), ("1 234,56", "EUR", 123456), ("1'234.50", "CHF", 123450),
        ("1.234.567", "JPY", 1234567), ("1,500", "JPY", 1500), ("€45.00", "EUR", 4500),
        ("45,00 €", "EUR", 4500), ("$45.00", "USD", 4500), ("EUR 45.00", "EUR", 4500),
        ("45.00 EUR", "EUR", 4500), ("kr 450", "SEK", 45000), ("1.230", "KWD", 1230),
        ("1\xa0234,56\xa0€", "EUR", 123456),
    ],
)  # fmt: skip
def test_a_price_that_can_mean_one_amount_is_read(cell: str, currency: str, amount: int) -> None:
    (ticket,) = tickets(text(price=cell, currency=currency))
    assert (ticket.price.amount, ticket.price.currency) == (amount, currency)


@pytest.mark.parametrize(
    ("cell", "currency", "reason"),
    [
        ("1,234", "EUR", "the comma may mean thousands or decimals"),
        ("1,234", "KWD", "the comma may mean thousands or decimals"),
        ("1.234", "EUR", "too many decimals"),
        ("1.234.56", "EUR", "plain decimal number"),
        ("$45.00", "EUR", "has “$” beside the number, but the currency is EUR"),
        ("45 each", "EUR", "has “each” beside the number"),
        ("-45.00", "EUR", "plain decimal number"),
        ("(45.00)", "EUR", "beside the number"),
        ("1.2E+03", "EUR", "plain decimal number"),
    ],
)
def test_a_price_that_can_mean_two_amounts_is_refused(
    cell: str, currency: str, reason: str
) -> None:
    assert reason in errors(text(price=cell, currency=currency))["price"]
