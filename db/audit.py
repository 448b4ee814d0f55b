"""The audit: what must hold in any database of ours, checked from outside the rooms' own code.

Each rule is a query for rows that break it, so that a report can name them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy import text

from db import books
from db.statement import Connection, Statement

#: What is wrong -> the rows that are. The invariants are those of the original application's
#: stress test; the events' own are in `_log`, the ledger's in `books`.
RULES: Mapping[str, str] = {
    "two live orders hold one ticket": """
        SELECT ticket_id FROM orders
        WHERE status IN ('awaiting_payment', 'confirming', 'complete')
        GROUP BY ticket_id HAVING count(*) > 1""",
    "a locked ticket has no open order": """
        SELECT t.id FROM tickets t LEFT JOIN orders o ON o.id = t.order_id
        WHERE t.status = 'locked' AND (o.id IS NULL OR o.ticket_id <> t.id
              OR o.status NOT IN ('awaiting_payment', 'confirming'))""",
    "a sold ticket has no complete order": """
        SELECT t.id FROM tickets t LEFT JOIN orders o ON o.id = t.order_id
        WHERE t.status = 'sold' AND (o.id IS NULL OR o.ticket_id <> t.id
              OR o.status <> 'complete')""",
    "a live order does not hold its ticket": """
        SELECT o.id FROM orders o JOIN tickets t ON t.id = o.ticket_id
        WHERE o.status IN ('awaiting_payment', 'confirming', 'complete')
              AND (t.order_id IS NULL OR t.order_id <> o.id)""",
    "a buyer bought from himself": "SELECT id FROM orders WHERE buyer_id = seller_id",
    "a card paid for somebody else": """
        SELECT p.id FROM payments p LEFT JOIN cards c ON c.id = p.card_id
        WHERE p.card_id IS NOT NULL AND (c.id IS NULL OR c.user_id <> p.buyer_id)""",
    "a removed card is not being forgotten": """
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
    "a confirming order has no work that will end it": """
        SELECT o.id FROM orders o LEFT JOIN jobs j
               ON j.kind = 'payment.capture' AND j.subject = o.payment_id
        WHERE o.status = 'confirming' AND (j.id IS NULL OR j.state = 'failed')""",
    "more was refunded than was paid": """
        SELECT p.id FROM payments p JOIN refunds r ON r.payment_id = p.id
        WHERE r.status NOT IN ('failed', 'dropped')
        GROUP BY p.id, p.amount HAVING sum(r.amount) > p.amount""",
    "a payment promised back something else than its refunds": """
        SELECT p.id FROM payments p WHERE p.promised <> (
            SELECT coalesce(sum(r.amount), 0) FROM refunds r
            WHERE r.payment_id = p.id AND r.status NOT IN ('failed', 'dropped'))""",
    "somebody was let in with a ticket that was not his": """
        SELECT a.id FROM admissions a LEFT JOIN orders o ON o.id = a.order_id
        WHERE o.id IS NULL OR o.status <> 'complete' OR o.ticket_id <> a.ticket_id
              OR o.buyer_id <> a.buyer_id OR o.show_id <> a.show_id""",
    "a scan let somebody in whom the gate does not know": """
        SELECT s.admission_id FROM scans s LEFT JOIN admissions a ON a.id = s.admission_id
        WHERE s.admission_id IS NOT NULL AND (a.id IS NULL OR a.ticket_id <> s.ticket_id)""",
}
_RULES = {name: Statement(text(sql)) for name, sql in {**RULES, **books.RULES}.items()}
_FACTS = Statement(
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
class Finding:
    """A rule that is broken, and by what."""

    rule: str
    id: str


def audit(connection: Connection) -> list[Finding]:
    """Return every broken rule; an empty list is a sound database. Takes time in its size."""
    findings = [
        Finding(name, row[0])
        for name, statement in _RULES.items()
        for row in connection.all(statement)
    ]
    return [*findings, *_log(connection)]


def _log(connection: Connection) -> Iterator[Finding]:
    """Check that versions run 1, 2, 3 without a gap and that the newest event tells the state."""
    told: dict[str, tuple[int, str]] = {}
    for entity, version, body in connection.all(_FACTS):
        if version != told.get(entity, (0, ""))[0] + 1:
            yield Finding("a version is missing from the log", entity)
        told[entity] = (version, str(_decode(body).get("status", "")))
    for entity, version, status in connection.all(_STATES):
        if told.get(entity) != (version, status):
            yield Finding("the log does not lead to the state", entity)
