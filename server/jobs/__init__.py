"""Jobs: work that leaves the process. It runs after commit, driven from rows, at least once.

A service enqueues a job inside its transaction, so that the change and the job that follows from it
are committed together. There is one job per kind and subject; enqueued again, it runs once more. A
job must be safe to repeat: after a crash it runs again.
"""

from contract.jobs import LIST_JOBS, RETRY_JOB, JobFailed, JobRetried
from server.jobs import routes
from server.jobs.runner import LONGEST_PAUSE, Job, Runner, Snooze
from server.jobs.service import LEASE, RUNNER, Claimed, claim, count, enqueue, of_order
from server.jobs.statements import FINISH, RECLAIM
from server.routing import route

ROUTES = (
    route(LIST_JOBS, routes.list_jobs),
    route(RETRY_JOB, routes.retry_job),
)
EVENTS = (JobFailed, JobRetried)

__all__ = [
    "EVENTS",
    "FINISH",
    "LEASE",
    "LONGEST_PAUSE",
    "RECLAIM",
    "ROUTES",
    "RUNNER",
    "Claimed",
    "Job",
    "Runner",
    "Snooze",
    "claim",
    "count",
    "enqueue",
    "of_order",
]
