"""The migration that adds reasons to cancelled orders: existing orders keep everything."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from db.migrations.runner import upgrade_to
from tests import databases
from tests.conftest import KINDS
from tests.db.test_code_keys_migration import SHOW, TICKET
from tests.db.test_gate_migration import ACCOUNT, run

BEFORE = "0017_code_keys"
BUYER = "INSERT INTO accounts VALUES ('usr_2', 'b@example.org', 'hash', 'member', 'active', 1, 7)"
ORDER = """INSERT INTO orders (id, ticket_id, buyer_id, seller_id, show_id, section, "row", seat,
price_amount, price_currency, status, reason, pay_code, version, expires_at, created_at, updated_at,
ended_at, fee_amount, refunded_amount, disputed) VALUES ('ord_{n}', 'tkt_1', 'usr_2', 'usr_1',
'shw_1', '', '', '', 100, 'EUR', 'cancelled', '{reason}', 'code{n}', 2, 1, 1, 1, 1, 0, 0, 0)"""


@pytest.fixture(params=KINDS)
def old_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Give a database from before the migration, with a cancelled order."""
    rows = (ACCOUNT, BUYER, SHOW, TICKET.format(n=1, code="A"), ORDER.format(n=1, reason="admin"))
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'old.db'}"
        upgrade_to(url, BEFORE)
        run(url, *rows)
        yield url
        return
    with databases.postgresql_url(request.getfixturevalue("postgresql_admin"), "template1") as url:
        upgrade_to(url, BEFORE)
        run(url, *rows)
        yield url


def test_existing_orders_are_unchanged(old_url: str) -> None:
    everything = "SELECT * FROM orders"
    before = run(old_url, everything)
    upgrade_to(old_url, "0018_cancel_reasons")
    assert run(old_url, everything) == before


def test_an_order_may_be_cancelled_with_its_show_only_after_the_migration(old_url: str) -> None:
    with pytest.raises(Exception, match="reason"):
        run(old_url, ORDER.format(n=2, reason="show_cancelled"))
    upgrade_to(old_url, "0018_cancel_reasons")
    added = [ORDER.format(n=n, reason=r) for n, r in ((2, "show_cancelled"), (3, "admin"))]
    run(old_url, *added)
    with pytest.raises(Exception, match="reason"):
        run(old_url, ORDER.format(n=4, reason="weather"))
