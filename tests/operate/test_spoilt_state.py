"""The audit names what is spoilt, on both databases, where no constraint is in the way."""
# ruff: noqa: S608  the statements are made of names of the schema

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from sqlalchemy import text

from db.audit import LEDGER_RULES, RULES, AuditFinding, audit
from db.audit.constraints import BROKEN
from db.audit.event_log import DIFFERS, GAP, UNREADABLE
from db.audit.keys import WRONG_KEY
from db.dialect import Backend
from db.statement import Connection, Statement
from tests.conftest import fresh_database
from tests.operate.every_row import fill
from tests.operate.test_check import BREAKS
from tests.operate.test_ledger_check import BREAKS as LEDGER_BREAKS
from tests.world import World

ONE = "(SELECT min(id) FROM {} WHERE {})"
SOLD = ONE.format("tickets", "status = 'sold'")
ON_SALE = ONE.format("tickets", "status = 'available' AND seller_id = owner_id")
OPEN = ONE.format("orders", "status = 'awaiting_payment'")
PAID = ONE.format("orders", "status = 'complete' AND refunded_amount = 0")
#: Rule -> the query for the id that must be named, and the statements that spoil it. They may say
#: `:id` for that id. Several ways to break a rule have a number behind it.
SPOILS: Mapping[str, tuple[str, ...]] = {
    "two tickets that are not withdrawn are for one seat": (
        "SELECT max(id) FROM tickets WHERE shelf <> 'off' AND seat_key IS NOT NULL",
        "DROP INDEX ux_tickets_seat",
        ("UPDATE tickets SET seat_key = 'one', show_id = (SELECT min(show_id) FROM tickets) "
         "WHERE shelf <> 'off'"),
    ),
    "two tickets that are not withdrawn have one barcode": (
        "SELECT max(id) FROM tickets WHERE shelf <> 'off'",
        "DROP INDEX ux_tickets_barcode",
        "UPDATE tickets SET barcode_digest = 'one', show_id = (SELECT min(show_id) FROM tickets)",
    ),
    "two accounts have one address": (
        "SELECT max(id) FROM accounts",
        "DROP INDEX ux_accounts_email_key", "UPDATE accounts SET email_key = 'one'",
    ),
    "a ticket starts at another time than its show": (
        f"SELECT {SOLD}", "UPDATE tickets SET starts_at = starts_at + 1 WHERE id = :id",
    ),
    "an order is for another show than its ticket": (
        f"SELECT {PAID}",
        ("UPDATE orders SET show_id = (SELECT id FROM shows WHERE name = 'Called off') "
         "WHERE id = :id"),
    ),
    "an order is for another seat than its ticket": (
        f"SELECT {OPEN}", "UPDATE orders SET seat = '999' WHERE id = :id",
    ),
    "an open order has another price or seller than its ticket": (
        f"SELECT {OPEN}", "UPDATE orders SET price_amount = price_amount + 1 WHERE id = :id",
    ),
    "an entry code of a ticket is missing": (
        "SELECT min(ticket_id) FROM entry_codes WHERE revoked_at IS NOT NULL",
        "DELETE FROM entry_codes WHERE ticket_id = :id AND revoked_at IS NOT NULL",
    ),
    "an entry code was reissued, and its owner has no new one": (
        "SELECT min(id) FROM entry_codes WHERE reason = 'transferred'",
        "UPDATE entry_codes SET reason = 'reissued' WHERE id = :id",
    ),
    "an entry code is from another purchase than its owner's": (
        "SELECT min(id) FROM entry_codes WHERE revoked_at IS NULL",
        f"UPDATE entry_codes SET order_id = {OPEN} WHERE id = :id",
    ),
    "a ticket is inside without an admission, or the reverse": (
        "SELECT ticket_id FROM admissions",
        "UPDATE admissions SET status = 'undone', undone_at = 1, undone_by = 'x'",
    ),
    "an admission has no scan": (
        "SELECT id FROM admissions", "DELETE FROM scans WHERE admission_id = :id",
    ),
    "an offer does not reserve its ticket": (
        "SELECT id FROM transfers WHERE status = 'offered'",
        "UPDATE tickets SET transfer_id = NULL",
    ),
    "a payment has other declines than it counts": (
        "SELECT min(payment_id) FROM declines", "DELETE FROM declines WHERE payment_id = :id",
    ),
    "an order is disputed without a dispute, or the reverse": (
        "SELECT order_id FROM disputes", "UPDATE disputes SET outcome = 'won'",
    ),
    "a refund or dispute is about another order than its payment": (
        "SELECT min(id) FROM refunds", f"UPDATE refunds SET order_id = {OPEN} WHERE id = :id",
    ),
    "two refunds of a payment are under way": (
        "SELECT payment_id FROM refunds WHERE status = 'due'",
        "DROP INDEX ux_refunds_underway",
        ("INSERT INTO refunds SELECT 'ref_again', payment_id, order_id, amount, currency, reason, "
         "status, NULL, created_at, updated_at, ticket FROM refunds WHERE payment_id = :id"),
    ),
    "a refund is due and no job sends it": (
        "SELECT id FROM refunds WHERE status = 'due'", "DELETE FROM jobs WHERE subject = :id",
    ),
    "a payout is due and no job sends it": (
        "SELECT min(id) FROM payouts WHERE method = 'transfer'",
        "UPDATE payouts SET status = 'due', transfer_id = NULL WHERE id = :id",
    ),
    "a payout has another destination than its method": (
        "SELECT min(id) FROM payouts WHERE method = 'transfer'",
        "UPDATE payouts SET account = NULL WHERE id = :id",
    ),
    "a job is about nothing": (
        "SELECT min(id) FROM jobs WHERE kind = 'payment.refund' AND state = 'pending'",
        "UPDATE jobs SET subject = 'ref_none' WHERE id = :id",
    ),
    "a card belongs to nobody's customer": ("SELECT min(id) FROM cards", "DELETE FROM customers"),
    "an order names a payment of another order": (
        f"SELECT {PAID}",
        ("UPDATE orders SET payment_id = (SELECT min(id) FROM payments WHERE order_id <> :id) "
         "WHERE id = :id"),
    ),
    "a line of the ledger is about another order, person or reason than its posting": (
        "SELECT order_id FROM ledger WHERE seq = 1",
        "UPDATE ledger SET posting = 'late:x' WHERE seq = 1",
    ),
    "a sale is reported without an open report, or the reverse": (
        "SELECT order_id FROM reports", "UPDATE sales SET reported = 0 WHERE order_id = :id",
    ),
    "a sale differs from its order": (
        "SELECT min(order_id) FROM sales", "UPDATE sales SET currency = 'USD' WHERE order_id = :id",
    ),
    "a sale is being refunded without a refund, or the reverse": (
        "SELECT max(order_id) FROM sales WHERE refunding = 1",
        "UPDATE sales SET refunding = 0 WHERE order_id = :id",
    ),
    "a fee in the ledger is not the one that was agreed": (
        f"SELECT {PAID}", "UPDATE orders SET fee_amount = fee_amount + 1 WHERE id = :id",
    ),
    "a dispute is not in the ledger as it is": (
        "SELECT id FROM disputes", "UPDATE disputes SET amount = amount + 1",
    ),
    WRONG_KEY: (f"SELECT {SOLD}", "UPDATE tickets SET seat = '999' WHERE id = :id"),
    BROKEN: (
        f"SELECT {SOLD}", "UPDATE tickets SET shelf = 'on' WHERE id = :id",
    ),
    DIFFERS: (f"SELECT {ON_SALE}", "UPDATE tickets SET price_amount = 1 WHERE id = :id"),
    f"{DIFFERS} 2": (
        "SELECT id FROM shows WHERE name = 'Called off'",
        "UPDATE shows SET cancelled_at = NULL WHERE id = :id",
    ),
    f"{DIFFERS} 3": ("SELECT id FROM organisers", "DELETE FROM organiser_members"),
    f"{DIFFERS} 4": (
        "SELECT min(id) FROM refunds WHERE status = 'done'", "DELETE FROM refunds WHERE id = :id",
    ),
    UNREADABLE: (
        "SELECT min(id) FROM events", "UPDATE events SET body = '{}' WHERE id = :id",
    ),
    GAP: (
        f"SELECT {SOLD}", "DELETE FROM events WHERE entity_id = :id AND version = 2",
    ),
}  # fmt: skip
#: What the databases do not let anybody do, before it is done.
UNGUARDED = {
    Backend.SQLITE: (
        "DROP TRIGGER events_no_update", "DROP TRIGGER events_no_delete",
        "DROP TRIGGER ledger_no_update", "DROP TRIGGER ledger_no_delete",
        "DROP TRIGGER scans_no_delete",
    ),
    Backend.POSTGRESQL: (
        "SET LOCAL session_replication_role = replica",
        "ALTER TABLE tickets DROP CONSTRAINT ck_tickets_shelf",
        "ALTER TABLE payouts DROP CONSTRAINT IF EXISTS ck_payouts_account",
    ),
}  # fmt: skip
#: SQLite keeps a CHECK for as long as the table; `test_spoilt_rows` has it ignored.
POSTGRESQL_ONLY = {BROKEN}


