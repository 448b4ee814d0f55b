"""Manual pages from the command tree."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.cli.processes import piped
from tests.cli.runner import CommandRunner
from tests.small_disk import small_disk
from ticketing_cli import man

EVERY = [(), *man.names()]


@pytest.mark.parametrize("words", EVERY, ids=" ".join)
def test_a_page_has_the_sections_of_a_manual(words: tuple[str, ...]) -> None:
    text = man.page(words)
    sections = re.findall(r"^\.SH (.+)$", text, re.MULTILINE)
    assert sections[:3] == ["NAME", "SYNOPSIS", "DESCRIPTION"]
    assert sections[-1] == "SEE ALSO"
    assert {"OPTIONS", "EXAMPLES"} <= set(sections)


@pytest.mark.parametrize("words", EVERY, ids=" ".join)
def test_no_line_of_a_text_is_read_as_a_macro(words: tuple[str, ...]) -> None:
    macros = {line.split()[0] for line in man.page(words).splitlines() if line[:1] in {".", "'"}}
    assert macros <= {".TH", ".SH", ".nf", ".fi"}


def test_a_page_in_a_pipe_is_what_man_reads(tmp_path: Path) -> None:
    ended = piped(tmp_path, "man", "admin", "refund")
    assert (ended.status, ended.err) == (0, b"")
    assert ended.out.decode() == man.page(("admin", "refund"))


def test_every_page_is_written_to_a_folder(tmp_path: Path) -> None:
    ended = piped(tmp_path, "man", "--dir", str(tmp_path / "share" / "man1"))
    assert (ended.status, ended.out) == (0, b"")
    assert {path.name for path in (tmp_path / "share" / "man1").iterdir()} == {
        "-".join(("ticketing", *words)) + ".1" for words in EVERY
    }


def test_a_page_of_no_command_is_refused(tmp_path: Path) -> None:
    ended = piped(tmp_path, "man", "by")
    assert (ended.status, ended.out) == (2, b"")
    assert b"Did you mean buy?" in ended.err


def test_a_page_that_does_not_fit_on_the_disk_is_named_and_not_left_cut_off(
    cli: CommandRunner, tmp_path: Path
) -> None:
    with small_disk(400):
        ran = cli.run("man", "--dir", str(tmp_path / "man1"))
    assert ran.status == 2
    assert ran.err.startswith("error: cannot write ")
    assert "ticketing.1" in ran.err
    assert list((tmp_path / "man1").iterdir()) == []


def test_a_folder_that_cannot_be_made_is_named(cli: CommandRunner, tmp_path: Path) -> None:
    (tmp_path / "man1").write_text("a file")
    ran = cli.run("man", "--dir", str(tmp_path / "man1" / "below"))
    assert ran.status == 2
    assert "man1/below" in ran.err
