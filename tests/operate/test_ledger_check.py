"""`ticketing-server check` on the ledger: SQL breaks each rule, and the check reports it."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests import databases
from tests.clock import MINUTE
from tests.operate.conftest import Operator
from tests.operate.every_row import DISPUTED
from tests.operate.test_check import alter
from tests.server.ledger.harness import ledger_harness
from tests.world import World

UNGUARD = "DROP TRIGGER ledger_no_update; DROP TRIGGER ledger_no_delete;"
#: Rule -> SQL that breaks it in a database with a refunded, a paid out and a disputed sale.
BREAKS: Mapping[str, tuple[str, ...]] = {
    "an order's lines do not sum to zero": (
        "UPDATE ledger SET amount = amount + 1 WHERE book = 'fee'",
        "DELETE FROM ledger WHERE book = 'platform' AND kind = 'payout_paid'",
        "UPDATE ledger SET currency = 'USD' WHERE book = 'fee' AND kind = 'refund'",
        """UPDATE ledger SET order_id = (SELECT max(order_id) FROM ledger)
           WHERE seq = (SELECT min(seq) FROM ledger)""",
    ),
    "captured money is not in the ledger as captured": (
        "UPDATE ledger SET amount = amount * 2 WHERE kind = 'capture'",
        "DELETE FROM ledger WHERE kind = 'capture'",
        "UPDATE ledger SET currency = 'USD'",
        """INSERT INTO ledger
           SELECT NULL, 'late:' || payment_id, 'late', book, order_id, payment_id, user_id,
                  payout_id, amount, currency, at
           FROM ledger WHERE kind = 'capture'""",
    ),
    "the ledger has money that was never captured": (
        "UPDATE payments SET status = 'void' WHERE id = (SELECT min(payment_id) FROM ledger)",
        "UPDATE ledger SET payment_id = 'pay_none' WHERE kind = 'capture'",
    ),
    "a complete order is missing from its seller's sales": (
        "DELETE FROM sales",
        "UPDATE sales SET seller_id = (SELECT buyer_id FROM orders)",
    ),
    "a refund is not in the ledger as it was made": (
        "DELETE FROM ledger WHERE kind = 'refund'",
        "UPDATE refunds SET status = 'failed'",
        "UPDATE refunds SET status = 'due'",
        "UPDATE refunds SET amount = amount + 1",
    ),
    "the ledger has a refund that does not exist": (
        "DELETE FROM refunds",
        "UPDATE ledger SET posting = 'refund:ref_none' WHERE kind = 'refund'",
    ),
    "an order's refunded amount differs from its refunds": (
        "UPDATE orders SET refunded_amount = refunded_amount - 1 WHERE refunded_amount > 0",
        "UPDATE orders SET refunded_amount = 1 WHERE refunded_amount = 0",
    ),
    "what a seller is owed differs from the ledger": (
        "UPDATE sales SET owed = owed - 1 WHERE owed > 0",
        "UPDATE ledger SET book = 'buyer' WHERE book = 'seller' AND kind = 'refund'",
    ),
    "a sale that was paid out is still owed": (
        "UPDATE sales SET owed = 1 WHERE payout_id IS NOT NULL",
    ),
    "a sale and its ledger lines are in different payouts": (
        "UPDATE sales SET payout_id = NULL",
        "UPDATE sales SET payout_id = (SELECT id FROM payouts)",
        "UPDATE payouts SET status = 'failed'",
        "UPDATE ledger SET payout_id = NULL",
    ),
    "a payout is not the sum of its lines": (
        "UPDATE payouts SET amount = amount + 1",
        "UPDATE payouts SET sales = sales + 1",
        "UPDATE payouts SET status = 'failed'",
        "UPDATE ledger SET amount = amount * 2 WHERE kind = 'payout'",
        "UPDATE payouts SET currency = 'USD'",
        "UPDATE payouts SET seller_id = (SELECT buyer_id FROM orders)",
    ),
    "the money of a payout is in another book than its status says": (
        "UPDATE payouts SET status = 'prepared', batch_id = 'bat_1'",
        "UPDATE ledger SET book = 'platform' WHERE book = 'transit' AND kind = 'payout'",
        "DELETE FROM ledger WHERE kind = 'payout_paid'",
    ),
    "a sale is frozen without a dispute, or disputed without being frozen": (
        "UPDATE sales SET frozen = 1",
        "UPDATE sales SET frozen = 0",
    ),
}


@pytest.fixture(scope="session")
def ledger_database(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Path:
    """Make a database with ledger entries of every kind."""
    folder = tmp_path_factory.mktemp("ledger")
    world = World(databases.sqlite_url(folder, sqlite_template))
    open_till = ledger_harness(world)
    open_till.refund(open_till.sell(1000))
    open_till.sell(2000)
    open_till.over()
    open_till.pay_out()
    open_till.sell(4000, card=DISPUTED)
    world.pass_time(MINUTE)
    assert world.sound()
    world.close()
    return folder / "shop.db"


def check(operator: Operator, ledger_database: Path, copy: Path, sql: str) -> list[list[str]]:
    """Damage a copy of the database, and return the findings."""
    shutil.copyfile(ledger_database, copy)
    alter(copy, UNGUARD + sql)
    result = operator("check", "--database", f"sqlite:///{copy}")
    return [line.split("\t") for line in result.out.splitlines()]


def test_a_database_with_every_kind_of_entry_passes(
    operator: Operator, ledger_database: Path, tmp_path: Path
) -> None:
    assert check(operator, ledger_database, tmp_path / "shop.db", "") == []


@pytest.mark.parametrize(
    ("rule", "sql"), [(rule, sql) for rule, some in BREAKS.items() for sql in some]
)
def test_a_broken_ledger_rule_is_reported_with_the_row(
    operator: Operator, ledger_database: Path, tmp_path: Path, rule: str, sql: str
) -> None:
    found = check(operator, ledger_database, tmp_path / "shop.db", sql)
    assert rule in [named for _, named in found]
    assert all(thing[3] == "_" for thing, _ in found), "each finding begins with an id"
