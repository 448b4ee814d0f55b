"""Alerts: what the server cannot resolve by itself, until an operator resolves it."""

from contract.alerts import LIST_ALERTS, RESOLVE_ALERT, AlertClosed, AlertOpened
from contract.jobs import JobFailed, JobRetried
from server.alerts import routes, service
from server.bus import subscribe
from server.routing import route

ROUTES = (
    route(LIST_ALERTS, routes.list_alerts),
    route(RESOLVE_ALERT, routes.resolve_alert),
)
EVENTS = (AlertOpened, AlertClosed)
SUBSCRIPTIONS = (
    subscribe(JobFailed, service.job_failed),
    subscribe(JobRetried, service.job_retried),
)

__all__ = ["EVENTS", "ROUTES", "SUBSCRIPTIONS"]
