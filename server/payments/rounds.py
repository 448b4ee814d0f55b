"""Rounds: what payments does again and again beside the server: poll, and compare."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from typing import TypeVar

import structlog

from contract.payments import PaymentsPaused
from contract.reconciliation import Reconcile, Reconciliation
from server.bus import Bus
from server.clock import SECOND
from server.jobs import Job, Snooze
from server.payments.polling import Poll
from server.payments.reconciling import Reconciler
from server.payments.stripe import Gateway, Locked, Unsure
from server.payments.trouble import Trouble
from server.principal import Principal
from server.routing import AppContext

T = TypeVar("T")

log = structlog.get_logger()


async def to_the_end(run: Callable[[], T], stop: Callable[[], None] | None = None) -> T:
    """Run on a thread that may wait; when cancelled, `stop` it and let it end.

    Who cancels closes the database next, and a thread that still wrote to it would wait for ever.
    """
    running = asyncio.ensure_future(asyncio.to_thread(run))
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        if stop is not None:
            stop()
        await asyncio.wait({running})
        raise


class Rounds:
    """Goes round for ever, on a thread that may wait; Stripe being away only makes it wait."""

    def __init__(self, bus: Bus, gateway: Gateway, trouble: Trouble) -> None:
        """Go round through `gateway`; what no repeating mends is told to `trouble`."""
        self._bus = bus
        self._poll = Poll(gateway)
        self._reconciler = Reconciler(gateway)
        self._compare = trouble.watched(Job("payment.compare", self._comparison)).run
        self._ask = trouble.watched(Job("payment.poll", self._messages)).run

    async def compare(self) -> None:
        """Hold our payments against Stripe's, at start and then every so often."""
        while True:
            await self._sleep(await self._done(self._compare))
            await self._sleep(self._bus.settings.reconcile_every)

    async def poll(self) -> None:
        """Ask Stripe for its messages, as long as anything is open."""
        while True:
            pause = await to_the_end(partial(self._poll.pause, self._bus))
            await self._sleep(self._bus.settings.payment_poll if pause is None else pause)
            if pause is not None:
                await self._sleep(await self._done(self._ask))

    async def reconcile(
        self, context: AppContext, principal: Principal, body: Reconcile
    ) -> Reconciliation:
        """Compare now, for an operator. Raises PaymentsPaused when Stripe cannot be asked."""
        compare = partial(self._reconciler.compare, context.bus, dry_run=body.dry_run)
        try:
            return await asyncio.to_thread(compare)
        except (Unsure, Locked) as failure:
            raise PaymentsPaused(retry_after=5) from failure

    def _comparison(self, bus: Bus, _: str) -> None:
        found = self._reconciler.compare(bus, dry_run=False)
        if found.findings:
            log.warning("our payments and the provider's differ", findings=len(found.findings))

    def _messages(self, bus: Bus, _: str) -> None:
        self._poll.ask(bus)

    async def _done(self, run: Callable[[Bus, str], None]) -> int:
        """Do it once; return how many microseconds longer than usual to wait after it."""
        try:
            await to_the_end(partial(run, self._bus, ""), self._reconciler.stop)
        except Snooze as later:
            return int(later.seconds * SECOND)
        except Unsure as unsure:
            log.warning("the payment provider cannot be asked", error=str(unsure))
        return 0

    async def _sleep(self, us: int) -> None:
        clock = self._bus.clock
        await clock.wait(asyncio.Event(), until=clock.now() + us)
