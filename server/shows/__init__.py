"""Shows: the concert or match that tickets are for."""

from contract.shows import (
    EDIT_SHOW,
    MERGE_SHOWS,
    VIEW_SHOW,
    ShowCancelled,
    ShowCreated,
    ShowMerged,
    ShowUpdated,
)
from server.alerts import service as alerts
from server.bus import subscribe
from server.routing import route
from server.shows import routes, similar

ROUTES = (
    route(VIEW_SHOW, routes.view_show),
    route(EDIT_SHOW, routes.edit_show),
    route(MERGE_SHOWS, routes.merge_shows),
)
CALLS = (alerts.open_alert, alerts.auto_resolve)
#: A show that may be the same as another one is pointed out to operators.
SUBSCRIPTIONS = (subscribe(ShowCreated, similar.show_created),)
EVENTS = (ShowCreated, ShowUpdated, ShowMerged, ShowCancelled)

__all__ = ["CALLS", "EVENTS", "ROUTES", "SUBSCRIPTIONS"]
