"""Shows: the concert or match that tickets are for."""

from contract.organisers import OrganiserApproved, OrganiserSuspended
from contract.policies import ShowPolicyChanged
from contract.shows import (
    CREATE_SHOW,
    EDIT_OWN_SHOW,
    EDIT_SHOW,
    MERGE_SHOWS,
    SET_POLICY,
    VIEW_SHOW,
    ShowCancelled,
    ShowCreated,
    ShowMerged,
    ShowUpdated,
)
from server.alerts import service as alerts
from server.bus import subscribe
from server.routing import route
from server.shows import access, routes, similar

ROUTES = (
    route(VIEW_SHOW, routes.view_show),
    route(CREATE_SHOW, routes.create_show),
    route(EDIT_OWN_SHOW, routes.edit_own_show),
    route(SET_POLICY, routes.set_policy),
    route(EDIT_SHOW, routes.edit_show),
    route(MERGE_SHOWS, routes.merge_shows),
)
CALLS = (alerts.open_alert, alerts.auto_resolve)
#: A show that may be the same as another one is pointed out to operators. Shows are official while
#: their organiser is approved.
SUBSCRIPTIONS = (
    subscribe(ShowCreated, similar.show_created),
    subscribe(OrganiserApproved, access.organiser_approved),
    subscribe(OrganiserSuspended, access.organiser_suspended),
)
EVENTS = (ShowCreated, ShowUpdated, ShowMerged, ShowCancelled, ShowPolicyChanged)

__all__ = ["CALLS", "EVENTS", "ROUTES", "SUBSCRIPTIONS"]
