"""Receipts as PDF: one page, the same bytes for the same receipt, a warning for missing fonts."""

from __future__ import annotations

import builtins
import csv
import sys
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("reportlab")

from contract.refunds import RefundStatus
from tests.cli.person import Person
from tests.cli.test_receipts import RECEIPT, named, refunded
from tests.hostile import CORPUS
from ticketing_cli.receipts import fonts, pdf

LISTINGS = Path(__file__).parents[2] / "ticketing_cli" / "demo" / "listings.csv"


def pages(content: bytes) -> int:
    return content.count(b"/Type /Page\n") + content.count(b"/Type /Page ")


def test_a_receipt_is_one_page_and_the_same_each_time() -> None:
    first, again = pdf.draw(RECEIPT), pdf.draw(RECEIPT)
    assert first == again
    assert first[0].startswith(b"%PDF-")
    assert pages(first[0]) == 1
    assert first[1] == []


def test_many_refunds_stay_on_the_page() -> None:
    content, _ = pdf.draw(refunded(*[(10, RefundStatus.DONE)] * 60))
    assert pages(content) == 1


@pytest.mark.parametrize("name", [*CORPUS, "wide", "long"])
def test_no_name_breaks_the_page(name: str) -> None:
    content, _ = pdf.draw(named((CORPUS | {"wide": "東京室内楽団" * 40, "long": "W" * 4000})[name]))
    assert pages(content) == 1


def test_every_name_of_the_demo_can_be_drawn() -> None:
    with LISTINGS.open(encoding="utf-8", newline="") as file:
        letters = "".join(value for row in csv.DictReader(file) for value in row.values())
    assert not [warning for warning in fonts.warnings(letters) if warning.startswith("no font")]


@pytest.mark.parametrize("letter", [*"éÅøßŒłčŞ€", "\u2019", "\u2013"])
def test_the_characters_of_most_of_europe_are_embedded(letter: str) -> None:
    assert fonts.font_of(letter, fonts.PLAIN) == fonts.PLAIN
    assert fonts.font_of(letter, fonts.BOLD) == fonts.BOLD


@pytest.mark.parametrize("text", ["مرحبا", "שלום", "\U0001f3ab"])
def test_characters_without_a_font_are_named_and_become_question_marks(text: str) -> None:
    _, remarks = pdf.draw(named(text))
    assert remarks[0].startswith("no font on this machine has ")
    assert f"(U+{ord(min(text)):04X})" in remarks[0]
    assert {letters for letters, _ in fonts.runs(text, fonts.PLAIN)} == {"?" * len(text)}


def test_characters_left_to_the_viewer_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fonts, "font_of", lambda *_: "HeiseiKakuGo-W5")
    assert fonts.warnings("京") == ["the PDF viewer must have a font for 京"]


def test_a_pdf_is_written_and_never_overwrites_a_file(
    sofia: Person, ana: Person, tmp_path: Path
) -> None:
    order = ana.buy_ticket(sofia.list_ticket())
    file = tmp_path / "receipt.pdf"
    ran = ana.run("orders", "receipt", order, "--pdf", str(file))
    assert (ran.status, ran.out, ran.err) == (0, "", f"wrote {file}\n")
    written = file.read_bytes()
    assert written.startswith(b"%PDF-")
    assert ana.run("orders", "receipt", order, "--pdf", str(file)).status == 2
    assert file.read_bytes() == written


def test_two_files_are_written_together_or_not_at_all(
    sofia: Person, ana: Person, tmp_path: Path
) -> None:
    order = ana.buy_ticket(sofia.list_ticket())
    receipt, show = tmp_path / "receipt.pdf", tmp_path / "show.ics"
    show.write_text("mine")
    ran = ana.run("orders", "receipt", order, "--pdf", str(receipt), "--ics", str(show))
    assert ran.status == 2
    assert not receipt.exists()
    same = ana.run("orders", "receipt", order, "--pdf", str(receipt), "--ics", str(receipt))
    assert same.status == 2
    assert not receipt.exists()


def test_without_the_extra_the_error_names_it_and_nothing_is_written(
    ana: Person, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    imports = builtins.__import__

    def absent(name: str, *more: Any, **named: Any) -> Any:
        if name.partition(".")[0] == "reportlab":
            raise ModuleNotFoundError(name)
        return imports(name, *more, **named)

    for name in [n for n in sys.modules if n.startswith(("reportlab", "ticketing_cli.receipts."))]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.delattr("ticketing_cli.receipts.pdf", raising=False)
    monkeypatch.setattr(builtins, "__import__", absent)
    file = tmp_path / "receipt.pdf"
    ran = ana.run("orders", "receipt", "ord_1aaaa", "--pdf", str(file))
    assert ran.status == 2
    assert "pip install 'ticketing[pdf]'" in ran.err
    assert not file.exists()
