"""The migration of digits in names: the first keeps the key, and operators get an alert."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from db.migrations.runner import upgrade_to
from tests.conftest import KINDS
from tests.db.old_databases import account, old_database, show
from tests.db.test_gate_migration import run

TWO = "\u0662"
SHOWS = "SELECT id, identity, name_words, words FROM shows ORDER BY id"
ORGANISERS = "SELECT id, name_key FROM organisers ORDER BY id"
ALERTS = "SELECT kind, subject FROM attention"
ORGANISER = """INSERT INTO organisers (id, name, name_key, status, owner_id, version, created_at)
    VALUES ('org_{id}', 'Opera {name}', 'opera {name}', '{status}', 'usr_1', 1, 7)"""


def key(name: str, suffix: str = "") -> str:
    return "\x1f".join(filter(None, (name, "hall", "lyon", suffix)))


@pytest.fixture(params=KINDS)
def migrated(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Give a migrated database with names in digits of two scripts."""
    shows = {
        "alone": ("Ring 1\u0663", 1), "plain": ("Ring 2", 2), "same": (f"Ring {TWO}", 2),
        "later": (f"Ring {TWO}", 3), "merged": (f"Ring {TWO}", 4), "target": ("Ring 2", 4),
    }  # fmt: skip
    with old_database(request, tmp_path, at="0041_overrides") as url:
        run(url, account("usr_1"))
        for name, (title, start) in shows.items():
            identity = key(title.lower())
            run(url, show(f"shw_{name}", name=title, starts_at=start, identity=identity))
        run(url, "UPDATE shows SET merged_into = 'shw_target' WHERE id = 'shw_merged'")
        for name, digit, status in (
            ("1", "2", "approved"), ("2", TWO, "approved"), ("3", TWO, "pending"),
        ):  # fmt: skip
            run(url, ORGANISER.format(id=name, name=digit, status=status))
        upgrade_to(url, "head")
        yield url


def test_the_first_of_two_keeps_the_key_and_operators_get_an_alert_about_the_other(
    migrated: str,
) -> None:
    shows = {name: tuple(words) for name, *words in run(migrated, SHOWS)}
    assert shows == {
        "shw_alone": (key("ring 13"), "ring 13", "ring 13 hall lyon fr"),
        "shw_later": (key("ring 2"), "ring 2", "ring 2 hall lyon fr"),
        "shw_merged": (key("ring 2", "shw_merged"), "ring 2", "ring 2 hall lyon fr"),
        "shw_plain": (key("ring 2"), "n", "w"),
        "shw_same": (key("ring 2", "shw_same"), "ring 2", "ring 2 hall lyon fr"),
        "shw_target": (key("ring 2"), "n", "w"),
    }
    assert run(migrated, ALERTS) == [("similar_shows", "shw_same")]
    assert run(migrated, ORGANISERS) == [
        ("org_1", "opera 2"), ("org_2", "opera 2\x1forg_2"), ("org_3", "opera 2"),
    ]  # fmt: skip
