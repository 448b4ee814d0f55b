"""Moderation: bans and their effect on listings and orders, and single listings taken down."""

from contract.auth import BAN_USER
from contract.moderation import ADMIN_WITHDRAW
from server.auth import service as auth
from server.jobs import Job
from server.moderation import jobs, routes, service
from server.orders import service as orders
from server.routing import route
from server.tickets import resale
from server.tickets import service as tickets

ROUTES = (
    route(BAN_USER, routes.ban),
    route(ADMIN_WITHDRAW, routes.withdraw),
)
CALLS = (orders.cancel, resale.take_down, tickets.restore, auth.set_role_and_status)
JOBS = (Job(service.FOLLOW_BAN, jobs.follow_ban, most=None),)

__all__ = ["CALLS", "JOBS", "ROUTES"]
