"""Waiting: follow something until it is over. The feed wakes; what is read is the truth."""

from __future__ import annotations

from collections.abc import Callable, Iterator
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

OVER = frozenset({OrderStatus.COMPLETE, OrderStatus.CANCELLED})
#: Look at least this often, in seconds, in case the feed tells us nothing.
LOOK_EVERY = 5.0
#: How long after the deadline a server that does not answer is waited for: a restart takes seconds.
PATIENCE = timedelta(seconds=60)


def until(
    run: Run,
    thing: T,
    *,
    look: Callable[[], T],
    over: Callable[[T], bool],
    wake: Callable[[FeedEntry], bool],
    status: Callable[[T], str],
    deadline: datetime,
) -> T:
    """Return a thing once it is `over`, saying its `status` on the live line while it is not.

    It is looked at when `wake` says that a fact is about it, and every few seconds anyway. A
    server that is away is waited for until a minute after the deadline, then Unreachable is
    raised.
    """
    look_at = float("-inf")
    for heard in _heard(run):
        woken = isinstance(heard, FeedEntry) and wake(heard)
        if woken or run.clock.monotonic() >= look_at:
            thing = _patiently(run, thing, look, deadline)
            if over(thing):
                break
            # Every second once the deadline has passed: the end is near.
            pace = 1.0 if run.clock.now() >= deadline else LOOK_EVERY
            look_at = run.clock.monotonic() + pace
        run.out.live.show(status(thing))
    run.out.live.clear()
    return thing


def settled(
    run: Run, order: Order, *, quiet: bool = False, given_up: Callable[[], bool] | None = None
) -> Order:
    """Return the order once it is complete or cancelled, with a countdown while it is not.

    `given_up`, asked each time the order is looked at, ends the waiting earlier.
    """

    def wake(entry: FeedEntry) -> bool:
        ours = entry.event.order == order.id
        if ours and not quiet:
            _tell(run, entry)
        return ours

    return until(
        run, order,
        look=lambda: run.api.call(VIEW_ORDER, order_id=order.id),
        over=lambda now: now.status in OVER or (given_up is not None and given_up()),
        wake=wake, status=lambda now: _status(run, now), deadline=order.expires_at,
    )  # fmt: skip


def tried(run: Run, order: Order, payment: Payment) -> tuple[Order, Payment]:
    """Return order and payment once a saved card has paid, was declined, or will not do alone."""
    seen = payment

    def given_up() -> bool:
        nonlocal seen
        newest = _payment(run, order)
        if newest is not None and newest.id == payment.id:
            seen = newest
        # A newer one begins only when ours is over.
        return seen.status is PaymentStatus.VOID or newest not in (None, seen)

    order = settled(run, order, quiet=True, given_up=given_up)
    if order.status in OVER:
        given_up()
    return order, seen


def left_until(run: Run, deadline: datetime, *, label: str) -> str:
    """Say how long somebody has left: `waiting for payment  14:37`."""
    return f"{label}  {countdown((deadline - run.clock.now()).total_seconds())}"


def _heard(run: Run) -> Iterator[FeedItem]:
    """Yield what the feed tells, and a tick each silent second; without a feed, ticks alone."""
    try:
        yield from listen(run.api, tick=1.0)
    except (Unreachable, Problem):
        yield Signal.LOST
    while True:
        run.clock.sleep(1.0)
        yield Signal.TICK


def _patiently(run: Run, thing: T, look: Callable[[], T], deadline: datetime) -> T:
    """Look; while the server is away, go on with what is known."""
    try:
        return look()
    except Unreachable:
        if run.clock.now() > deadline + PATIENCE:
            raise
        return thing


def _payment(run: Run, order: Order) -> Payment | None:
    """Read the newest payment of an order; None while the server is away."""
    try:
        return run.api.call(VIEW_PAYMENT, order_id=order.id)
    except Unreachable:
        return None


def _status(run: Run, order: Order) -> str:
    if order.status is OrderStatus.CONFIRMING:
        return "confirming the payment"
    return left_until(run, order.expires_at, label="waiting for payment")


def _tell(run: Run, entry: FeedEntry) -> None:
    """Say when a card was declined; everything else shows in the order itself."""
    event = entry.event
    if isinstance(event, PaymentDeclined):
        tries = f"{event.attempts_left} {'try' if event.attempts_left == 1 else 'tries'} left"
        run.out.say(f"declined: {event.declined} ({tries}; the ticket stays locked for you)")
