"""Waiting: follow one order until it is over. The feed wakes; the order itself is the truth."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from client.delivery import Unreachable
from client.feed import Heard, Signal, listen
from contract.feed import FeedEntry
from contract.orders import VIEW_ORDER, Order, OrderStatus
from contract.payments import PaymentDeclined
from contract.problems import Problem
from ticketing_cli.context import Run
from ticketing_cli.formats import countdown

OVER = frozenset({OrderStatus.COMPLETE, OrderStatus.CANCELLED})
#: Look at the order at least this often, in seconds, in case the feed tells us nothing.
LOOK_EVERY = 5.0
#: How long after the deadline a server that does not answer is waited for: a restart takes seconds.
PATIENCE = timedelta(seconds=60)


def settled(run: Run, order: Order, *, quiet: bool = False) -> Order:
    """Return the order once it is complete or cancelled, with a countdown while it is not.

    A server that is away is waited for until a minute after the deadline, then Unreachable is
    raised.
    """
    look_at = float("-inf")
    for heard in _heard(run):
        ours = isinstance(heard, FeedEntry) and heard.event.order == order.id
        if ours and not quiet and isinstance(heard, FeedEntry):
            _tell(run, heard)
        if ours or run.clock.monotonic() >= look_at:
            order = _look(run, order)
            if order.status in OVER:
                break
            look_at = run.clock.monotonic() + _pace(run, order)
        run.out.live.show(_status(run, order))
    run.out.live.clear()
    return order


def _heard(run: Run) -> Iterator[Heard]:
    """Yield what the feed tells, and a tick each silent second; without a feed, ticks alone."""
    try:
        yield from listen(run.api, tick=1.0)
    except (Unreachable, Problem):
        yield Signal.LOST
    while True:
        run.clock.sleep(1.0)
        yield Signal.TICK


def _look(run: Run, order: Order) -> Order:
    """Read the order; while the server is away, go on with what is known."""
    try:
        return run.api.call(VIEW_ORDER, order_id=order.id)
    except Unreachable:
        if run.clock.now() > order.expires_at + PATIENCE:
            raise
        return order


def _pace(run: Run, order: Order) -> float:
    """Look every second once the deadline has passed: the end is near."""
    return 1.0 if run.clock.now() >= order.expires_at else LOOK_EVERY


def _status(run: Run, order: Order) -> str:
    if order.status is OrderStatus.CONFIRMING:
        return "confirming the payment"
    seconds = (order.expires_at - run.clock.now()).total_seconds()
    return f"waiting for payment  {countdown(seconds)}"


def _tell(run: Run, entry: FeedEntry) -> None:
    """Say when a card was declined; everything else shows in the order itself."""
    event = entry.event
    if isinstance(event, PaymentDeclined):
        tries = f"{event.attempts_left} {'try' if event.attempts_left == 1 else 'tries'} left"
        run.out.say(f"declined: {event.declined} ({tries}; the ticket stays locked for you)")
