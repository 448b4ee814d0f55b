"""Jobs: work that leaves the process. Done after commit, driven from rows, at least once.

A room asks for work inside its transaction, so that the fact and the work it calls for are
committed together. One job of a kind exists for a subject; asking again only wakes it. What a job
does must be safe to repeat: after a crash it runs again.
"""

from contract.jobs import LIST_JOBS, RETRY_JOB
from server.jobs import routes
from server.jobs.runner import LONGEST_PAUSE, Job, Later, Runner
from server.jobs.service import LEASE, RUNNER, Claimed, claim, count, enqueue, of_order
from server.jobs.statements import FINISH, TAKE_UP
from server.routing import route

ROUTES = (
    route(LIST_JOBS, routes.find),
    route(RETRY_JOB, routes.retry),
)

__all__ = [
    "FINISH",
    "LEASE",
    "LONGEST_PAUSE",
    "ROUTES",
    "RUNNER",
    "TAKE_UP",
    "Claimed",
    "Job",
    "Later",
    "Runner",
    "claim",
    "count",
    "enqueue",
    "of_order",
]
