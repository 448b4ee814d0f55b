"""Cancellation: a show that will not take place leaves the market, and its buyers get refunds."""

from contract.alerts import AlertClosed
from contract.payments import PaymentDisputeWon
from contract.shows import CANCEL_SHOW, VIEW_CANCELLATION
from server.bus import subscribe
from server.cancellation import routes, service, work
from server.jobs import Job
from server.routing import route

ROUTES = (
    route(CANCEL_SHOW, routes.cancel),
    route(VIEW_CANCELLATION, routes.view),
)
#: What kept an order from being refunded may be out of the way.
SUBSCRIPTIONS = (
    subscribe(PaymentDisputeWon, service.dispute_won),
    subscribe(AlertClosed, service.refund_settled),
)
JOBS = (Job(service.CLEAR, work.clear, most=None),)

__all__ = ["JOBS", "ROUTES", "SUBSCRIPTIONS"]
