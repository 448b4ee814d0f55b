"""Tickets: one seat at one show, from listing to sale."""

from contract.shows import LIST_SHOWS
from contract.tickets import (
    CREATE_TICKET,
    EDIT_TICKET,
    IMPORT_TICKETS,
    LIST_TICKETS,
    VIEW_TICKET,
    WITHDRAW_TICKET,
    TicketCreated,
    TicketUpdated,
    TicketWithdrawn,
)
from server.routing import route
from server.shows import service as shows
from server.tickets import routes

ROUTES = (
    route(CREATE_TICKET, routes.create),
    route(LIST_TICKETS, routes.find),
    route(IMPORT_TICKETS, routes.take),
    route(VIEW_TICKET, routes.view),
    route(EDIT_TICKET, routes.edit),
    route(WITHDRAW_TICKET, routes.withdraw),
    route(LIST_SHOWS, routes.find_shows),
)
EVENTS = (TicketCreated, TicketUpdated, TicketWithdrawn)
CALLS = (shows.named,)

__all__ = ["CALLS", "EVENTS", "ROUTES"]
