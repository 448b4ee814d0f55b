"""Shows: the concert or match that tickets are for."""

from contract.shows import VIEW_SHOW, ShowCancelled, ShowCreated
from server.routing import route
from server.shows import routes

ROUTES = (route(VIEW_SHOW, routes.view_show),)
EVENTS = (ShowCreated, ShowCancelled)

__all__ = ["EVENTS", "ROUTES"]