class Undone(Exception):
    """Raised to undo what was spoilt."""


@pytest.fixture(scope="module")
def full(
    request: pytest.FixtureRequest, database_kind: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    """Give a marketplace with every kind of row, on each database."""
    folder: Path = tmp_path_factory.mktemp("full")
    with fresh_database(request, database_kind, folder) as url:
        world = World(url)
        fill(world)
        assert world.sound()
        yield world
        world.close()


def spoil(world: World, about: str, *changes: str) -> tuple[str, list[AuditFinding]]:
    """Spoil the database; return the id that it is about and the findings, and undo it."""
    subject, found = "", list[AuditFinding]()

    def work(connection: Connection) -> None:
        nonlocal subject
        subject = (connection.first(Statement(text(about))) or ("",))[0]
        for change in (*UNGUARDED[connection.backend], *changes):
            binds = {"id": subject} if ":id" in change else {}
            connection.execute(Statement(text(change)), **binds)
        found.extend(audit(connection))
        raise Undone

    with pytest.raises(Undone):
        world.bus.write_now(lambda tx: work(tx._connection))  # noqa: SLF001  the audit reads one
    return subject, found


def test_every_rule_is_broken_by_a_test() -> None:
    broken = {*SPOILS, *BREAKS, *LEDGER_BREAKS}
    assert {*RULES, *LEDGER_RULES, DIFFERS, GAP, UNREADABLE, WRONG_KEY, BROKEN} <= broken


@pytest.mark.parametrize("named", SPOILS)
def test_a_spoilt_row_is_named(full: World, named: str) -> None:
    rule = named.rstrip(" 234")
    if rule in POSTGRESQL_ONLY and full.bus.database.backend is Backend.SQLITE:
        pytest.skip("SQLite keeps a CHECK for as long as the table")
    subject, found = spoil(full, *SPOILS[named])
    assert subject
    assert AuditFinding(rule, subject) in found
    assert full.sound()
