"""Refunds: money sent back to a buyer, one refund at a time for each payment.

A refund belongs to its payment, not to the order: a second payment for an order can be refunded
without touching the ticket. A refund may fail long after it was sent; then an operator pays in
another way, and the program never sends it to the same card again.
"""

from contract.refunds import LIST_REFUNDS, REFUND_ORDER, REFUND_SOLD_ORDER, RETURN_ORDER
from server.payments.refunds import routes
from server.payments.refunds.repository import any_underway, of_payment
from server.payments.refunds.service import begin, refund_late, settle_failed
from server.routing import route

ROUTES = (
    route(REFUND_ORDER, routes.begin), route(REFUND_SOLD_ORDER, routes.begin_own),
    route(RETURN_ORDER, routes.return_own), route(LIST_REFUNDS, routes.find),
)  # fmt: skip

__all__ = [
    "ROUTES",
    "any_underway",
    "begin",
    "of_payment",
    "refund_late",
    "settle_failed",
]
