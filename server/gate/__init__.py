"""The gate: admits each ticket once by its entry code, and gives the reason for a refusal."""

from contract.gate import (
    ADMIT,
    SYNC_ADMISSIONS,
    UNDO_ADMISSION,
    VIEW_GATE,
    VIEW_GATE_CHANGES,
    VIEW_GATE_LIST,
    AdmissionLeft,
    AdmissionMade,
    AdmissionUndone,
)
from contract.shows import ShowMerged
from server.bus import subscribe
from server.gate import routes, service
from server.routing import route
from server.tickets import resale

ROUTES = (
    route(ADMIT, routes.admit),
    route(UNDO_ADMISSION, routes.undo),
    route(SYNC_ADMISSIONS, routes.sync),
    route(VIEW_GATE, routes.view_counts),
    route(VIEW_GATE_LIST, routes.list_tickets),
    route(VIEW_GATE_CHANGES, routes.list_changes),
)
EVENTS = (AdmissionMade, AdmissionLeft, AdmissionUndone)
CALLS = (resale.enter,)
SUBSCRIPTIONS = (subscribe(ShowMerged, service.show_merged),)

__all__ = ["CALLS", "EVENTS", "ROUTES", "SUBSCRIPTIONS"]
