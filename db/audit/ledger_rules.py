"""The rules of the audit about money."""

from __future__ import annotations

from collections.abc import Mapping

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
    "the money of a payout is in another book than its status says": """
        SELECT p.id FROM payouts p LEFT JOIN ledger l ON l.payout_id = p.id
        GROUP BY p.id, p.amount, p.status
        HAVING coalesce(sum(CASE WHEN l.book = 'transit' THEN l.amount END), 0)
               <> CASE WHEN p.status = 'prepared' THEN -p.amount ELSE 0 END
               OR coalesce(sum(CASE WHEN l.book = 'platform' THEN l.amount END), 0)
                  <> CASE WHEN p.status IN ('due', 'sent', 'paid') THEN -p.amount ELSE 0 END""",
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
    "a line of the ledger is about another order, person or reason than its posting": """
        SELECT l.order_id FROM ledger l LEFT JOIN sales s ON s.order_id = l.order_id
               LEFT JOIN payments p ON p.id = l.payment_id
               LEFT JOIN payouts o ON o.id = l.payout_id
        WHERE l.posting NOT LIKE l.kind || ':%'
              OR (l.payment_id IS NOT NULL AND (p.id IS NULL OR p.order_id <> l.order_id))
              OR (l.payout_id IS NOT NULL AND l.posting <> l.kind || ':' || l.payout_id)
              OR (l.payout_id IS NULL) <> (l.kind NOT IN ('payout', 'payout_failed', 'payout_paid'))
              OR (l.book = 'transit' AND l.payout_id IS NULL)
              OR (l.book = 'seller' AND (l.user_id IS NULL OR l.user_id <> s.seller_id))
              OR (l.book NOT IN ('seller', 'buyer') AND l.user_id IS NOT NULL)
              OR (l.book = 'buyer' AND (l.user_id IS NULL OR l.user_id <> p.buyer_id))""",
    "a sale differs from its order": """
        SELECT s.order_id FROM sales s JOIN orders o ON o.id = s.order_id
        WHERE s.show_id <> o.show_id OR s.currency <> o.price_currency OR s.seller_id <> o.seller_id
              OR o.status <> 'complete'""",
    "a sale is being refunded without a refund, or the reverse": """
        SELECT s.order_id FROM sales s JOIN orders o ON o.id = s.order_id
               LEFT JOIN refunds r ON r.payment_id = o.payment_id AND r.status IN ('due', 'sent')
        GROUP BY s.order_id, s.refunding
        HAVING s.refunding <> count(r.id)""",
    "a fee in the ledger is not the one that was agreed": """
        SELECT o.id FROM orders o LEFT JOIN ledger l
               ON l.order_id = o.id AND l.kind = 'capture' AND l.book = 'fee'
        WHERE o.status = 'complete'
        GROUP BY o.id, o.fee_amount HAVING coalesce(sum(l.amount), 0) <> -o.fee_amount""",
    "a dispute is not in the ledger as it is": """
        SELECT d.id FROM disputes d LEFT JOIN ledger l ON l.posting = 'dispute:' || d.id
               AND l.book = 'platform'
        GROUP BY d.id, d.amount HAVING coalesce(sum(l.amount), 0) <> -d.amount""",
}
