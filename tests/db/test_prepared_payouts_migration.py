"""The migration to prepared payouts: what was sent by file before stays sent, to the last cent."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy.exc import DBAPIError

from contract.ledger import LIST_PAYOUTS, VIEW_BALANCE, CurrencyBalance
from db.migrations.runner import upgrade_to
from server.principal import Principal
from tests.conftest import KINDS
from tests.db.old_databases import account, old_database, show, ticket
from tests.db.test_custody_migration import ORDER
from tests.db.test_gate_migration import run
from tests.world import World

#: Payout -> its method, account and status; each is of one sale of EUR 9.50.
PAYOUTS = {
    "file": ("file", "NULL", "sent"), "lost": ("transfer", "'acct_1'", "failed"),
    "moving": ("transfer", "'acct_1'", "due"),
}  # fmt: skip
PAYOUT = """INSERT INTO payouts (id, seller_id, amount, currency, sales, method, account, status,
version, created_at, updated_at)
VALUES ('out_{name}', 'usr_1', 950, 'EUR', 1, '{method}', {account}, '{status}', 1, 7, 7)"""
LINES = """INSERT INTO ledger (posting, kind, book, order_id, user_id, payout_id, amount, currency,
at) VALUES ('payout:out_{name}', 'payout', 'seller', 'ord_{name}', 'usr_1', 'out_{name}', 950,
'EUR', 7), ('payout:out_{name}', 'payout', 'platform', 'ord_{name}', NULL, 'out_{name}', -950,
'EUR', 7)"""
CONFIRMED = "UPDATE payouts SET status = 'paid'"


def rows() -> Iterator[str]:
    """Yield the statements that fill the old database."""
    yield from (account("usr_1"), account("usr_2"), show("shw_1"))
    for seat, (name, (method, payee, status)) in enumerate(PAYOUTS.items()):
        yield ticket(f"tkt_{name}", seat=seat)
        yield f"UPDATE tickets SET code_key = 'K{seat}' WHERE id = 'tkt_{name}'"  # noqa: S608
        yield ORDER.format(name=name, refunded=0)
        yield PAYOUT.format(name=name, method=method, account=payee, status=status)
        yield LINES.format(name=name)


@pytest.fixture(params=KINDS)
def migrated(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Give an old database with payouts that has been migrated."""
    with old_database(request, tmp_path, at="0021_withdrawals") as url:
        run(url, *rows())
        upgrade_to(url, "head")
        yield url


def test_earlier_payouts_and_their_lines_are_unchanged(migrated: str) -> None:
    kept = "SELECT id, method, status, batch_id, reason FROM payouts ORDER BY id"
    assert run(migrated, kept) == [
        (f"out_{name}", method, status, None, None) for name, (method, _, status) in PAYOUTS.items()
    ]
    books = "SELECT book, count(*), sum(amount) FROM ledger GROUP BY book ORDER BY book"
    assert run(migrated, books) == [("platform", 3, -2850), ("seller", 3, 2850)]
    world = World(migrated)
    seller = Principal(user_id="usr_1")
    listed = world.call(LIST_PAYOUTS, seller).items
    assert [(p.batch_id, p.reason, p.frozen) for p in listed] == [(None, None, False)] * 3
    assert world.call(VIEW_BALANCE, seller).currencies == (
        CurrencyBalance(currency="EUR", waiting=0, available=0, paid_out=950, in_transit=950),
    )
    world.close()


def test_a_payout_without_a_batch_can_be_neither_prepared_nor_paid_nor_a_line_changed(
    migrated: str,
) -> None:
    for change in (CONFIRMED, "UPDATE ledger SET amount = 1"):
        with pytest.raises(DBAPIError):
            run(migrated, change)
