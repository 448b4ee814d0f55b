"""Tickets: one seat at one show, from listing to sale."""

from contract.issuing import ISSUE_TICKETS
from contract.policies import ShowPolicyChanged, TicketSuspended
from contract.show_overview import LIST_ORGANISER_SHOWS
from contract.shows import LIST_SHOWS, ShowCreated, ShowMerged, ShowUpdated
from contract.tickets import (
    CREATE_TICKET,
    EDIT_TICKET,
    IMPORT_TICKETS,
    LIST_TICKETS,
    RELIST_TICKET,
    VIEW_TICKET,
    WITHDRAW_TICKET,
    TicketCodeIssued,
    TicketCodeRevoked,
    TicketCreated,
    TicketUpdated,
    TicketWithdrawn,
)
from server.alerts import service as alerts
from server.bus import subscribe
from server.jobs import Job
from server.routing import multi_step, route
from server.shows import service as shows
from server.tickets import barcodes, moves, routes, seat_counts, show_keys, suspension

ROUTES = (
    route(CREATE_TICKET, routes.create_ticket),
    route(LIST_TICKETS, routes.list_tickets),
    multi_step(IMPORT_TICKETS, routes.import_tickets),
    route(ISSUE_TICKETS, routes.issue_tickets),
    route(VIEW_TICKET, routes.view_ticket),
    route(EDIT_TICKET, routes.edit_ticket),
    route(RELIST_TICKET, routes.relist_ticket),
    route(WITHDRAW_TICKET, routes.withdraw_ticket),
    route(LIST_SHOWS, routes.list_shows),
    route(LIST_ORGANISER_SHOWS, seat_counts.list_shows),
)
EVENTS = (
    TicketCreated, TicketUpdated, TicketWithdrawn, TicketSuspended, TicketCodeIssued,
    TicketCodeRevoked,
)  # fmt: skip
CALLS = (shows.get_or_create, alerts.open_alert)
SUBSCRIPTIONS = (
    subscribe(ShowCreated, show_keys.show_created),
    subscribe(ShowUpdated, moves.show_updated),
    subscribe(ShowMerged, moves.show_merged),
    subscribe(ShowMerged, suspension.show_merged),
    subscribe(ShowPolicyChanged, suspension.policy_changed),
)
JOBS = (Job(suspension.APPLY, suspension.apply, most=None),)

add_keys = show_keys.add_missing
seal_barcodes = barcodes.reseal

__all__ = ["CALLS", "EVENTS", "JOBS", "ROUTES", "SUBSCRIPTIONS", "add_keys", "seal_barcodes"]
