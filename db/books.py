"""The books: what must hold between the ledger and the money, as rules of the audit.

Each rule is a query for what breaks it, and reads a table at most once: the audit runs whenever a
server starts. The first is about the lines that a posting has on an order, in one currency. When
they sum to zero so do all postings, orders and currencies, which need not be added up again.
"""

from __future__ import annotations

from collections.abc import Mapping

RULES: Mapping[str, str] = {
    "an order's lines do not sum to zero": """
        SELECT order_id FROM ledger GROUP BY posting, order_id
        HAVING sum(amount) <> 0 OR min(currency) <> max(currency)""",
    "captured money is not booked as it was captured": """
        SELECT p.id FROM payments p LEFT JOIN ledger l ON l.order_id = p.order_id
               AND l.payment_id = p.id AND l.kind IN ('capture', 'late') AND l.book = 'platform'
        WHERE p.status IN ('paid', 'refund_due', 'refunded', 'refund_failed')
        GROUP BY p.id, p.amount, p.currency
        HAVING count(l.seq) <> 1 OR min(l.amount) <> p.amount OR min(l.currency) <> p.currency""",
    "money is booked that was never captured": """
        SELECT l.order_id FROM ledger l LEFT JOIN payments p
               ON p.id = l.payment_id
               AND p.status IN ('paid', 'refund_due', 'refunded', 'refund_failed')
        WHERE l.kind IN ('capture', 'late') AND l.book = 'platform'
              AND (p.id IS NULL OR p.order_id <> l.order_id)""",
    "a complete order is no sale of its seller": """
        SELECT o.id FROM orders o LEFT JOIN sales s ON s.order_id = o.id
        WHERE o.status = 'complete' AND (s.order_id IS NULL OR s.seller_id <> o.seller_id)""",
    "a refund is not booked as it went": """
        SELECT r.id FROM refunds r LEFT JOIN ledger l ON l.order_id = r.order_id
               AND l.posting IN ('refund:' || r.id, 'refund_failed:' || r.id,
                                 'refund_settled:' || r.id)
               AND l.book = 'platform'
        GROUP BY r.id, r.amount, r.status
        HAVING coalesce(sum(l.amount), 0)
               <> CASE WHEN r.status IN ('done', 'settled') THEN -r.amount ELSE 0 END""",
    "a refund is booked that there is not": """
        SELECT l.order_id FROM ledger l LEFT JOIN refunds r
               ON l.posting IN ('refund:' || r.id, 'refund_failed:' || r.id,
                                'refund_settled:' || r.id) AND r.payment_id = l.payment_id
        WHERE l.kind IN ('refund', 'refund_failed', 'refund_settled') AND r.id IS NULL""",
    "an order tells of other refunds than there were": """
        SELECT o.id FROM orders o LEFT JOIN refunds r ON r.payment_id = o.payment_id
               AND o.status = 'complete' AND r.status IN ('done', 'settled')
        GROUP BY o.id, o.refunded_amount HAVING coalesce(sum(r.amount), 0) <> o.refunded_amount""",
    "a seller is owed something else than his lines say": """
        SELECT s.order_id FROM sales s LEFT JOIN ledger l
               ON l.order_id = s.order_id AND l.book = 'seller'
        GROUP BY s.order_id, s.owed HAVING coalesce(sum(l.amount), 0) <> -s.owed""",
    "a sale that was paid out is owed still": """
        SELECT order_id FROM sales WHERE payout_id IS NOT NULL AND owed > 0""",
    "a sale is in another payout than its lines": """
        SELECT s.order_id FROM sales s LEFT JOIN payouts p
               ON p.id = s.payout_id AND p.seller_id = s.seller_id AND p.status <> 'failed'
               LEFT JOIN ledger l ON l.payout_id = s.payout_id AND l.order_id = s.order_id
               AND l.kind = 'payout' AND l.book = 'seller'
        WHERE s.payout_id IS NOT NULL AND (p.id IS NULL OR l.seq IS NULL)
        UNION ALL
        SELECT l.order_id FROM payouts p JOIN ledger l ON l.payout_id = p.id
               JOIN sales s ON s.order_id = l.order_id
        WHERE p.status <> 'failed' AND s.payout_id IS NULL""",
    "a payout is not the sum of its lines": """
        SELECT p.id FROM payouts p LEFT JOIN ledger l ON l.payout_id = p.id AND l.book = 'seller'
               AND l.user_id = p.seller_id AND l.currency = p.currency
        GROUP BY p.id, p.amount, p.sales, p.status
        HAVING coalesce(sum(CASE WHEN l.kind = 'payout' THEN l.amount END), 0) <> p.amount
               OR count(CASE WHEN l.kind = 'payout' THEN 1 END) <> p.sales
               OR coalesce(sum(CASE WHEN l.kind = 'payout_failed' THEN l.amount END), 0)
                  <> CASE WHEN p.status = 'failed' THEN -p.amount ELSE 0 END""",
    "a sale is frozen though no bank holds its money, or is not": """
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
