"""Bulk: list a file with `sell --file` at a running marketplace."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.person import Person

HEADER = "external_id,show,category,venue,city,country,starts_at,section,row,seat,price,currency"


def row(n: int, *, price: str = "45.00", starts_at: str = "2031-04-07T20:00:00+02:00") -> str:
    return f"w-{n},L'Arlésienne,concert,Auditorium,Lyon,FR,{starts_at},C,A,{n},{price},EUR"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "listings.csv"


def write(file: Path, *rows: str, header: str = HEADER) -> None:
    file.write_text("".join(f"{line}\n" for line in (header, *rows)), encoding="utf-8")


def test_a_file_is_listed_and_listing_it_again_changes_nothing(sofia: Person, file: Path) -> None:
    write(file, *(row(n) for n in range(1, 6)))
    first = sofia.run("sell", "--file", str(file))
    again = sofia.run("sell", "--file", str(file))
    assert (first.status, first.out) == (0, "created 5, updated 0, unchanged 0, refused 0\n")
    assert (again.status, again.out) == (0, "created 0, updated 0, unchanged 5, refused 0\n")


def test_a_file_sent_again_relists_what_was_withdrawn(sofia: Person, file: Path) -> None:
    write(file, row(1), row(2))
    sofia.run("sell", "--file", str(file))
    listed = sofia.run("list", "--mine", "--json", "id,external_id").json
    (withdrawn,) = (ticket["id"] for ticket in listed if ticket["external_id"] == "w-1")
    sofia.run("withdraw", withdrawn)
    dry = sofia.run("sell", "--file", str(file), "--dry-run")
    assert dry.out == "would be created 0, relisted 1, updated 0, unchanged 1, refused 0\n"
    ran = sofia.run("sell", "--file", str(file))
    assert ran.out == "created 0, relisted 1, updated 0, unchanged 1, refused 0\n"
    statuses = sofia.run("list", "--mine", "--json", "external_id,status").json
    assert {"external_id": "w-1", "status": "available"} in statuses


def test_a_show_like_another_one_is_pointed_out_once_by_line(sofia: Person, file: Path) -> None:
    write(file, row(1))
    sofia.run("sell", "--file", str(file))
    write(file, *(row(n).replace("L'Arlésienne", "L'Arlésienne (live)") for n in (2, 3)))
    ran = sofia.run("sell", "--file", str(file))
    assert ran.out == "created 2, updated 0, unchanged 0, refused 0\n"
    assert ran.err.count("There is also L'Arlésienne at Auditorium, Lyon") == 1
    assert "line 2: " in ran.err


def test_a_changed_row_updates_its_ticket(sofia: Person, file: Path) -> None:
    write(file, row(1), row(2))
    sofia.run("sell", "--file", str(file))
    write(file, row(1), row(2, price="50.00"))
    ran = sofia.run("sell", "--file", str(file), "--json", "updated,unchanged")
    assert ran.json == {"updated": 1, "unchanged": 1}


def test_invalid_rows_are_reported_by_line_and_field_and_the_others_are_listed(
    sofia: Person, file: Path
) -> None:
    past = row(4, starts_at="2021-04-07T20:00:00+02:00")
    write(file, row(1), row(2, price="1e3"), row(3), past, row(5))
    ran = sofia.run("sell", "--file", str(file))
    assert ran.status == 1
    assert ran.out == "created 3, updated 0, unchanged 0, refused 2\n"
    fee, first, second = ran.err.splitlines()
    assert fee == "Fee: 5 % of each price; you receive the rest (TEST money)"
    assert first == "line 3 (w-2): price must be a plain decimal number, e.g. 45.00"
    assert second.startswith("line 5 (w-4): ")
    assert "started at" in second


def test_the_report_in_json_has_every_refused_row(sofia: Person, file: Path) -> None:
    write(file, row(1), row(2, price="0"))
    ran = sofia.run("sell", "--file", str(file), "--json", "created,refused")
    assert ran.status == 1
    assert ran.json["created"] == 1
    (refused,) = ran.json["refused"]
    assert (refused["line"], refused["external_id"]) == (3, "w-2")
    assert [error["field"] for error in refused["errors"]] == ["price"]


@pytest.mark.parametrize(
    ("header", "words"),
    [
        (HEADER.replace(",price", ""), "missing column: price"),
        (HEADER.replace("price", "prize"), "unknown column 'prize'; did you mean 'price'?"),
        (HEADER.replace("row", "seat"), "column 'seat' appears twice"),
    ],
)
def test_a_file_with_wrong_columns_is_refused_whole(
    sofia: Person, file: Path, header: str, words: str
) -> None:
    write(file, row(1), header=header)
    ran = sofia.run("sell", "--file", str(file))
    assert ran.status == 2
    assert f"error: {file}: {words}" in ran.err
    assert sofia.run("list", "--mine").out == ""


@pytest.mark.parametrize(
    "change",
    [
        lambda raw: b"\xef\xbb\xbf" + raw,
        lambda raw: raw.replace(b"\n", b"\r\n"),
        lambda raw: raw.replace(b",", b";"),
    ],
    ids=["bom", "crlf", "semicolons"],
)
def test_a_dash_reads_stdin_in_every_usual_shape(sofia: Person, change: object) -> None:
    assert callable(change)
    raw: bytes = change(f"{HEADER}\n{row(1)}\n".encode())
    ran = sofia.run("sell", "--file", "-", stdin=raw.decode())
    assert ran.out == "created 1, updated 0, unchanged 0, refused 0\n"


def test_a_dry_run_finds_what_the_server_would_refuse_and_changes_nothing(
    sofia: Person, file: Path
) -> None:
    write(file, row(1), row(2, starts_at="2021-04-07T20:00:00+02:00"))
    ran = sofia.run("sell", "--file", str(file), "--dry-run")
    assert ran.status == 1
    assert ran.out == "would be created 1, updated 0, unchanged 0, refused 1\n"
    assert sofia.run("list", "--mine").out == ""


def test_progress_is_drawn_on_a_terminal_only(sofia: Person, file: Path) -> None:
    write(file, row(1))
    assert "listing ####" in sofia.run("sell", "--file", str(file), tty=True).err
    assert "listing" not in sofia.run("sell", "--file", str(file)).err


def test_an_unreadable_file_is_named(sofia: Person, tmp_path: Path) -> None:
    for name in (tmp_path / "absent.csv", tmp_path):
        ran = sofia.run("sell", "--file", str(name))
        assert ran.status == 2
        assert f"cannot read {name}" in ran.err


def test_a_file_and_an_option_together_are_refused(sofia: Person, file: Path) -> None:
    write(file, row(1))
    ran = sofia.run("sell", "--file", str(file), "--city", "Lyon")
    assert ran.status == 2
    assert "--city" in ran.err


def test_escape_sequences_in_a_refused_row_reach_no_terminal(sofia: Person, file: Path) -> None:
    write(file, row(1).replace("w-1", "\x1b]0;owned\x07"))
    ran = sofia.run("sell", "--file", str(file))
    assert ran.status == 1
    assert "\x1b" not in ran.err
    assert "line 2" in ran.err
