"""Backup and restore, with the server stopped: what comes back is what was there."""

from __future__ import annotations

import json
import shutil
import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest

from db.sqlite import connect
from tests.operate.conftest import Operator


def events(path: Path) -> list[tuple[int, str]]:
    """Return the log of a database that nobody uses."""
    with closing(sqlite3.connect(path)) as raw:
        rows: list[tuple[int, str]] = raw.execute("SELECT seq, id FROM events").fetchall()
    return rows


def forget_a_name(path: Path) -> None:
    """Change something, so that before and after can be told apart."""
    with closing(sqlite3.connect(path)) as raw:
        raw.execute("UPDATE shows SET name = 'changed'")
        raw.commit()


def names(path: Path) -> set[str]:
    with closing(sqlite3.connect(path)) as raw:
        return {row[0] for row in raw.execute("SELECT name FROM shows")}


def test_a_backup_is_whole_sound_and_closed_to_others(
    operator: Operator, shop: Path, tmp_path: Path
) -> None:
    target = tmp_path / "monday.db"
    ended = operator("backup", str(target), "--database", f"sqlite:///{shop}")
    assert ended.status == 0
    assert json.loads(ended.out) == {"file": str(target), "bytes": target.stat().st_size}
    assert events(target) == events(shop)
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert operator("check", "--database", f"sqlite:///{target}").status == 0


def test_a_backup_never_replaces_a_file(operator: Operator, shop: Path, tmp_path: Path) -> None:
    target = tmp_path / "monday.db"
    target.write_text("sunday's")
    ended = operator("backup", str(target), "--database", f"sqlite:///{shop}")
    assert (ended.status, ended.err) == (1, f"error: {target} exists already\n")
    assert target.read_text() == "sunday's"


def test_backing_up_what_does_not_exist_says_so(operator: Operator, tmp_path: Path) -> None:
    nowhere = tmp_path / "nowhere.db"
    ended = operator("backup", str(tmp_path / "b.db"), "--database", f"sqlite:///{nowhere}")
    assert (ended.status, ended.err) == (1, f"error: there is no database at {nowhere}\n")
    assert list(tmp_path.iterdir()) == []


def test_a_restored_backup_is_as_it_was_and_the_old_file_is_kept(
    operator: Operator, shop: Path, tmp_path: Path
) -> None:
    target, before = tmp_path / "monday.db", names(shop)
    operator("backup", str(target), "--database", f"sqlite:///{shop}")
    forget_a_name(shop)
    ended = operator("restore", str(target), "--database", f"sqlite:///{shop}")
    assert ended.status == 0
    assert names(shop) == before
    assert names(tmp_path / "shop.db.before-restore") == {"changed"}
    assert operator("check", "--database", f"sqlite:///{shop}").status == 0


def test_what_only_the_old_files_log_held_is_kept_too(
    operator: Operator, shop: Path, tmp_path: Path
) -> None:
    """After a kill, the last commits stand in the write-ahead log and not yet in the file."""
    target, killed = tmp_path / "monday.db", tmp_path / "killed"
    operator("backup", str(target), "--database", f"sqlite:///{shop}")
    with closing(connect(shop)) as raw:
        raw.execute("UPDATE shows SET name = 'only in the log'")
        killed.mkdir()
        for suffix in ("", "-wal"):
            shutil.copyfile(f"{shop}{suffix}", killed / f"shop.db{suffix}")
    ended = operator("restore", str(target), "--database", f"sqlite:///{killed}/shop.db")
    assert ended.status == 0
    assert names(killed / "shop.db.before-restore") == {"only in the log"}
    assert "only in the log" not in names(killed / "shop.db")


@pytest.mark.parametrize("content", [b"", b"hello", b"SQLite format 3\x00" + b"\xff" * 5000])
def test_a_backup_that_is_none_is_refused_and_nothing_is_changed(
    operator: Operator, shop: Path, tmp_path: Path, content: bytes
) -> None:
    source, before = tmp_path / "broken.db", events(shop)
    source.write_bytes(content)
    ended = operator("restore", str(source), "--database", f"sqlite:///{shop}")
    assert ended.status == 1
    assert ended.err.startswith("error: ")
    assert events(shop) == before
    assert not (tmp_path / "shop.db.before-restore").exists()


def test_a_damaged_backup_is_refused(operator: Operator, shop: Path, tmp_path: Path) -> None:
    source = tmp_path / "damaged.db"
    operator("backup", str(source), "--database", f"sqlite:///{shop}")
    raw = bytearray(source.read_bytes())
    raw[8192:12288] = bytes(4096)
    source.write_bytes(raw)
    ended = operator("restore", str(source), "--database", f"sqlite:///{shop}")
    assert ended.status == 1
    assert "damaged" in ended.err or "malformed" in ended.err
    assert not (tmp_path / "shop.db.before-restore").exists()


def test_a_missing_backup_is_refused(operator: Operator, shop: Path, tmp_path: Path) -> None:
    ended = operator("restore", str(tmp_path / "none.db"), "--database", f"sqlite:///{shop}")
    assert (ended.status, ended.err.startswith("error: ")) == (1, True)
    assert shop.exists()
