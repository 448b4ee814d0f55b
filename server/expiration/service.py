"""What expiration does: tell that a deadline has passed. What follows from it is for orders to say.

An order's deadline is its row, so nothing is kept here: after a restart the first look finds what
ran out meanwhile.
"""

from __future__ import annotations

import asyncio

from server.bus import Bus
from server.clock import SECOND
from server.orders import service as orders
from server.tx import Tx

#: Deadlines told in one transaction: enough to catch up quickly, few enough to let buyers between.
BATCH = 100
#: How long a deadline may go unseen: an order reopened with little time left, or one of another
#: server. Looking is one indexed read; being told of every order would cost each lock.
LOOK_AGAIN = SECOND // 5


def ring(tx: Tx) -> int:
    """Publish ExpirationComplete for orders whose deadline has passed; return how many."""
    due = orders.due(tx, most=BATCH)
    for fact in due:
        tx.publish(fact)
    return len(due)


class Alarm:
    """Rings for every deadline, as it passes."""

    def __init__(self, bus: Bus) -> None:
        """Watch the orders of `bus`."""
        self._bus = bus

    async def run(self) -> None:
        """Sleep until the nearest deadline and ring, for ever."""
        clock, never = self._bus.clock, asyncio.Event()
        while True:
            deadline = await self._bus.read(orders.next_deadline)
            if deadline is not None and deadline <= clock.now():
                await self._bus.write(ring, actor="expiration")
                continue
            soon = clock.now() + LOOK_AGAIN
            await clock.wait(never, until=min(soon, deadline or soon))
