"""Backup and restore with the server stopped."""

from __future__ import annotations

import json
import shutil
import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest

from db.sqlite import connect, copy_database
from tests.operate.conftest import Operator
from tests.small_disk import small_disk


def events(path: Path) -> list[tuple[int, str]]:
    """Return the event log of a database that no server uses."""
    with closing(sqlite3.connect(path)) as raw:
        rows: list[tuple[int, str]] = raw.execute("SELECT seq, id FROM events").fetchall()
    return rows


def change_a_name(path: Path) -> None:
    """Change something, so that the database differs from its backup."""
    with closing(sqlite3.connect(path)) as raw:
        raw.execute("UPDATE shows SET name = 'changed'")
        raw.commit()


def names(path: Path) -> set[str]:
    with closing(sqlite3.connect(path)) as raw:
        return {row[0] for row in raw.execute("SELECT name FROM shows")}


def test_a_backup_is_complete_and_readable_only_by_its_owner(
    operator: Operator, shop: Path, tmp_path: Path
) -> None:
    target = tmp_path / "monday.db"
    result = operator("backup", str(target), "--database", f"sqlite:///{shop}")
    assert result.status == 0
    assert json.loads(result.out) == {"file": str(target), "bytes": target.stat().st_size}
    assert events(target) == events(shop)
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert operator("check", "--database", f"sqlite:///{target}").status == 0


def test_a_backup_never_replaces_a_file(operator: Operator, shop: Path, tmp_path: Path) -> None:
    target = tmp_path / "monday.db"
    target.write_text("sunday's")
    result = operator("backup", str(target), "--database", f"sqlite:///{shop}")
    assert (result.status, result.err) == (1, f"error: {target} already exists\n")
    assert target.read_text() == "sunday's"


def test_a_backup_of_a_missing_database_is_refused(operator: Operator, tmp_path: Path) -> None:
    nowhere = tmp_path / "nowhere.db"
    result = operator("backup", str(tmp_path / "b.db"), "--database", f"sqlite:///{nowhere}")
    assert (result.status, result.err) == (1, f"error: there is no database at {nowhere}\n")
    assert list(tmp_path.iterdir()) == []


def test_a_restore_brings_the_backup_back_and_keeps_the_old_file(
    operator: Operator, shop: Path, tmp_path: Path
) -> None:
    target, before = tmp_path / "monday.db", names(shop)
    operator("backup", str(target), "--database", f"sqlite:///{shop}")
    change_a_name(shop)
    result = operator("restore", str(target), "--database", f"sqlite:///{shop}")
    assert result.status == 0
    assert names(shop) == before
    assert names(tmp_path / "shop.db.before-restore") == {"changed"}
    assert operator("check", "--database", f"sqlite:///{shop}").status == 0


def test_a_restore_keeps_what_was_only_in_the_old_write_ahead_log(
    operator: Operator, shop: Path, tmp_path: Path
) -> None:
    """After a kill the last commits are in the write-ahead log, and not yet in the file."""
    target, killed = tmp_path / "monday.db", tmp_path / "killed"
    operator("backup", str(target), "--database", f"sqlite:///{shop}")
    with closing(connect(shop)) as raw:
        raw.execute("UPDATE shows SET name = 'only in the log'")
        killed.mkdir()
        for suffix in ("", "-wal"):
            shutil.copyfile(f"{shop}{suffix}", killed / f"shop.db{suffix}")
    result = operator("restore", str(target), "--database", f"sqlite:///{killed}/shop.db")
    assert result.status == 0
    assert names(killed / "shop.db.before-restore") == {"only in the log"}
    assert "only in the log" not in names(killed / "shop.db")


@pytest.mark.parametrize("content", [b"", b"hello", b"SQLite format 3\x00" + b"\xff" * 5000])
def test_a_file_that_is_not_a_backup_is_refused_and_nothing_changes(
    operator: Operator, shop: Path, tmp_path: Path, content: bytes
) -> None:
    source, before = tmp_path / "broken.db", events(shop)
    source.write_bytes(content)
    result = operator("restore", str(source), "--database", f"sqlite:///{shop}")
    assert result.status == 1
    assert result.err.startswith("error: ")
    assert events(shop) == before
    assert not (tmp_path / "shop.db.before-restore").exists()


def test_a_damaged_backup_is_refused(operator: Operator, shop: Path, tmp_path: Path) -> None:
    source = tmp_path / "damaged.db"
    operator("backup", str(source), "--database", f"sqlite:///{shop}")
    raw = bytearray(source.read_bytes())
    raw[8192:12288] = bytes(4096)
    source.write_bytes(raw)
    result = operator("restore", str(source), "--database", f"sqlite:///{shop}")
    assert result.status == 1
    assert "damaged" in result.err or "malformed" in result.err
    assert not (tmp_path / "shop.db.before-restore").exists()


def test_a_missing_backup_is_refused(operator: Operator, shop: Path, tmp_path: Path) -> None:
    result = operator("restore", str(tmp_path / "none.db"), "--database", f"sqlite:///{shop}")
    assert (result.status, result.err.startswith("error: ")) == (1, True)
    assert shop.exists()


def test_a_backup_to_a_full_disk_names_the_copy_and_leaves_nothing(
    shop: Path, tmp_path: Path
) -> None:
    target = tmp_path / "copies" / "monday.db"
    target.parent.mkdir()
    with small_disk(100_000), pytest.raises(OSError, match=f"{target} cannot be written: ") as full:
        copy_database(shop, target)
    assert "check the space" in str(full.value)
    assert list(target.parent.iterdir()) == []
