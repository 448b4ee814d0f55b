"""The URL of a database: one meaning for the server, the migrations and every command."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from db.engine import open_database, sqlite_path
from db.migrations.runner import upgrade


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("shop.db", "shop.db"),
        ("my%20shop.db", "my shop.db"),
        ("my shop.db", "my shop.db"),
        ("what%3F.db", "what?.db"),
        ("100%25.db", "100%.db"),
        ("a#b&c=d.db", "a#b&c=d.db"),
        ("%C3%A9t%c3%a9.db", "été.db"),
        ("%FF.db", os.fsdecode(b"\xff.db")),
    ],
)
def test_the_server_and_the_migrations_open_the_same_file(
    tmp_path: Path, written: str, name: str
) -> None:
    url = f"sqlite:///{tmp_path}/{written}"
    upgrade(url)
    open_database(url, on_fatal_error=lambda _: None).close()
    made = {path.name.removesuffix("-wal").removesuffix("-shm") for path in tmp_path.iterdir()}
    assert made == {name}
    assert sqlite_path(url) == tmp_path / name


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("sqlite://", "names no file"),
        ("sqlite:///", "names no file"),
        ("sqlite://shop.db", "names no file"),
        ("sqlite:shop.db", "must begin with"),
        ("sqlite:///:memory:", "must name a file, not ':memory:'"),
        ("sqlite:///%3Amemory%3a", "must name a file, not ':memory:'"),
        ("sqlite:///shop.db?mode=ro", "takes no options"),
        ("sqlite:///file:shop.db?mode=memory&uri=true", "takes no options"),
        ("sqlite:///100%.db", "write % as %25"),
        ("sqlite:///100%zz.db", "write % as %25"),
        ("sqlite:///a%00b.db", "must name a file"),
    ],
)
def test_a_url_that_could_mean_two_files_is_refused(url: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        sqlite_path(url)


def test_a_relative_file_is_resolved_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    monkeypatch.chdir(tmp_path)
    assert sqlite_path("sqlite:///link/shop.db") == tmp_path / "real" / "shop.db"


def test_a_url_of_postgresql_has_no_file() -> None:
    assert sqlite_path("postgresql://host/shop?sslmode=disable") is None
