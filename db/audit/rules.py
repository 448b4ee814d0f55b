"""The rules of the audit: each is a query for the ids of what violates it."""

from __future__ import annotations

from collections.abc import Mapping

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
    "a lock ends at another time than its order's deadline": """
        SELECT t.id FROM tickets t JOIN orders o ON o.id = t.order_id
        WHERE t.status = 'locked' AND (t.locked_until IS NULL OR t.locked_until <> o.expires_at)""",
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
    "two tickets that are not withdrawn are for one seat": """
        SELECT max(id) FROM tickets WHERE shelf <> 'off' AND seat_key IS NOT NULL
        GROUP BY show_id, seat_key HAVING count(*) > 1""",
    "two tickets that are not withdrawn have one barcode": """
        SELECT max(id) FROM tickets WHERE shelf <> 'off' AND barcode_digest IS NOT NULL
        GROUP BY show_id, barcode_digest HAVING count(*) > 1""",
    "two accounts have one address": """
        SELECT max(id) FROM accounts GROUP BY email_key HAVING count(*) > 1""",
    "a ticket starts at another time than its show": """
        SELECT t.id FROM tickets t JOIN shows s ON s.id = t.show_id
        WHERE t.starts_at <> s.starts_at""",
    "an order is for another show than its ticket": """
        SELECT o.id FROM orders o JOIN tickets t ON t.id = o.ticket_id
        WHERE o.show_id <> t.show_id""",
    "an order is for another seat than its ticket": """
        SELECT o.id FROM orders o JOIN tickets t ON t.id = o.ticket_id
        WHERE (o.is_current = 1 OR o.status IN ('awaiting_payment', 'confirming'))
              AND (o.section <> t.section OR o."row" <> t."row" OR o.seat <> t.seat)""",
    "an open order has another price or seller than its ticket": """
        SELECT o.id FROM orders o JOIN tickets t ON t.id = o.ticket_id
        WHERE o.status IN ('awaiting_payment', 'confirming')
              AND (o.price_amount <> t.price_amount OR o.price_currency <> t.price_currency
                   OR o.seller_id <> t.seller_id)""",
    "an entry code of a ticket is missing": """
        SELECT t.id FROM tickets t LEFT JOIN entry_codes e ON e.ticket_id = t.id
        GROUP BY t.id, t.code_serial
        HAVING t.code_serial <> count(e.id) OR t.code_serial <> coalesce(max(e.serial), 0)""",
    "an entry code is from another purchase than its owner's": """
        SELECT e.id FROM entry_codes e JOIN orders o ON o.id = e.order_id
        WHERE o.ticket_id <> e.ticket_id OR o.status <> 'complete' OR o.show_id <> e.show_id""",
    "a ticket is inside without an admission, or the reverse": """
        SELECT t.id FROM tickets t LEFT JOIN admissions a
               ON a.ticket_id = t.id AND a.status <> 'undone'
        GROUP BY t.id, t.inside HAVING t.inside <> CASE WHEN count(a.id) > 0 THEN 1 ELSE 0 END""",
    "an admission has no scan": """
        SELECT a.id FROM admissions a LEFT JOIN scans s ON s.admission_id = a.id
        WHERE s.id IS NULL""",
    "an offer does not reserve its ticket": """
        SELECT g.id FROM transfers g JOIN tickets t ON t.id = g.ticket_id
               JOIN entry_codes e ON e.ticket_id = t.id AND e.revoked_at IS NULL
        WHERE g.status = 'offered' AND (t.transfer_id IS NULL OR t.transfer_id <> g.id)
              AND NOT EXISTS (SELECT 1 FROM admissions a WHERE a.ticket_id = t.id)
              AND NOT EXISTS (SELECT 1 FROM refunds r WHERE r.order_id = e.order_id)""",
    "a payment has other declines than it counts": """
        SELECT p.id FROM payments p LEFT JOIN declines d ON d.payment_id = p.id
               AND d.order_id = p.order_id
        GROUP BY p.id, p.declines HAVING p.declines <> count(d.charge_id)""",
    "an order is disputed without a dispute, or the reverse": """
        SELECT o.id FROM orders o LEFT JOIN disputes d
               ON d.order_id = o.id AND d.payment_id = o.payment_id AND d.outcome <> 'won'
        GROUP BY o.id, o.disputed
        HAVING o.disputed <> CASE WHEN count(d.id) > 0 THEN 1 ELSE 0 END""",
    "a refund or dispute is about another order than its payment": """
        SELECT r.id FROM refunds r JOIN payments p ON p.id = r.payment_id
        WHERE r.order_id <> p.order_id OR r.currency <> p.currency
        UNION ALL
        SELECT d.id FROM disputes d JOIN payments p ON p.id = d.payment_id
        WHERE d.order_id <> p.order_id OR d.currency <> p.currency""",
    "two refunds of a payment are under way": """
        SELECT payment_id FROM refunds WHERE status IN ('due', 'sent')
        GROUP BY payment_id HAVING count(*) > 1""",
    "a refund is due and no job sends it": """
        SELECT r.id FROM refunds r LEFT JOIN jobs j
               ON j.kind = 'payment.refund' AND j.subject = r.id
        WHERE r.status = 'due' AND (j.id IS NULL OR j.state = 'done')""",
    "a payout is due and no job sends it": """
        SELECT p.id FROM payouts p LEFT JOIN jobs j
               ON j.kind = 'payout.transfer' AND j.subject = p.id
        WHERE p.status = 'due' AND (j.id IS NULL OR j.state = 'done')""",
    "a job is about nothing": """
        SELECT j.id FROM jobs j LEFT JOIN payments p ON p.id = j.subject
        WHERE j.state <> 'done' AND substr(j.subject, 1, 4) = 'pay_' AND p.id IS NULL
        UNION ALL SELECT j.id FROM jobs j LEFT JOIN refunds r ON r.id = j.subject
        WHERE j.state <> 'done' AND j.kind = 'payment.refund' AND r.id IS NULL
        UNION ALL SELECT j.id FROM jobs j LEFT JOIN payouts o ON o.id = j.subject
        WHERE j.state <> 'done' AND j.kind = 'payout.transfer' AND o.id IS NULL
        UNION ALL SELECT j.id FROM jobs j LEFT JOIN shows s ON s.id = j.subject
        WHERE j.state <> 'done' AND j.kind = 'show.clear' AND s.id IS NULL
        UNION ALL SELECT j.id FROM jobs j LEFT JOIN card_setups c ON c.id = j.subject
        WHERE j.state <> 'done' AND j.kind = 'card.setup' AND c.id IS NULL
        UNION ALL SELECT j.id FROM jobs j LEFT JOIN accounts a ON a.id = j.subject
        WHERE j.state <> 'done' AND j.kind = 'seller.follow_ban' AND a.id IS NULL
        UNION ALL SELECT j.id FROM jobs j LEFT JOIN orders o ON o.id = j.order_id
        WHERE j.state <> 'done' AND j.order_id IS NOT NULL AND o.id IS NULL""",
    "a card belongs to nobody's customer": """
        SELECT c.id FROM cards c LEFT JOIN customers u ON u.user_id = c.user_id
        WHERE u.user_id IS NULL""",
    "an order names a payment of another order": """
        SELECT o.id FROM orders o LEFT JOIN payments p
               ON p.id = o.payment_id AND p.order_id = o.id
        WHERE o.payment_id IS NOT NULL AND p.id IS NULL""",
    "a payout has another destination than its method": """
        SELECT id FROM payouts WHERE (method = 'transfer') <> (account IS NOT NULL)
              OR (method = 'transfer' AND status = 'sent') <> (transfer_id IS NOT NULL)""",
}
