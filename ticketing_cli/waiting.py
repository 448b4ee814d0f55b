"""Waiting: follow an order or a card setup until it is finished."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import closing
from datetime import datetime, timedelta
from typing import TypeVar

from client.feed import FeedItem, Signal, listen
from client.formatting import countdown
from client.transport import Unreachable
from contract.feed import FeedEntry
from contract.orders import VIEW_ORDER, Order, OrderStatus
from contract.payments import VIEW_PAYMENT, Payment, PaymentDeclined, PaymentStatus
from contract.problems import Problem
from ticketing_cli.runtime.context import Run

T = TypeVar("T")

FINAL = frozenset({OrderStatus.COMPLETE, OrderStatus.CANCELLED})
#: Seconds between two requests if the feed reports nothing.
POLL_EVERY = 5.0
#: How long after the deadline to wait for an unreachable server; a restart takes seconds.
PATIENCE = timedelta(seconds=60)


def until(
    run: Run,
    current: T,
    *,
    fetch: Callable[[], T],
    finished: Callable[[T], bool],
    concerns: Callable[[FeedEntry], bool],
    status: Callable[[T], str],
    deadline: datetime,
) -> T:
    """Return the state once it is `finished`, showing its `status` on the progress line meanwhile.

    It is fetched when an event `concerns` it, and every few seconds anyway: the feed only wakes,
    what is fetched counts. An unreachable server is tried until a minute after the deadline; then
    Unreachable is raised.
    """
    fetch_at = float("-inf")
    with closing(_feed(run)) as feed:
        for item in feed:
            woken = isinstance(item, FeedEntry) and concerns(item)
            if woken or run.clock.monotonic() >= fetch_at:
                current = _fetch_patiently(run, current, fetch, deadline)
                if finished(current):
                    break
                # Every second once the deadline has passed: the end is near.
                interval = 1.0 if run.now() >= deadline else POLL_EVERY
                fetch_at = run.clock.monotonic() + interval
            run.out.progress_line.show(status(current))
    run.out.progress_line.clear()
    return current


def until_final(
    run: Run, order: Order, *, quiet: bool = False, stop: Callable[[], bool] | None = None
) -> Order:
    """Return the order once it is complete or cancelled, showing a countdown meanwhile.

    `stop` is called each time the order was fetched; True ends the waiting earlier.
    """

    def concerns(entry: FeedEntry) -> bool:
        ours = entry.event.order == order.id
        if ours and not quiet:
            _print_decline(run, entry)
        return ours

    return until(
        run, order,
        fetch=lambda: run.api.call(VIEW_ORDER, order_id=order.id),
        finished=lambda now: now.status in FINAL or (stop is not None and stop()),
        concerns=concerns, status=lambda now: _status(run, now), deadline=order.expires_at,
    )  # fmt: skip


def until_charged(run: Run, order: Order, payment: Payment) -> tuple[Order, Payment]:
    """Return order and payment once a saved card has paid, was declined, or needs confirmation."""
    latest = payment

    def stop() -> bool:
        nonlocal latest
        newest = _payment(run, order)
        if newest is not None and newest.id == payment.id:
            latest = newest
        # A newer payment starts only when this one is over.
        return latest.status is PaymentStatus.VOID or newest not in (None, latest)

    order = until_final(run, order, quiet=True, stop=stop)
    if order.status in FINAL:
        stop()
    return order, latest


def time_left(run: Run, deadline: datetime, *, label: str) -> str:
    """Return a label and the time left: `waiting for payment  14:37`."""
    return f"{label}  {countdown((deadline - run.now()).total_seconds())}"


def _feed(run: Run) -> Generator[FeedItem, None, None]:
    """Yield the feed's items, and a tick each silent second; without a feed, ticks alone."""
    try:
        yield from listen(run.api, tick=1.0)
    except (Unreachable, Problem):
        yield Signal.LOST
    while True:
        run.clock.sleep(1.0)
        yield Signal.TICK


def _fetch_patiently(run: Run, current: T, fetch: Callable[[], T], deadline: datetime) -> T:
    """Fetch the state; while the server is unreachable, return the current one."""
    try:
        return fetch()
    except Unreachable:
        if run.now() > deadline + PATIENCE:
            raise
        return current


def _payment(run: Run, order: Order) -> Payment | None:
    """Return the newest payment of an order; None while the server is unreachable."""
    try:
        return run.api.call(VIEW_PAYMENT, order_id=order.id)
    except Unreachable:
        return None


def _status(run: Run, order: Order) -> str:
    if order.status is OrderStatus.CONFIRMING:
        return "confirming the payment"
    return time_left(run, order.expires_at, label="waiting for payment")


def _print_decline(run: Run, entry: FeedEntry) -> None:
    """Print that a card was declined; the order itself shows everything else."""
    event = entry.event
    if isinstance(event, PaymentDeclined):
        count = event.attempts_left
        attempts = f"{count} {'attempt' if count == 1 else 'attempts'} left"
        run.out.message(f"declined: {event.declined} ({attempts}; the ticket stays reserved)")
