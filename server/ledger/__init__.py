"""The ledger: who is owed what of the captured money, and what has been paid out."""

from contract.ledger import (
    ADMIN_LEDGER,
    ADMIN_PAYOUTS,
    CONFIRM_PAYOUT,
    FAIL_PAYOUT,
    LIST_PAYOUTS,
    LIST_SALES,
    LIST_SHOW_SALES,
    RELEASE_PAYOUTS,
    SET_PAYOUT_ACCOUNT,
    VIEW_BALANCE,
    VIEW_PAYOUT,
    PayoutAccountSet,
    PayoutCreated,
    PayoutUpdated,
)
from contract.orders import OrderReported, OrderReportResolved
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
from contract.shows import ShowMerged, ShowUpdated
from server.alerts import service as alerts
from server.bus import subscribe
from server.ledger import postings, routes
from server.ledger.jobs import PayoutJobs
from server.routing import route

ROUTES = (
    route(LIST_SALES, routes.sales),
    route(LIST_SHOW_SALES, routes.show_sales),
    route(VIEW_BALANCE, routes.balance),
    route(LIST_PAYOUTS, routes.find_payouts),
    route(VIEW_PAYOUT, routes.view_payout),
    route(ADMIN_LEDGER, routes.admin_ledger),
    route(ADMIN_PAYOUTS, routes.admin_payouts),
    route(RELEASE_PAYOUTS, routes.release),
    route(CONFIRM_PAYOUT, routes.confirm_payout),
    route(FAIL_PAYOUT, routes.fail_payout),
    route(SET_PAYOUT_ACCOUNT, routes.set_account),
)
EVENTS = (PayoutCreated, PayoutUpdated, PayoutAccountSet)
CALLS = (alerts.open_alert, alerts.auto_resolve)
SUBSCRIPTIONS = (
    subscribe(PaymentCreated, postings.sold),
    subscribe(PaymentLate, postings.late),
    subscribe(PaymentRefundDue, postings.refund_due),
    subscribe(PaymentRefunded, postings.refunded),
    subscribe(PaymentRefundFailed, postings.refund_failed),
    subscribe(PaymentRefundSettled, postings.refund_settled),
    subscribe(PaymentDisputed, postings.disputed),
    subscribe(PaymentDisputeWon, postings.dispute_won),
    subscribe(PaymentDisputeLost, postings.dispute_lost),
    subscribe(OrderReported, postings.reported),
    subscribe(OrderReportResolved, postings.report_resolved),
    subscribe(ShowUpdated, postings.show_updated),
    subscribe(ShowMerged, postings.show_merged),
)

__all__ = ["CALLS", "EVENTS", "ROUTES", "SUBSCRIPTIONS", "PayoutJobs"]
