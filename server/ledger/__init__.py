"""The ledger: who is owed what of the money that was captured, and what has been paid out."""

from contract.ledger import (
    ADMIN_LEDGER,
    ADMIN_PAYOUTS,
    LIST_PAYOUTS,
    LIST_SALES,
    RELEASE_PAYOUTS,
    SET_PAYOUT_ACCOUNT,
    VIEW_BALANCE,
    VIEW_PAYOUT,
)
from contract.payments import (
    PaymentCreated,
    PaymentDisputed,
    PaymentDisputeLost,
    PaymentDisputeWon,
    PaymentLate,
    PaymentRefundDue,
    PaymentRefunded,
    PaymentRefundFailed,
    PaymentRefundSettled,
)
from server.bus import on
from server.ledger import postings, routes
from server.ledger.transfers import Transfers
from server.routing import route

ROUTES = (
    route(LIST_SALES, routes.sales),
    route(VIEW_BALANCE, routes.balance),
    route(LIST_PAYOUTS, routes.find_payouts),
    route(VIEW_PAYOUT, routes.view_payout),
    route(ADMIN_LEDGER, routes.admin_ledger),
    route(ADMIN_PAYOUTS, routes.admin_payouts),
    route(RELEASE_PAYOUTS, routes.release),
    route(SET_PAYOUT_ACCOUNT, routes.set_account),
)
REACTIONS = (
    on(PaymentCreated, postings.sold),
    on(PaymentLate, postings.late),
    on(PaymentRefundDue, postings.refund_due),
    on(PaymentRefunded, postings.refunded),
    on(PaymentRefundFailed, postings.refund_failed),
    on(PaymentRefundSettled, postings.refund_settled),
    on(PaymentDisputed, postings.disputed),
    on(PaymentDisputeWon, postings.dispute_won),
    on(PaymentDisputeLost, postings.dispute_lost),
)

__all__ = ["REACTIONS", "ROUTES", "Transfers"]
