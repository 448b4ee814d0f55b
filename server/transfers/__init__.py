"""Transfers: an owner gives a ticket to somebody."""

from contract.transfers import (
    ACCEPT_TRANSFER,
    CANCEL_TRANSFER,
    DECLINE_TRANSFER,
    LIST_TRANSFERS,
    OFFER_TRANSFER,
    TransferAccepted,
    TransferCreated,
    TransferEnded,
)
from server.routing import route
from server.tickets import resale
from server.transfers import routes

ROUTES = (
    route(OFFER_TRANSFER, routes.offer),
    route(LIST_TRANSFERS, routes.list_transfers),
    route(ACCEPT_TRANSFER, routes.accept),
    route(DECLINE_TRANSFER, routes.decline),
    route(CANCEL_TRANSFER, routes.cancel),
)
EVENTS = (TransferCreated, TransferAccepted, TransferEnded)
CALLS = (resale.transfer,)

__all__ = ["CALLS", "EVENTS", "ROUTES"]
