"""Damaged files: a server does not start on one, and reports what to do."""

from __future__ import annotations

import os
import random
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.operate.conftest import Operator

PAGE = 4096


def overwrite(path: Path, page: int, content: bytes) -> None:
    with path.open("r+b") as file:
        file.seek(page * PAGE)
        file.write(content)


def root_page(path: Path, table: str) -> int:
    """Return the page, counted from 0, on which a table begins."""
    with closing(sqlite3.connect(path)) as raw:
        row = raw.execute("SELECT rootpage FROM sqlite_schema WHERE name = ?", [table]).fetchone()
    found: int = row[0] - 1
    return found


def refuses(operator: Operator, path: Path) -> str:
    result = operator("run", "--port", "0", "--database", f"sqlite:///{path}")
    assert result.status == 1
    assert result.out == ""
    assert result.err.startswith("error: ")
    assert "Traceback" not in result.err
    return result.err


@pytest.mark.parametrize(
    "content",
    [b"hello, I am a text" * 500, random.Random(1).randbytes(20_000)],
    ids=["text", "noise"],
)
def test_a_file_that_is_not_a_database_is_refused_and_left_alone(
    operator: Operator, tmp_path: Path, content: bytes
) -> None:
    path = tmp_path / "shop.db"
    path.write_bytes(content)
    assert "not a database" in refuses(operator, path)
    assert path.read_bytes() == content


@pytest.mark.parametrize("table", ["orders", "tickets", "events", "accounts", "alembic_version"])
@pytest.mark.parametrize("content", [bytes(PAGE), b"\xff" * PAGE], ids=["zeros", "ones"])
def test_a_damaged_table_is_refused(
    operator: Operator, shop: Path, table: str, content: bytes
) -> None:
    overwrite(shop, root_page(shop, table), content)
    said = refuses(operator, shop)
    assert "damaged" in said or "malformed" in said
    assert "restore a backup" in said


def test_a_file_cut_in_half_is_refused(operator: Operator, shop: Path) -> None:
    os.truncate(shop, shop.stat().st_size // PAGE // 2 * PAGE)
    refuses(operator, shop)


def test_check_reports_a_damaged_database(operator: Operator, shop: Path) -> None:
    overwrite(shop, root_page(shop, "orders"), b"\xff" * PAGE)
    result = operator("check", "--database", f"sqlite:///{shop}")
    assert (result.status, result.err.startswith("error: ")) == (1, True)


@pytest.mark.parametrize("size", [1, 100, 5000, 3 * PAGE, -PAGE])
def test_check_reports_a_file_that_is_cut_short(operator: Operator, shop: Path, size: int) -> None:
    os.truncate(shop, size if size > 0 else shop.stat().st_size + size)
    result = operator("check", "--database", f"sqlite:///{shop}")
    assert (result.status, result.out) == (1, "")
    assert result.err.startswith("error: ")
    assert result.err.count("\n") == 1


@pytest.mark.parametrize("place", range(0, 100, 7))
def test_check_survives_noise_anywhere_in_the_file(
    operator: Operator, shop: Path, place: int
) -> None:
    """It names rows, or says in one line that the file is damaged."""
    page = shop.stat().st_size // PAGE * place // 100
    overwrite(shop, page, random.Random(place).randbytes(PAGE))
    result = operator("check", "--database", f"sqlite:///{shop}")
    assert result.status == 1
    assert result.err.startswith("error: ") or result.err.endswith("problems found\n")
    assert "Traceback" not in result.err + result.out


def test_a_damaged_database_cannot_be_backed_up(
    operator: Operator, shop: Path, tmp_path: Path
) -> None:
    overwrite(shop, root_page(shop, "orders"), b"\xff" * PAGE)
    result = operator("backup", str(tmp_path / "b.db"), "--database", f"sqlite:///{shop}")
    assert result.status == 1
    assert not (tmp_path / "b.db").exists()
    assert not (tmp_path / "b.db.part").exists()
