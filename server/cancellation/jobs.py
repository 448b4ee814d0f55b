"""The job of cancellation: clear a show's market after the commit, batch by batch."""

from __future__ import annotations

from functools import partial
from typing import Protocol

from server.bus import Bus
from server.cancellation import service
from server.jobs import Snooze
from server.tx import Tx

#: The actor in the event log.
ACTOR = "cancellation"
#: Seconds until a payment that is being confirmed now is decided.
SOON = 2
#: Seconds between looks at orders with a refund under way, which takes days at worst.
LATER = 300


class BatchFunction(Protocol):
    """Handles a batch of what comes after an id; returns the last id, and None at the end."""

    def __call__(self, tx: Tx, *, show_id: str, after: str) -> str | None:
        """Handle one batch."""


def clear(bus: Bus, show_id: str) -> None:
    """Cancel open orders, withdraw tickets, refund sold ones, until nothing is left."""
    _run_batches(bus, service.end_locks, show_id)
    while bus.write_now(partial(service.withdraw, show_id=show_id), actor=ACTOR):
        pass
    _run_batches(bus, service.refund_batch, show_id)
    now = bus.read_now(partial(service.progress, show_id=show_id))
    if now.tickets_left:
        raise Snooze(SOON)
    if now.orders_left:
        raise Snooze(LATER)


def _run_batches(bus: Bus, handle: BatchFunction, show_id: str) -> None:
    """Handle batch after batch, each in a transaction of its own."""
    after: str | None = ""
    while after is not None:
        after = bus.write_now(partial(handle, show_id=show_id, after=after), actor=ACTOR)
