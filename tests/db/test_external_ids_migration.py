"""The migration that frees the external_id of withdrawn tickets: tickets stay as they are."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from db.migrations.runner import upgrade_to
from tests import databases
from tests.conftest import KINDS
from tests.db.test_gate_migration import run

ACCOUNT = """INSERT INTO accounts (id, email, password_hash, role, status, version, created_at)
             VALUES ('usr_1', 'a@example.org', 'hash', 'admin', 'active', 1, 7)"""
SHOW = """INSERT INTO shows (id, name, category, venue, city, country, starts_at, offset_minutes,
                             identity, words, name_words, city_words, version, created_at)
          VALUES ('shw_1', 'Okapi', 'concert', 'Hall', 'Lyon', 'FR', 9, 0, 'k', 'w', 'n', 'c', 1, 7)
       """
TICKET = """INSERT INTO tickets (id, show_id, starts_at, seller_id, section, row, seat,
                                 price_amount, price_currency, status, shelf, code, external_id,
                                 version, created_at, updated_at)
            VALUES ('{id}', 'shw_1', 9, 'usr_1', '', '', '', 4500, 'EUR', '{status}', '{shelf}',
                    '{id}', 'x-1', 1, 7, 7)"""
WITHDRAWN = TICKET.format(id="tkt_1", status="withdrawn", shelf="off")
RELISTED = TICKET.format(id="tkt_2", status="available", shelf="on")
SECOND = TICKET.format(id="tkt_3", status="available", shelf="on")


@pytest.fixture(params=KINDS)
def old_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Give a database from before the migration, with a withdrawn ticket."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'old.db'}"
        upgrade_to(url, "0015_lookups")
        run(url, ACCOUNT, SHOW, WITHDRAWN)
        yield url
        return
    admin = request.getfixturevalue("postgresql_admin")
    with databases.postgresql_url(admin, "template1") as url:
        upgrade_to(url, "0015_lookups")
        run(url, ACCOUNT, SHOW, WITHDRAWN)
        yield url


def test_a_withdrawn_ticket_frees_its_external_id_after_the_migration_and_keeps_it(
    old_database: str,
) -> None:
    with pytest.raises(Exception, match=r"(?i)unique"):
        run(old_database, RELISTED)
    upgrade_to(old_database, "0016_external_ids")
    run(old_database, RELISTED)
    listed = "SELECT id, external_id, status FROM tickets ORDER BY id"
    assert run(old_database, listed) == [
        ("tkt_1", "x-1", "withdrawn"),
        ("tkt_2", "x-1", "available"),
    ]


def test_two_tickets_on_sale_still_cannot_have_one_external_id(old_database: str) -> None:
    upgrade_to(old_database, "0016_external_ids")
    run(old_database, RELISTED)
    with pytest.raises(Exception, match=r"(?i)unique"):
        run(old_database, SECOND)
