"""Organisers: organisations that own shows, and the accounts that act for them."""

from contract.organisers import (
    ADD_MEMBER,
    ADMIN_LIST_ORGANISERS,
    APPROVE_ORGANISER,
    CREATE_ORGANISER,
    LIST_ORGANISERS,
    REMOVE_MEMBER,
    SUSPEND_ORGANISER,
    VIEW_ORGANISER,
    OrganiserApproved,
    OrganiserCreated,
    OrganiserMemberAdded,
    OrganiserMemberRemoved,
    OrganiserSuspended,
)
from server.organisers import routes
from server.routing import route

ROUTES = (
    route(CREATE_ORGANISER, routes.create),
    route(LIST_ORGANISERS, routes.list_own),
    route(VIEW_ORGANISER, routes.view),
    route(ADD_MEMBER, routes.add_member),
    route(REMOVE_MEMBER, routes.remove_member),
    route(ADMIN_LIST_ORGANISERS, routes.admin_list),
    route(APPROVE_ORGANISER, routes.approve),
    route(SUSPEND_ORGANISER, routes.suspend),
)
EVENTS = (
    OrganiserCreated, OrganiserApproved, OrganiserSuspended, OrganiserMemberAdded,
    OrganiserMemberRemoved,
)  # fmt: skip

__all__ = ["EVENTS", "ROUTES"]
