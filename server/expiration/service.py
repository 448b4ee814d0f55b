"""The expiration service: publishes that a deadline has passed; orders decides what follows.

The deadline of an order or a transfer is in its row, so nothing is stored here: after a restart
the first check finds what has expired meanwhile.
"""

from __future__ import annotations

import asyncio

from server.bus import Bus
from server.clock import SECOND
from server.orders import service as orders
from server.transfers import service as transfers
from server.tx import Tx

#: Deadlines in one transaction: enough to catch up quickly, few enough not to delay buyers.
BATCH = 100
#: How late a deadline may be noticed that was unknown when the scheduler went to sleep: of an order
#: reopened with little time left, or placed on another server. A check is one indexed read; a
#: notification for every order would cost each lock.
POLL_INTERVAL = SECOND // 5


def expire_due(tx: Tx) -> int:
    """Expire the orders and transfers whose deadline has passed; return how many."""
    due = orders.list_due(tx, limit=BATCH)
    for event in due:
        tx.publish(event)
    return len(due) + transfers.expire_due(tx)


def next_deadline(tx: Tx) -> int | None:
    """Return the nearest deadline, in microseconds."""
    found = (orders.next_deadline(tx), transfers.next_deadline(tx))
    return min((deadline for deadline in found if deadline is not None), default=None)


class DeadlineScheduler:
    """Expires every order and transfer as its deadline passes."""

    def __init__(self, bus: Bus) -> None:
        """Expire what is in the database of `bus`."""
        self._bus = bus

    async def run(self) -> None:
        """Sleep until the nearest deadline and expire what is due, for ever."""
        clock, never = self._bus.clock, asyncio.Event()
        while True:
            deadline = await self._bus.read(next_deadline)
            if deadline is not None and deadline <= clock.now():
                await self._bus.write(expire_due, actor="expiration")
                continue
            soon = clock.now() + POLL_INTERVAL
            await clock.wait(never, until=min(soon, deadline or soon))
