"""Shows: the concert or match that tickets are for."""

from contract.shows import VIEW_SHOW, ShowCancelled, ShowCreated
from server.alerts import service as alerts
from server.bus import subscribe
from server.routing import route
from server.shows import routes, similar

ROUTES = (route(VIEW_SHOW, routes.view_show),)
CALLS = (alerts.open_alert,)
#: A show that may be the same as another one is pointed out to operators.
SUBSCRIPTIONS = (subscribe(ShowCreated, similar.show_created),)
EVENTS = (ShowCreated, ShowCancelled)

__all__ = ["CALLS", "EVENTS", "ROUTES", "SUBSCRIPTIONS"]
