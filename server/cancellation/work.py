"""The work cancellation does after commit: clear a show's market, batch by batch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from server.bus import Bus
from server.cancellation import service
from server.jobs import Snooze
from server.tx import Tx

#: Who these orders and tickets were ended by.
ACTOR = "cancellation"
#: Seconds until somebody who is paying right now has done so.
SOON = 2
#: Seconds between looks at orders of which a part is on its way back, which takes days at worst.
NOT_SO_SOON = 300


class Step(Protocol):
    """A batch: does what comes after an id, returns the last id, and None at the end."""

    def __call__(self, tx: Tx, *, show_id: str, after: str) -> str | None:
        """Do one batch."""


def clear(bus: Bus, show_id: str) -> None:
    """End what is locked, withdraw what is on sale, refund what was sold, until nothing is left."""
    _through(bus, service.end_locks, show_id)
    _until_none(bus, lambda tx: service.withdraw(tx, show_id=show_id))
    _through(bus, service.owe, show_id)
    now = bus.read_now(lambda tx: service.tell(tx, show_id=show_id))
    if now.tickets_left:
        raise Snooze(SOON)
    if now.orders_left:
        raise Snooze(NOT_SO_SOON)


def _through(bus: Bus, step: Step, show_id: str) -> None:
    """Take a step through everything there is, each batch in a transaction of its own."""
    place: str | None = ""
    while place is not None:
        place = bus.write_now(_from(step, show_id, place), actor=ACTOR)


def _from(step: Step, show_id: str, place: str) -> Callable[[Tx], str | None]:
    return lambda tx: step(tx, show_id=show_id, after=place)


def _until_none(bus: Bus, step: Callable[[Tx], bool]) -> None:
    while bus.write_now(step, actor=ACTOR):
        pass
