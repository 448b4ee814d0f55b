"""Expiration: sleeps until the nearest deadline and expires the orders that are due."""

from contract.expiration import ExpirationComplete
from server.expiration.service import DeadlineScheduler, expire_due
from server.orders import service as orders
from server.transfers import service as transfers

EVENTS = (ExpirationComplete,)
CALLS = (orders.list_due, transfers.expire_due)

__all__ = ["CALLS", "EVENTS", "DeadlineScheduler", "expire_due"]
