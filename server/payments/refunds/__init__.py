"""Refunds: a buyer's money on its way back, one at a time for each payment.

A refund is tied to its payment, never to the order: what was paid twice can go back once without
touching the ticket. It may fail long after it was promised; then an operator pays in another way,
and never does the same card get it by itself again.
"""

from contract.refunds import LIST_REFUNDS, REFUND_ORDER
from server.payments.refunds import routes
from server.payments.refunds.book import of_payment
from server.payments.refunds.service import begin, late, settled
from server.payments.refunds.work import Work
from server.routing import route

ROUTES = (route(REFUND_ORDER, routes.begin), route(LIST_REFUNDS, routes.find))

__all__ = ["ROUTES", "Work", "begin", "late", "of_payment", "settled"]
