"""The audit: invariants of the database, checked independently of the services' own code.

Each rule is a query for rows that violate it, so that a report can name them. It reads a table at
most once, since the audit runs whenever a server starts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy import text

from db.statement import Connection, Statement

#: By what is wrong, the query for the ids of what violates it. The invariants are those of the
#: original application's stress test; `_check_log` adds those of the event log.
RULES: Mapping[str, str] = {
    "two orders hold one ticket": """
        SELECT ticket_id FROM orders WHERE status IN ('awaiting_payment', 'confirming')
        GROUP BY ticket_id HAVING count(*) > 1""",
    "a ticket has two last buyers": """
        SELECT ticket_id FROM orders WHERE is_current = 1
        GROUP BY ticket_id HAVING count(*) > 1""",
    "the owner of a ticket is neither its last buyer nor was given it": """
        SELECT t.id FROM tickets t
        LEFT JOIN orders o ON o.ticket_id = t.id AND o.is_current = 1
        LEFT JOIN transfers g ON g.ticket_id = t.id AND g.status = 'accepted'
               AND g.to_id = t.owner_id AND g.ended_at >= o.ended_at
        WHERE t.owner_id <> coalesce(o.buyer_id, t.seller_id) AND g.id IS NULL""",
    "a sold ticket was bought by nobody": """
        SELECT t.id FROM tickets t LEFT JOIN orders o ON o.ticket_id = t.id AND o.is_current = 1
        WHERE o.id IS NULL AND t.status = 'sold'""",
    "a ticket is on sale while it is inside, being refunded or offered": """
        SELECT id FROM tickets WHERE status IN ('available', 'locked')
        AND (inside = 1 OR refunding = 1 OR transfer_id IS NOT NULL)""",
    "a ticket is being refunded without a refund": """
        SELECT t.id FROM tickets t WHERE t.refunding = 1 AND NOT EXISTS (
            SELECT 1 FROM orders o JOIN refunds r ON r.order_id = o.id
            WHERE o.ticket_id = t.id AND o.is_current = 1 AND r.status IN ('due', 'sent'))""",
    "a ticket is offered by a transfer that is over, or that is not its own": """
        SELECT t.id FROM tickets t LEFT JOIN transfers g ON g.id = t.transfer_id
               AND g.ticket_id = t.id AND g.from_id = t.owner_id AND g.status = 'offered'
        WHERE t.transfer_id IS NOT NULL AND g.id IS NULL""",
    "two entry codes of a ticket are valid": """
        SELECT ticket_id FROM entry_codes WHERE revoked_at IS NULL
        GROUP BY ticket_id HAVING count(*) > 1""",
    "a valid entry code is not its owner's last": """
        SELECT e.id FROM entry_codes e JOIN tickets t ON t.id = e.ticket_id
        WHERE e.revoked_at IS NULL AND (e.owner_id <> t.owner_id OR e.serial <> t.code_serial
              OR e.show_id <> t.show_id OR t.status = 'withdrawn')""",
    "an entry code was reissued, and its owner has no new one": """
        SELECT e.id FROM entry_codes e WHERE e.reason = 'reissued' AND NOT EXISTS (
            SELECT 1 FROM entry_codes n WHERE n.ticket_id = e.ticket_id
            AND n.serial = e.serial + 1 AND n.owner_id = e.owner_id)""",
    "a bought ticket has no valid entry code, and was neither refunded nor lost to a bank": """
        SELECT o.id FROM orders o LEFT JOIN entry_codes e
               ON e.ticket_id = o.ticket_id AND e.revoked_at IS NULL
        WHERE o.is_current = 1 AND o.refunded_amount < o.price_amount AND o.disputed = 0
              AND e.id IS NULL""",
    "the entry code of a refunded ticket is valid": """
        SELECT e.id FROM entry_codes e JOIN orders o ON o.id = e.order_id
        WHERE e.revoked_at IS NULL AND o.refunded_amount = o.price_amount
              AND o.is_current = 1 AND o.buyer_id = e.owner_id AND NOT EXISTS (
              SELECT 1 FROM refunds r WHERE r.order_id = o.id AND r.ticket = 'keep')""",
    "a locked ticket has no open order": """
        SELECT t.id FROM tickets t LEFT JOIN orders o ON o.id = t.order_id
        WHERE t.status = 'locked' AND (o.id IS NULL OR o.ticket_id <> t.id
              OR o.status NOT IN ('awaiting_payment', 'confirming'))""",
    "a sold ticket has no complete order": """
        SELECT t.id FROM tickets t LEFT JOIN orders o ON o.id = t.order_id
        WHERE t.status = 'sold' AND (o.id IS NULL OR o.ticket_id <> t.id
              OR o.status <> 'complete')""",
    "an order does not hold its ticket": """
        SELECT o.id FROM orders o JOIN tickets t ON t.id = o.ticket_id
        WHERE o.status IN ('awaiting_payment', 'confirming')
              AND (t.order_id IS NULL OR t.order_id <> o.id)""",
    "a buyer bought their own ticket": "SELECT id FROM orders WHERE buyer_id = seller_id",
    "a saved card paid for another user's order": """
        SELECT p.id FROM payments p LEFT JOIN cards c ON c.id = p.card_id
        WHERE p.card_id IS NOT NULL AND (c.id IS NULL OR c.user_id <> p.buyer_id)""",
    "a removed card has no job that detaches it": """
        SELECT c.id FROM cards c LEFT JOIN jobs j
               ON j.kind = 'card.detach' AND j.subject = c.method_id
        WHERE c.removed_at IS NOT NULL AND c.detached_at IS NULL
              AND (j.id IS NULL OR j.state <> 'pending')""",
    "a payment is for another amount than its order": """
        SELECT p.id FROM payments p JOIN orders o ON o.id = p.order_id
        WHERE p.amount <> o.price_amount OR p.currency <> o.price_currency""",
    "money was taken for an order that did not complete": """
        SELECT p.id FROM payments p JOIN orders o ON o.id = p.order_id
        WHERE p.status = 'paid' AND (o.status <> 'complete' OR o.payment_id <> p.id)""",
    "a complete order was never paid": """
        SELECT o.id FROM orders o LEFT JOIN payments p ON p.id = o.payment_id
        WHERE o.status = 'complete' AND (p.id IS NULL
              OR p.status NOT IN ('paid', 'refund_due', 'refunded', 'refund_failed'))""",
    "a confirming order has no job that will end it": """
        SELECT o.id FROM orders o LEFT JOIN jobs j
               ON j.kind = 'payment.capture' AND j.subject = o.payment_id
        WHERE o.status = 'confirming' AND (j.id IS NULL OR j.state = 'failed')""",
    "more was refunded than was paid": """
        SELECT p.id FROM payments p JOIN refunds r ON r.payment_id = p.id
        WHERE r.status NOT IN ('failed', 'dropped')
        GROUP BY p.id, p.amount HAVING sum(r.amount) > p.amount""",
    "the refunds of a payment do not add up to what it reserved": """
        SELECT p.id FROM payments p WHERE p.promised <> (
            SELECT coalesce(sum(r.amount), 0) FROM refunds r
            WHERE r.payment_id = p.id AND r.status NOT IN ('failed', 'dropped'))""",
    "somebody was admitted with a ticket they did not own": """
        SELECT a.id FROM admissions a
               LEFT JOIN orders o ON o.id = a.order_id AND o.status = 'complete'
               LEFT JOIN entry_codes e ON e.ticket_id = a.ticket_id AND e.owner_id = a.buyer_id
        WHERE o.id IS NULL OR e.id IS NULL OR o.ticket_id <> a.ticket_id
              OR o.show_id <> a.show_id""",
    "a scan refers to an admission that does not exist": """
        SELECT s.admission_id FROM scans s LEFT JOIN admissions a ON a.id = s.admission_id
        WHERE s.admission_id IS NOT NULL AND (a.id IS NULL OR a.ticket_id <> s.ticket_id)""",
}
#: Invariants of the ledger. The first concerns the lines that a posting has on an order, in one
#: currency. When they sum to zero so do all postings, orders and currencies, which therefore need
#: no query of their own.
LEDGER_RULES: Mapping[str, str] = {
    "an order's lines do not sum to zero": """
        SELECT order_id FROM ledger GROUP BY posting, order_id
        HAVING sum(amount) <> 0 OR min(currency) <> max(currency)""",
    "captured money is not in the ledger as captured": """
        SELECT p.id FROM payments p LEFT JOIN ledger l ON l.order_id = p.order_id
               AND l.payment_id = p.id AND l.kind IN ('capture', 'late') AND l.book = 'platform'
        WHERE p.status IN ('paid', 'refund_due', 'refunded', 'refund_failed')
        GROUP BY p.id, p.amount, p.currency
        HAVING count(l.seq) <> 1 OR min(l.amount) <> p.amount OR min(l.currency) <> p.currency""",
    "the ledger has money that was never captured": """
        SELECT l.order_id FROM ledger l LEFT JOIN payments p
               ON p.id = l.payment_id
               AND p.status IN ('paid', 'refund_due', 'refunded', 'refund_failed')
        WHERE l.kind IN ('capture', 'late') AND l.book = 'platform'
              AND (p.id IS NULL OR p.order_id <> l.order_id)""",
    "a complete order is missing from its seller's sales": """
        SELECT o.id FROM orders o LEFT JOIN sales s ON s.order_id = o.id
        WHERE o.status = 'complete' AND (s.order_id IS NULL OR s.seller_id <> o.seller_id)""",
    "a refund is not in the ledger as it was made": """
        SELECT r.id FROM refunds r LEFT JOIN ledger l ON l.order_id = r.order_id
               AND l.posting IN ('refund:' || r.id, 'refund_failed:' || r.id,
                                 'refund_settled:' || r.id)
               AND l.book = 'platform'
        GROUP BY r.id, r.amount, r.status
        HAVING coalesce(sum(l.amount), 0)
               <> CASE WHEN r.status IN ('done', 'settled') THEN -r.amount ELSE 0 END""",
    "the ledger has a refund that does not exist": """
        SELECT l.order_id FROM ledger l LEFT JOIN refunds r
               ON l.posting IN ('refund:' || r.id, 'refund_failed:' || r.id,
                                'refund_settled:' || r.id) AND r.payment_id = l.payment_id
        WHERE l.kind IN ('refund', 'refund_failed', 'refund_settled') AND r.id IS NULL""",
    "an order's refunded amount differs from its refunds": """
        SELECT o.id FROM orders o LEFT JOIN refunds r ON r.payment_id = o.payment_id
               AND o.status = 'complete' AND r.status IN ('done', 'settled')
        GROUP BY o.id, o.refunded_amount HAVING coalesce(sum(r.amount), 0) <> o.refunded_amount""",
    "what a seller is owed differs from the ledger": """
        SELECT s.order_id FROM sales s LEFT JOIN ledger l
               ON l.order_id = s.order_id AND l.book = 'seller'
        GROUP BY s.order_id, s.owed HAVING coalesce(sum(l.amount), 0) <> -s.owed""",
    "a sale that was paid out is still owed": """
        SELECT order_id FROM sales WHERE payout_id IS NOT NULL AND owed > 0""",
    "a sale and its ledger lines are in different payouts": """
        SELECT s.order_id FROM sales s LEFT JOIN payouts p
               ON p.id = s.payout_id AND p.seller_id = s.seller_id AND p.status <> 'failed'
               LEFT JOIN ledger l ON l.payout_id = s.payout_id AND l.order_id = s.order_id
               AND l.kind = 'payout' AND l.book = 'seller'
        WHERE s.payout_id IS NOT NULL AND (p.id IS NULL OR l.seq IS NULL)
        UNION ALL
        SELECT l.order_id FROM payouts p JOIN ledger l ON l.payout_id = p.id
               JOIN sales s ON s.order_id = l.order_id
        WHERE p.status <> 'failed' AND s.payout_id IS NULL""",
    "a sale is reported without an open report, or the reverse": """
        SELECT s.order_id FROM sales s LEFT JOIN reports r
               ON r.order_id = s.order_id AND r.status = 'open'
        WHERE s.reported <> CASE WHEN r.id IS NULL THEN 0 ELSE 1 END""",
    "a payout is not the sum of its lines": """
        SELECT p.id FROM payouts p LEFT JOIN ledger l ON l.payout_id = p.id AND l.book = 'seller'
               AND l.user_id = p.seller_id AND l.currency = p.currency
        GROUP BY p.id, p.amount, p.sales, p.status
        HAVING coalesce(sum(CASE WHEN l.kind = 'payout' THEN l.amount END), 0) <> p.amount
               OR count(CASE WHEN l.kind = 'payout' THEN 1 END) <> p.sales
               OR coalesce(sum(CASE WHEN l.kind = 'payout_failed' THEN l.amount END), 0)
                  <> CASE WHEN p.status = 'failed' THEN -p.amount ELSE 0 END""",
    "a sale is frozen without a dispute, or disputed without being frozen": """
        SELECT s.order_id FROM sales s WHERE s.frozen = 1 AND 0 = (
            SELECT coalesce(sum(l.amount), 0) FROM ledger l
            WHERE l.order_id = s.order_id AND l.book = 'dispute')
        UNION ALL
        SELECT d.order_id FROM disputes d
        WHERE d.payment_id = (SELECT o.payment_id FROM orders o WHERE o.id = d.order_id)
              AND 0 = (SELECT s.frozen FROM sales s WHERE s.order_id = d.order_id)
              AND 0 <> (SELECT coalesce(sum(l.amount), 0) FROM ledger l
                        WHERE l.order_id = d.order_id AND l.payment_id = d.payment_id
                              AND l.book = 'dispute')""",
}
_STATEMENTS = {rule: Statement(text(sql)) for rule, sql in {**RULES, **LEDGER_RULES}.items()}
_EVENTS = Statement(
    text(
        "SELECT entity_id, version, body FROM events WHERE version > 0 ORDER BY entity_id, version"
    )
)
_STATES = Statement(
    text("""
        SELECT id, version, status FROM tickets
        UNION ALL SELECT id, version, status FROM orders
        UNION ALL SELECT id, version, status FROM payments
        UNION ALL SELECT id, version, status FROM accounts
        UNION ALL SELECT id, version, status FROM payouts
        UNION ALL SELECT id, version, status FROM admissions""")
)
_decode = msgspec.json.Decoder(dict[str, Any]).decode


@dataclass(frozen=True)
class AuditFinding:
    """A rule that is violated, and the id of what violates it."""

    rule: str
    id: str


def audit(connection: Connection) -> list[AuditFinding]:
    """Return every violation; the time it takes grows with the database."""
    findings = [
        AuditFinding(rule, row[0])
        for rule, statement in _STATEMENTS.items()
        for row in connection.all(statement)
    ]
    return [*findings, *_check_log(connection)]


def _check_log(connection: Connection) -> Iterator[AuditFinding]:
    """Check that versions run 1, 2, 3 without a gap and that the newest event has the status."""
    logged: dict[str, tuple[int, str]] = {}
    for entity, version, body in connection.all(_EVENTS):
        if version != logged.get(entity, (0, ""))[0] + 1:
            yield AuditFinding("a version is missing from the event log", entity)
        logged[entity] = (version, str(_decode(body).get("status", "")))
    for entity, version, status in connection.all(_STATES):
        if logged.get(entity) != (version, status):
            yield AuditFinding("the event log does not lead to the current state", entity)
