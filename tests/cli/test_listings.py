"""CSV listings: what is accepted, and which line and field an error names."""

from __future__ import annotations

import pytest

from client.csv_listings import BadFile, ListingRow, RowError, read

COLUMNS = "show,category,venue,city,country,starts_at,section,row,seat,price,currency"
GOOD = "L'Arlésienne,concert,Auditorium,Lyon,FR,2031-04-07T20:00:00+02:00,A,B,1,45.00,EUR"


def csv(*rows: str, columns: str = COLUMNS) -> bytes:
    return "".join(f"{line}\n" for line in (columns, *rows)).encode()


def refusal(row: str) -> RowError:
    (found,) = read(csv(row))
    assert isinstance(found, RowError)
    return found


@pytest.mark.parametrize(
    "raw",
    [
        csv(GOOD),
        b"\xef\xbb\xbf" + csv(GOOD),
        csv(GOOD).replace(b"\n", b"\r\n"),
        csv(GOOD).replace(b",", b";"),
        csv(GOOD).replace(b",", b"\t"),
        csv(GOOD).rstrip(b"\n"),
        b"\n" + csv(GOOD),
        b"\xef\xbb\xbf" + csv(GOOD).replace(b",", b";").replace(b"\n", b"\r\n"),
    ],
    ids=["plain", "bom", "crlf", "semicolons", "tabs", "no last newline", "blank first", "all"],
)
def test_every_common_csv_dialect_reads_the_same(raw: bytes) -> None:
    (found,) = read(raw)
    assert isinstance(found, ListingRow)
    assert found.ticket.show.name == "L'Arlésienne"
    assert found.ticket.price.amount == 4500


def test_a_quoted_cell_may_contain_the_delimiter_and_quotes() -> None:
    (found,) = read(csv(GOOD.replace("Auditorium", '"Hall ""A"", east"')))
    assert isinstance(found, ListingRow)
    assert found.ticket.show.venue == 'Hall "A", east'


def test_a_line_separator_in_a_cell_does_not_end_the_row_and_is_refused_as_hidden() -> None:
    found = refusal(GOOD.replace("Auditorium", "Audi\u2028torium"))
    assert [(e.field, e.message) for e in found.errors] == [
        ("venue", "has a hidden character (U+2028)")
    ]


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"", "empty"),
        (b"\n\n", "empty"),
        (csv(GOOD, columns=COLUMNS.replace(",price", "")), "missing column: price"),
        (csv(GOOD, columns="price"), "missing columns: show, category"),
        (csv(GOOD, columns=f"{COLUMNS},prize"), "unknown column 'prize'; did you mean 'price'?"),
        (csv(GOOD, columns=f"{COLUMNS},price"), "column 'price' appears twice"),
        (csv(GOOD) + b"caf\xe9", "line 3 is not UTF-8"),
    ],
)
def test_an_invalid_file_is_refused_as_a_whole_with_the_reason(raw: bytes, words: str) -> None:
    with pytest.raises(BadFile, match=words.replace("?", r"\?")):
        read(raw)


def test_an_invalid_row_in_the_middle_is_reported_by_line_and_the_others_are_valid() -> None:
    found = read(csv(GOOD, GOOD.replace("45.00", "-5"), "", GOOD.replace("1,45", "2,45")))
    assert [type(row) for row in found] == [ListingRow, RowError, ListingRow]
    assert [row.line for row in found] == [2, 3, 5]
    bad = found[1]
    assert isinstance(bad, RowError)
    assert [error.field for error in bad.errors] == ["price"]


def test_a_line_number_counts_the_line_breaks_inside_quotes() -> None:
    found = read(csv(GOOD.replace("Auditorium", '"two\nlines"'), GOOD))
    assert [row.line for row in found] == [2, 4]


@pytest.mark.parametrize(
    ("row", "field"),
    [
        (GOOD.replace("45.00", "0"), "price"),
        (GOOD.replace("45.00", "1e3"), "price"),
        (GOOD.replace("45.00", "NaN"), "price"),
        (GOOD.replace("45.00", "12.345"), "price"),
        (GOOD.replace("45.00", "9223372036854775808"), "price"),
        (GOOD.replace("45.00,EUR", "10.50,JPY"), "price"),
        (GOOD.replace("45.00", "0.49"), "price"),
        (GOOD.replace("45.00", "1000000"), "price"),
        (GOOD.replace("45.00,EUR", "1.001,KWD"), "price"),
        (GOOD.replace("EUR", "KPW"), "currency"),
        (GOOD.replace("EUR", "XXX"), "currency"),
        (GOOD.replace("+02:00", "").replace(",FR,", ",US,"), "starts_at"),
        (GOOD.replace("concert", "gig"), "category"),
        (GOOD.replace(",FR,", ",France,"), "country"),
        (GOOD.replace("L'Arlésienne", ""), "show"),
        (GOOD.replace("L'Arlésienne", "x" * 5000), "show"),
        (GOOD.replace("Auditorium", "a\x1b[31mb"), "venue"),
        (GOOD.replace("Auditorium", "a\x00b"), "venue"),
        (f"{GOOD},extra", "row"),
        (GOOD.replace("Auditorium", '"Auditorium'), "row"),
    ],
)
def test_an_invalid_cell_names_its_column(row: str, field: str) -> None:
    assert [error.field for error in refusal(row).errors] == [field]


def test_the_same_external_id_twice_in_one_file_is_refused_the_second_time() -> None:
    columns = f"external_id,{COLUMNS}"
    first, second = read(csv(f"a-1,{GOOD}", f"a-1,{GOOD}", columns=columns))
    assert isinstance(first, ListingRow)
    assert isinstance(second, RowError)
    assert second.errors[0].message == "appears twice in this file, first on line 2"
