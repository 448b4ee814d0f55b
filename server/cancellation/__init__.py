"""Cancellation: a show that will not take place leaves the market, and its buyers get refunds."""

from contract.alerts import AlertClosed
from contract.payments import PaymentDisputeWon
from contract.shows import (
    CANCEL_OWN_SHOW,
    CANCEL_SHOW,
    VIEW_CANCELLATION,
    VIEW_OWN_CANCELLATION,
)
from server.alerts import service as alerts
from server.bus import subscribe
from server.cancellation import jobs, routes, service
from server.jobs import Job
from server.orders import service as orders
from server.payments import refunds
from server.routing import route
from server.shows import service as shows
from server.tickets import bulk_withdraw

ROUTES = (
    route(CANCEL_SHOW, routes.cancel),
    route(VIEW_CANCELLATION, routes.view),
    route(CANCEL_OWN_SHOW, routes.cancel_own),
    route(VIEW_OWN_CANCELLATION, routes.view_own),
)
CALLS = (
    refunds.begin, orders.cancel, bulk_withdraw.withdraw_batch, shows.cancel, alerts.open_alert,
    alerts.auto_resolve,
)  # fmt: skip
#: Either may end what kept an order from being refunded.
SUBSCRIPTIONS = (
    subscribe(PaymentDisputeWon, service.dispute_won),
    subscribe(AlertClosed, service.refund_resolved),
)
JOBS = (Job(service.CLEAR, jobs.clear, most=None),)

__all__ = ["CALLS", "JOBS", "ROUTES", "SUBSCRIPTIONS"]
