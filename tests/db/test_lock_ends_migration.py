"""The migration after which a locked ticket says until when."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from db.migrations.runner import upgrade_to
from tests.conftest import KINDS
from tests.db.old_databases import old_database, show
from tests.db.test_gate_migration import run

BEFORE, AFTER = "0034_show_policies", "0035_lock_ends"
ACCOUNT = """INSERT INTO accounts (id, email, email_key, password_hash, role, status, version,
                                   created_at)
             VALUES ('{id}', '{id}@example.org', '{id}', 'hash', 'member', 'active', 1, 7)"""
TICKET = """INSERT INTO tickets (id, show_id, starts_at, seller_id, owner_id, section, "row", seat,
                                 price_amount, price_currency, status, shelf, order_id, version,
                                 created_at, updated_at)
            VALUES ('{id}', 'shw_1', 9, 'usr_1', 'usr_1', 'A', '1', '{id}', 4500, 'EUR', '{status}',
                    'on', {order}, 2, 7, 7)"""
ORDER = """INSERT INTO orders (id, ticket_id, buyer_id, seller_id, show_id, section, "row", seat,
                               price_amount, price_currency, status, pay_code, version, expires_at,
                               created_at, updated_at)
           VALUES ('ord_1', 'tkt_1', 'usr_2', 'usr_1', 'shw_1', 'A', '1', '1', 4500, 'EUR',
                   'awaiting_payment', 'PAYCODE1', 1, 99, 7, 7)"""


@pytest.fixture(params=KINDS)
def old_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Give a database from before the migration, without rows."""
    with old_database(request, tmp_path, at=BEFORE) as url:
        yield url


def test_locked_tickets_get_the_deadline_of_their_orders_and_others_none(old_url: str) -> None:
    run(
        old_url, ACCOUNT.format(id="usr_1"), ACCOUNT.format(id="usr_2"), show("shw_1"),
        TICKET.format(id="tkt_1", status="locked", order="'ord_1'"), ORDER,
        TICKET.format(id="tkt_2", status="locked", order="'ord_lost'"),
        TICKET.format(id="tkt_3", status="available", order="NULL"),
    )  # fmt: skip
    upgrade_to(old_url, AFTER)
    assert run(old_url, "SELECT id, locked_until FROM tickets ORDER BY id") == [
        ("tkt_1", 99), ("tkt_2", 7), ("tkt_3", None),
    ]  # fmt: skip
