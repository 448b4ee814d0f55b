"""Attention: what the house cannot settle by itself, until an operator has seen to it."""

from contract.attention import LIST_ATTENTION, SETTLE_ATTENTION
from contract.jobs import JobFailed, JobRetried
from server.attention import routes, service
from server.bus import on
from server.routing import route

ROUTES = (
    route(LIST_ATTENTION, routes.find),
    route(SETTLE_ATTENTION, routes.settle),
)
REACTIONS = (on(JobFailed, service.job_failed), on(JobRetried, service.job_retried))

__all__ = ["REACTIONS", "ROUTES"]
