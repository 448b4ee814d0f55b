"""Dialects: encodings, delimiters and headers as spreadsheets write them."""

from __future__ import annotations

import codecs
import re

import pytest

from client.csv_listings import BadFile
from contract.money import Money
from tests.client.spreadsheets.rows import HEADER, ROW, errors, rows, text, tickets

UTF_16 = {"little endian": ("utf-16-le", codecs.BOM_UTF16_LE),
          "big endian": ("utf-16-be", codecs.BOM_UTF16_BE)}  # fmt: skip


@pytest.mark.parametrize("order", UTF_16)
@pytest.mark.parametrize("marked", [True, False])
def test_utf_16_is_read_with_and_without_its_mark(order: str, marked: bool) -> None:
    encoding, mark = UTF_16[order]
    lines = text().replace('","', '"\t"').replace(",", "\t").replace("\n", "\r\n")
    raw = (mark if marked else b"") + lines.encode(encoding)
    assert tickets(raw)[0].show.name == "Les Misérables"


def test_utf_8_with_a_mark_before_a_separator_line_is_read() -> None:
    lines = "sep=;\r\n" + text().replace(",", ";").replace("\n", "\r\n")
    (found,) = rows(codecs.BOM_UTF8 + lines.encode())
    assert found.line == 3


@pytest.mark.parametrize("line", ["sep=;", '"sep=;"', "SEP=;", "sep=;;;;", "sep=|", "sep=\t"])
def test_the_separator_line_decides(line: str) -> None:
    sign = line.strip('"')[4]
    assert tickets(f"{line}\n" + text().replace(",", sign))[0].seat == "3"


def test_utf_16_that_is_cut_off_says_so() -> None:
    raw = codecs.BOM_UTF16_LE + text().encode("utf-16-le")[:-1]
    with pytest.raises(
        BadFile, match="UTF-16 but damaged or cut off; save the file as “CSV UTF-8”"
    ):
        rows(raw)


def test_windows_1252_is_named_with_the_line_and_the_word() -> None:
    with pytest.raises(
        BadFile, match=r"line 2 is not UTF-8, but looks like Windows-1252 \(“Misérab"
    ):
        rows(text().encode("cp1252"))


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"\xd0\xcf\x11\xe0rest", r"old Excel workbook \(.xls\)"),
        (b"%PDF-1.7", "is a PDF"),
        (b"\x1f\x8b\x08", "compressed"),
        (b"sep=;\n\n", "empty"),
    ],
)
def test_a_file_that_is_no_table_is_named(raw: bytes, words: str) -> None:
    with pytest.raises(BadFile, match=words):
        rows(raw)


@pytest.mark.parametrize(
    "style",
    [
        str.upper,
        str.title,
        lambda name: name.replace("_", " ").title(),
        lambda name: f" {name.replace('_', '-')} ",
        lambda name: name.replace("_", ""),
    ],
    ids=["capitals", "title case", "blanks", "dashes", "one word"],
)
def test_a_header_is_compared_without_capitals_blanks_and_underscores(style: object) -> None:
    assert callable(style)
    header, row = text(external_id="x-1").splitlines()
    header = ",".join(style(name) for name in header.split(","))
    assert tickets(f"{header}\n{row}\n")[0].external_id == "x-1"


def test_nameless_empty_columns_and_empty_rows_at_the_end_are_ignored() -> None:
    header, row = text().splitlines()
    assert len(tickets(f"{header},,\n{row},,\n,,,,,,,,,,,,\n")) == 1


def test_empty_cells_beyond_the_header_are_ignored_and_others_are_refused() -> None:
    header, row = text().splitlines()
    assert len(tickets(f"{header}\n{row},,\n")) == 1
    (refused,) = rows(f"{header}\n{row},,x\n")
    assert "has 13 cells, but the first line has 11" in str(refused)


def test_a_value_in_a_column_without_a_name_is_refused() -> None:
    header, row = text().splitlines()
    (refused,) = rows(f"{header},\n{row},aisle\n")
    assert "has “aisle” in column 12, which has no name" in str(refused)


def test_every_wrong_name_is_reported_at_once() -> None:
    header = HEADER.replace("price", "prize").replace("city", "town").replace("row", "seat")
    with pytest.raises(BadFile) as refused:
        rows(f"{header},inventory\n")
    assert str(refused.value) == (
        "unknown columns: 'town', 'prize' (did you mean 'price'?), 'inventory'; "
        "column 'seat' appears twice; missing columns: city, row"
    )


def test_a_date_without_its_time_is_a_missing_column() -> None:
    with pytest.raises(BadFile, match="missing column: time"):
        rows(text(without="starts_at", date="2028-11-30"))


def test_line_breaks_and_unusual_blanks_in_a_cell_become_one_blank() -> None:
    for blank in ("\n", "\r\n", "\xa0", "\u202f", " \t ", "\u3000"):
        (ticket,) = tickets(text(show=f"Les{blank}Misérables", section=f" A{blank}B{blank}"))
        assert (ticket.show.name, ticket.section) == (ROW["show"], "A B")


def test_small_letters_of_a_country_and_a_currency_and_capitals_of_a_category_are_read() -> None:
    (ticket,) = tickets(text(category="Theatre", country="fr", currency="eur"))
    assert (ticket.show.category.value, ticket.show.country) == ("theatre", "FR")
    assert ticket.price.currency == "EUR"


def wide(ascii_text: str) -> str:
    """Return text in the full-width characters of East Asian input."""
    return ascii_text.translate({code: code + 0xFEE0 for code in range(0x21, 0x7F)})


@pytest.mark.parametrize(
    ("cells", "price"),
    [
        ({"price": wide("45.50")}, "EUR 45.50"),
        ({"price": "\u0664\u0665\u066b\u0665\u0660"}, "EUR 45.50"),
        ({"price": "₹1,04,500.00", "currency": "INR"}, "INR 104,500.00"),
        ({"price": "1,04,500", "currency": "INR"}, "INR 104,500.00"),
        ({"starts_at": wide("2028-11-30") + "\u3000" + wide("19:30")}, "EUR 45.00"),
    ],
)  # fmt: skip
def test_numbers_are_read_in_the_digits_and_groups_of_other_scripts(
    cells: dict[str, str], price: str
) -> None:
    (ticket,) = tickets(text(**cells))
    amount = Money(amount=ticket.price.amount, currency=ticket.price.currency)
    assert (str(amount), ticket.show.starts_at.day) == (price, 30)


def test_a_bar_may_stand_between_columns() -> None:
    header, row = (",".join(ROW), ",".join(ROW.values()))
    assert tickets(f"{header}\n{row}\n".replace(",", "|"))[0].seat == "3"


@pytest.mark.parametrize(
    ("raw", "what"),
    [
        ("<html><table><tr><td>show</td></tr></table>", "a web page (HTML)"),
        ("\ufeff <!DOCTYPE html>", "a web page (HTML)"),
        ('<?xml version="1.0"?><Workbook/>', "XML"),
        ('[{"show": "x"}]', "JSON"),
    ],
)
def test_text_that_is_no_table_is_named(raw: str, what: str) -> None:
    with pytest.raises(BadFile, match=re.escape(f"the file is {what}")):
        rows(raw)


def test_a_start_without_an_offset_is_refused_with_what_it_would_be_in_its_country() -> None:
    (message,) = errors(text(country="AU", starts_at="2028-11-30 19:00")).values()
    assert "AU has several time zones" in message
    assert "Australia/" in message
    assert "2028-11-30T19:00:00+11:00" in message
