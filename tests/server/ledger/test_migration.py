"""The migration that adds the ledger books the payments made before it."""

from __future__ import annotations

from pathlib import Path

from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.script import ScriptDirectory
from sqlalchemy import text

import db.migrations
from contract.payments import PaymentStatus
from db.migrations.runner import engine_of
from server.settings import DAY
from tests.server.payments.purchase import Purchase, dashboard, start_purchase
from tests.server.rows import rows
from tests.world import World

FAILS_LATER = "4000000000005126"
LINES = """SELECT posting, kind, book, order_id, payment_id, user_id, amount, currency
           FROM ledger ORDER BY posting, book"""
SALES = """SELECT order_id, seller_id, show_id, currency, owed, frozen, refunding, payout_id,
                  releases_at FROM sales ORDER BY order_id"""


def migrate_again(url: str) -> None:
    """Drop the ledger's tables and run its migration again."""
    engine = engine_of(url)
    scripts = ScriptDirectory(str(Path(db.migrations.__file__).parent))
    with engine.begin() as connection:
        for table in ("ledger", "sales", "payouts", "payout_accounts"):
            connection.execute(text(f"DROP TABLE {table}"))
        if engine.dialect.name == "postgresql":
            connection.execute(text("DROP FUNCTION ledger_append_only"))
        with Operations.context(MigrationContext.configure(connection)):
            scripts.get_revision("0013_ledger").module.upgrade()
        # Columns of later migrations.
        added = "reported INTEGER NOT NULL DEFAULT 0"
        connection.execute(text(f"ALTER TABLE sales ADD COLUMN {added}"))
        for column in ("batch_id", "reason"):
            connection.execute(text(f"ALTER TABLE payouts ADD COLUMN {column} TEXT"))
    engine.dispose()


def late(world: World, card: str) -> Purchase:
    """Let money be captured for a cancelled order."""
    purchase = start_purchase(world)
    purchase.type_card(purchase.page(), card)
    purchase.cancel()
    session = dashboard(world).v1.checkout.sessions.retrieve(str(purchase.payment().session_id))
    dashboard(world).v1.payment_intents.capture(str(session["payment_intent"]))
    return purchase


def test_the_migration_books_earlier_sales_refunds_and_debts_as_the_ledger_would(
    world: World, database_url: str
) -> None:
    failed = late(world, FAILS_LATER)
    world.work()
    world.pass_time(DAY)
    assert failed.statuses() == [PaymentStatus.REFUND_FAILED]
    again = Purchase(world, failed.seller, failed.buyer, failed.ticket, failed.order)
    again.order = world.lock(world.user("another"), failed.ticket)
    world.pay(again.order)
    before = rows(world, LINES), rows(world, SALES)
    assert {row[0].partition(":")[0] for row in before[0]} == {
        "capture", "late", "refund", "refund_failed",
    }  # fmt: skip
    migrate_again(database_url)
    assert (rows(world, LINES), rows(world, SALES)) == before
    assert world.sound()
