"""The background tasks of payments: compare with Stripe, and ask for events it cannot deliver."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from functools import partial
from typing import TypeVar

import structlog

from contract.payments import PaymentsPaused
from contract.reconciliation import Reconcile, Reconciliation
from server.bus import Bus
from server.cards import service as cards
from server.clock import SECOND
from server.jobs import Job, Snooze
from server.payments import disputes, refunds, repository
from server.payments.jobs import receive
from server.payments.reconciliation import Reconciler
from server.principal import Principal
from server.routing import AppContext
from server.sandbox import Sandbox
from server.stripe import (
    AuthRejected,
    CircuitBreaker,
    Gateway,
    OutcomeUnknown,
    ReceivedEvent,
    inbox,
)
from server.thread_pool import ThreadPool
from server.tx import Tx

T = TypeVar("T")

#: Seconds asked for a second time: events may be listed late, and our clock may be ahead.
OVERLAP = 30
#: More events than this at once are left to the reconciliation, which reads the payments.
MAX_EVENTS = 2000
#: Events stored in one transaction.
BATCH = 100
#: How often to ask while only a bank's decision is awaited: nobody waits at a screen for that.
SLOW_PACE = 60 * SECOND
LONGEST_PAUSE = 120 * SECOND

log = structlog.get_logger()


class EventPoller:
    """Asks Stripe for its events while anything is open, for a server that Stripe cannot reach.

    One question covers all open pages. What it finds is handled like an event from the webhook.
    """

    def __init__(self, gateway: Gateway) -> None:
        """Ask through `gateway`."""
        self._gateway = gateway
        self._failures = 0

    def pause(self, bus: Bus) -> int | None:
        """Return how long to wait before asking, in microseconds; None when nothing is open.

        The pause doubles with every failure.
        """
        pace = bus.read_now(_pace)
        return None if pace is None else max(pace, min(pace << self._failures, LONGEST_PAUSE))

    def poll(self, bus: Bus) -> int:
        """Take new events in and return how many there were. Raises AuthRejected."""
        since, known = bus.read_now(_position)
        try:
            listed = self._gateway.records.events(since=since, most=MAX_EVENTS)
        except OutcomeUnknown:
            self._failures = min(self._failures + 1, 10)
            return 0
        self._failures = 0
        new = [event for event in listed if event.id not in known]
        for start in range(0, len(new), BATCH):
            bus.write_now(partial(_receive_all, events=new[start : start + BATCH]), actor="stripe")
        return len(new)


class Background:
    """Runs the tasks, on threads of their own that may block."""

    def __init__(
        self, bus: Bus, gateway: Gateway, breaker: CircuitBreaker, sandbox: Sandbox | None
    ) -> None:
        """Call Stripe through `gateway`; `breaker` holds calls back while our key is rejected."""
        self._bus = bus
        self._sandbox = sandbox
        self._poller = EventPoller(gateway)
        self.reconciler = Reconciler(gateway)
        self._compare = breaker.guard(Job("payment.compare", self._reconcile)).run
        self._poll = breaker.guard(Job("payment.poll", self._poll_events)).run
        # One thread per task that may run beside the others: compare, poll, deliver.
        self._threads = ThreadPool("payments in the background", threads=3, queue=3)
        self._delivery_due = asyncio.Event()

    async def compare(self) -> None:
        """Compare our payments with Stripe's, at the start and then at fixed intervals."""
        while True:
            await self._sleep(await self._run(self._compare))
            await self._sleep(self._bus.settings.reconcile_every)

    async def poll(self) -> None:
        """Ask Stripe for its events for as long as anything is open."""
        while True:
            pause = await self.run_to_end(partial(self._poller.pause, self._bus))
            await self._sleep(self._bus.settings.payment_poll if pause is None else pause)
            if pause is not None:
                await self._sleep(await self._run(self._poll))

    async def deliver(self) -> None:
        """Deliver the sandbox's events to our own inbox, signed and in raw bytes."""
        clock = self._bus.clock
        assert self._sandbox is not None  # noqa: S101  only run with a sandbox
        while True:
            self._delivery_due.clear()
            await self.run_to_end(self._sandbox.pump)
            await clock.wait(self._delivery_due, until=clock.now() + SECOND)

    def deliver_soon(self) -> None:
        """Deliver the sandbox's events now rather than within a second."""
        self._delivery_due.set()

    async def reconcile(
        self, context: AppContext, principal: Principal, body: Reconcile
    ) -> Reconciliation:
        """Compare now, for an operator. Raises PaymentsPaused when Stripe cannot be asked."""
        compare = partial(self.reconciler.compare, context.bus, dry_run=body.dry_run)
        try:
            return await context.stripe.run_blocking(compare)
        except (OutcomeUnknown, AuthRejected) as failure:
            raise PaymentsPaused(retry_after=5) from failure

    async def run_to_end(self, run: Callable[[], T], stop: Callable[[], None] | None = None) -> T:
        """Run on a thread; when cancelled, call `stop` and wait for the thread to finish.

        Whoever cancels closes the database next, and a thread that still writes to it would block
        for ever.
        """
        running = asyncio.ensure_future(self._threads.run_blocking(run))
        try:
            return await asyncio.shield(running)
        except asyncio.CancelledError:
            if stop is not None:
                stop()
            await asyncio.wait({running})
            raise

    def close(self) -> None:
        """Wait for the threads."""
        self._threads.close()

    def _reconcile(self, bus: Bus, _: str) -> None:
        found = self.reconciler.compare(bus, dry_run=False)
        if found.findings:
            log.warning("our payments differ from the provider's", findings=len(found.findings))

    def _poll_events(self, bus: Bus, _: str) -> None:
        self._poller.poll(bus)

    async def _run(self, run: Callable[[Bus, str], None]) -> int:
        """Run a task once; return the extra microseconds to wait before the next time."""
        try:
            await self.run_to_end(partial(run, self._bus, ""), self.reconciler.stop)
        except Snooze as snooze:
            return int(snooze.seconds * SECOND)
        except OutcomeUnknown as failure:
            log.warning("the payment provider cannot be reached", error=str(failure))
        return 0

    async def _sleep(self, us: int) -> None:
        clock = self._bus.clock
        await clock.wait(asyncio.Event(), until=clock.now() + us)


def _receive_all(tx: Tx, *, events: Iterable[ReceivedEvent]) -> None:
    for event in events:
        receive(tx, event)


def _pace(tx: Tx) -> int | None:
    """Return how often to ask: often while a person waits, rarely while only a bank is awaited."""
    quick = tx.settings.payment_poll
    if repository.oldest_undecided(tx) is not None or cards.has_open_setup(tx):
        return quick
    if refunds.any_underway(tx) or disputes.any_open(tx):
        return max(quick, SLOW_PACE)
    return None


def _position(tx: Tx) -> tuple[int, frozenset[str]]:
    """Return the second from which to ask, and the events already received since then."""
    newest = inbox.newest(tx)
    if newest is None:
        newest = repository.oldest_undecided(tx)
    since = (tx.now_us if newest is None else newest) // SECOND - OVERLAP
    # An event listed late was received late: everything since then may be listed again.
    return since, inbox.received_since(tx, since=since * SECOND)
