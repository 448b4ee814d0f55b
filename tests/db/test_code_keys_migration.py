"""The migration that adds the keys of entry codes: existing tickets get theirs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from db.migrations.runner import upgrade_to
from tests import databases
from tests.conftest import KINDS
from tests.db.test_gate_migration import ACCOUNT, run

BEFORE = "0016_external_ids"
SHOW = """INSERT INTO shows (id, name, category, venue, city, country, starts_at, offset_minutes,
identity, name_words, city_words, words, version, created_at) VALUES ('shw_1', 'Show', 'concert',
'Hall', 'Lyon', 'FR', 1, 0, 'show', 'show', 'lyon', 'show', 1, 1)"""
TICKET = """INSERT INTO tickets (id, show_id, starts_at, seller_id, section, "row", seat,
price_amount, price_currency, status, shelf, code, version, created_at, updated_at)
VALUES ('tkt_{n}', 'shw_1', 1, 'usr_1', '', '', '', 100, 'EUR', 'available', 'on', '{code}', 1, 1,
1)"""


@pytest.fixture(params=KINDS)
def old_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Give a database from before the migration, without rows."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'old.db'}"
        upgrade_to(url, BEFORE)
        yield url
        return
    with databases.postgresql_url(request.getfixturevalue("postgresql_admin"), "template1") as url:
        upgrade_to(url, BEFORE)
        yield url


def test_existing_codes_get_their_keys(old_url: str) -> None:
    tickets = [TICKET.format(n=n, code=code) for n, code in enumerate(("Ada-1", "8E81 973E", "--"))]
    run(old_url, ACCOUNT, SHOW, *tickets)
    upgrade_to(old_url, "0017_code_keys")
    assert run(old_url, "SELECT code, code_key FROM tickets ORDER BY id") == [
        ("Ada-1", "ADA1"), ("8E81 973E", "8E81973E"), ("--", "--"),
    ]  # fmt: skip
