"""`ticketing-server check`: SQL breaks each rule, and the check reports it."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

import pytest

from tests.operate.conftest import Operator

#: Rule -> SQL that breaks it, after removing the constraints that would prevent it.
BREAKS: Mapping[str, str] = {
    "two orders hold one ticket": """
        DROP INDEX ux_orders_open_ticket;
        UPDATE orders SET status = 'awaiting_payment', reason = NULL, ended_at = NULL,
                          ticket_id = (SELECT id FROM tickets WHERE status = 'locked')
        WHERE status = 'cancelled'""",
    "a ticket has two last buyers": """
        DROP INDEX ux_orders_current_ticket;
        INSERT INTO orders SELECT 'ord_again', ticket_id, buyer_id, seller_id, show_id, section,
            "row", seat, price_amount, price_currency, status, reason, payment_id, 'PAYAGAIN',
            version, expires_at, created_at, updated_at, ended_at, fee_amount, refunded_amount,
            disputed, 1 FROM orders WHERE status = 'complete'""",
    "a sold ticket was bought by nobody": "UPDATE orders SET is_current = 0",
    "a ticket is on sale while it is inside, being refunded or offered": """
        UPDATE tickets SET inside = 1 WHERE status = 'locked'""",
    "a ticket is being refunded without a refund": """
        UPDATE tickets SET refunding = 1 WHERE status = 'sold'""",
    "a ticket is offered by a transfer that is over, or that is not its own": """
        UPDATE tickets SET transfer_id = 'trf_1' WHERE status = 'sold'""",
    "the owner of a ticket is neither its last buyer nor was given it": """
        UPDATE tickets SET owner_id = seller_id WHERE status = 'sold'""",
    "two entry codes of a ticket are valid": """
        DROP INDEX ux_entry_codes_valid;
        INSERT INTO entry_codes (id, ticket_id, serial, show_id, owner_id, order_id, code, code_key,
                                 issued_at, changed_at)
        SELECT 'cod_2', ticket_id, 2, show_id, owner_id, order_id, 'SECOND', 'SECOND', 1, 1
        FROM entry_codes""",
    "a valid entry code is not its owner's last": "UPDATE entry_codes SET serial = 7",
    "a bought ticket has no valid entry code, and was neither refunded nor lost to a bank": """
        UPDATE entry_codes SET revoked_at = 1, reason = 'sold'""",
    "an entry code was reissued, and its owner has no new one": """
        UPDATE entry_codes SET revoked_at = 1, reason = 'reissued'""",
    "the entry code of a refunded ticket is valid": """
        UPDATE orders SET refunded_amount = price_amount WHERE status = 'complete'""",
    "a locked ticket has no open order": """
        UPDATE orders SET status = 'cancelled', reason = 'buyer', ended_at = 1
        WHERE status = 'awaiting_payment'""",
    "a lock ends at another time than its order's deadline": """
        UPDATE tickets SET locked_until = locked_until + 1 WHERE status = 'locked'""",
    "a sold ticket has no complete order": """
        UPDATE orders SET status = 'cancelled', reason = 'buyer', is_current = 0
        WHERE status = 'complete'""",
    "an order does not hold its ticket": """
        UPDATE tickets SET status = 'available', order_id = NULL, locked_until = NULL
        WHERE status = 'locked'""",
    "a buyer bought their own ticket": """
        PRAGMA ignore_check_constraints = ON;
        UPDATE orders SET seller_id = buyer_id WHERE status = 'complete'""",
    "a payment is for another amount than its order": "UPDATE payments SET amount = amount + 1",
    "money was taken for an order that did not complete": """
        UPDATE orders SET payment_id = 'pay_another' WHERE status = 'complete'""",
    "a complete order was never paid": "UPDATE payments SET status = 'void' WHERE status = 'paid'",
    "a confirming order has no job that will end it": """
        UPDATE orders SET status = 'confirming', payment_id = 'pay_lost'
        WHERE status = 'awaiting_payment'""",
    "more was refunded than was paid": """
        INSERT INTO refunds
        SELECT 'ref_' || n, id, order_id, amount, currency, 'late', 'done', NULL, 1, 1,
               'void'
        FROM payments, (SELECT 1 AS n UNION SELECT 2) WHERE status = 'paid'""",
    "a saved card paid for another user's order": """
        UPDATE payments SET card_id = 'crd_nobodys' WHERE status = 'paid'""",
    "a removed card has no job that detaches it": """
        INSERT INTO cards SELECT 'crd_removed', id, 'pm_removed', 'fp', 'visa', '4242', 12, 2034,
                                 2, 1, 2, NULL FROM accounts LIMIT 1""",
    "the refunds of a payment do not add up to what it reserved": """
        UPDATE payments SET promised = 1 WHERE status = 'paid'""",
    "somebody was admitted with a ticket they did not own": """
        INSERT INTO admissions SELECT 'adm_1', show_id, ticket_id, id, buyer_id, 'inside',
                                      'usr_gus', '', 1, NULL, NULL, 1, NULL, NULL,
                                      NULL
        FROM orders WHERE status = 'awaiting_payment'""",
    "a scan refers to an admission that does not exist": """
        INSERT INTO scans SELECT 'scan1', show_id, 'x', 'admitted', NULL, id, 'adm_lost', NULL, 1,
                                 'usr_gus', '', 1, 1, NULL, NULL, 'in', NULL, NULL,
                                 NULL FROM tickets
        WHERE status = 'sold'""",
    "a version is missing from the event log": """
        DROP TRIGGER events_no_delete;
        DELETE FROM events WHERE type = 'ticket.updated' AND version = 2""",
    "the event log does not lead to the current state": "UPDATE tickets SET version = version + 1",
}
#: Other ways in which rules of several parts are broken.
MORE_BREAKS = (
    ("the owner of a ticket is neither its last buyer nor was given it", """
        UPDATE tickets SET owner_id = (SELECT buyer_id FROM orders) WHERE status = 'locked'"""),
    ("a valid entry code is not its owner's last", """
        UPDATE entry_codes SET owner_id = (SELECT seller_id FROM orders)"""),
    ("a valid entry code is not its owner's last", """
        UPDATE entry_codes SET ticket_id = (SELECT id FROM tickets WHERE status = 'locked')"""),
    ("a valid entry code is not its owner's last", """
        UPDATE tickets SET status = 'withdrawn', shelf = 'off', order_id = NULL
        WHERE status = 'sold'"""),
    ("somebody was admitted with a ticket they did not own", """
        INSERT INTO admissions SELECT 'adm_1', show_id, ticket_id, id, seller_id, 'inside',
                                      'usr_gus', '', 1, NULL, NULL, 1, NULL, NULL,
                                      NULL
        FROM orders WHERE status = 'complete'"""),
)  # fmt: skip


def alter(path: Path, sql: str) -> None:
    with closing(sqlite3.connect(path)) as raw:
        raw.executescript(sql)


def test_a_consistent_database_passes(operator: Operator, shop: Path) -> None:
    result = operator("check", "--database", f"sqlite:///{shop}")
    assert (result.status, result.out, result.err) == (0, "", "no problems found\n")


@pytest.mark.parametrize(
    ("rule", "sql"), [pytest.param(*pair, id=pair[0]) for pair in (*BREAKS.items(), *MORE_BREAKS)]
)
def test_a_broken_rule_is_reported_with_the_row(
    operator: Operator, shop: Path, rule: str, sql: str
) -> None:
    alter(shop, sql)
    result = operator("check", "--database", f"sqlite:///{shop}")
    found = [line.split("\t") for line in result.out.splitlines()]
    assert result.status == 1
    assert rule in [named for _, named in found]
    assert all(thing[3] == "_" for thing, _ in found), "each finding begins with an id"
    assert result.err == f"{len(found)} problems found\n"


@pytest.mark.parametrize("rule", ["an order does not hold its ticket"])
def test_a_server_does_not_start_on_a_database_that_breaks_its_rules(
    operator: Operator, shop: Path, rule: str
) -> None:
    alter(shop, BREAKS[rule])
    result = operator("run", "--port", "0", "--database", f"sqlite:///{shop}")
    assert result.status == 1
    assert "violates its invariants; run `ticketing-server check`" in result.err


def test_the_event_log_cannot_be_changed_by_accident(shop: Path) -> None:
    for sql in ("DELETE FROM events", "UPDATE events SET body = '{}'"):
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            alter(shop, sql)


def test_a_check_of_a_missing_database_is_refused_and_creates_nothing(
    operator: Operator, tmp_path: Path
) -> None:
    result = operator("check", "--database", f"sqlite:///{tmp_path}/nowhere.db")
    assert (result.status, result.err) == (
        1,
        f"error: there is no database at {tmp_path}/nowhere.db\n",
    )
    assert list(tmp_path.iterdir()) == []
