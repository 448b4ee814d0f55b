"""Moderation: bans and what follows, listings taken down, codes replaced, claims compared."""

from contract.auth import BAN_USER
from contract.moderation import ADMIN_REISSUE, ADMIN_WITHDRAW, VIEW_ALERT
from contract.reports import LIST_REPORTS, REFUND_REPORT, RELEASE_REPORT
from server.auth import service as auth
from server.jobs import Job
from server.moderation import jobs, routes, service
from server.orders import reports
from server.orders import service as orders
from server.payments import refunds
from server.routing import route
from server.tickets import resale
from server.tickets import service as tickets

ROUTES = (
    route(BAN_USER, routes.ban),
    route(ADMIN_WITHDRAW, routes.withdraw),
    route(ADMIN_REISSUE, routes.reissue),
    route(VIEW_ALERT, routes.view_alert),
    route(LIST_REPORTS, routes.list_reports),
    route(REFUND_REPORT, routes.refund_report),
    route(RELEASE_REPORT, routes.release_report),
)
CALLS = (
    orders.cancel, reports.resolve, refunds.begin, resale.take_down, resale.replace_code,
    tickets.restore, auth.set_role_and_status,
)  # fmt: skip
JOBS = (Job(service.FOLLOW_BAN, jobs.follow_ban, most=None),)

__all__ = ["CALLS", "JOBS", "ROUTES"]
