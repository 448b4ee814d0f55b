"""Alert: what the house cannot resolve by itself, until an operator has seen to it."""

from contract.alerts import LIST_ALERTS, RESOLVE_ALERT
from contract.jobs import JobFailed, JobRetried
from server.alerts import routes, service
from server.bus import subscribe
from server.routing import route

ROUTES = (
    route(LIST_ALERTS, routes.find),
    route(RESOLVE_ALERT, routes.resolve),
)
SUBSCRIPTIONS = (
    subscribe(JobFailed, service.job_failed),
    subscribe(JobRetried, service.job_retried),
)

__all__ = ["ROUTES", "SUBSCRIPTIONS"]
