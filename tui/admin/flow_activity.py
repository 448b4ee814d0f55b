"""Flow activity: what recently passed between the services, by a clock given with each call."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Iterator

from contract.alerts import AlertOpened
from contract.base import Event
from contract.feed import FeedEntry
from contract.flow import CALLS, FACTS, Told
from contract.jobs import JobFailed
from contract.ledger import PayoutStatus, PayoutUpdated
from contract.orders import CancelReason, OrderCancelled
from contract.payments import (
    PaymentDeclined,
    PaymentDisputed,
    PaymentDisputeLost,
    PaymentFailed,
    PaymentLate,
    PaymentRefundFailed,
)

#: The five services with a box. The other services are listed beside the diagram.
SERVICES = ("auth", "tickets", "orders", "expiration", "payments")
OTHER_SERVICES = tuple(dict.fromkeys(told.by for told in FACTS.values() if told.by not in SERVICES))
FEED, STRIPE = "feed", "stripe"
Arrow = tuple[str, str]
#: Every event of payments comes from a reply of Stripe, or leads to a request to it.
TO_STRIPE: Arrow = ("payments", STRIPE)
#: How long an arrow stays lit after an event, and a box after a failure, in seconds.
GLOW, BLINK = 0.5, 1.0
MINUTE = 60
_FAILURES = (
    PaymentDeclined, PaymentFailed, PaymentLate, PaymentRefundFailed, PaymentDisputed,
    PaymentDisputeLost, JobFailed, AlertOpened,
)  # fmt: skip


def is_failure(event: Event) -> bool:
    """Whether an event is a refusal or a failure."""
    if isinstance(event, OrderCancelled):
        return event.reason is CancelReason.PAYMENT_FAILED
    if isinstance(event, PayoutUpdated):
        return event.status is PayoutStatus.FAILED
    return isinstance(event, _FAILURES)


def arrows() -> frozenset[Arrow]:
    """Return every arrow between the services, the feed and Stripe."""
    heard = {(told.by, name) for told in FACTS.values() for name in told.to}
    between = {arrow for arrow in (*heard, *CALLS) if set(arrow) <= set(SERVICES)}
    return frozenset({*between, *((name, FEED) for name in SERVICES), TO_STRIPE})


def arrows_of(entries: Iterable[FeedEntry]) -> Iterator[Arrow]:
    """Yield each arrow that events passed along, and the calls that they imply.

    Events at one moment come from one transaction. A service that calls another publishes its own
    event after the other's; if it subscribes to that event, there was no call.
    """
    local_time, before = None, set[Told]()
    for entry in entries:
        told = FACTS.get(entry.event.name)
        if told is None:
            continue
        yield told.by, FEED
        yield from ((told.by, name) for name in told.to)
        if told.by == TO_STRIPE[0]:
            yield TO_STRIPE
        if entry.at != local_time:
            local_time, before = entry.at, set()
        for lower in before:
            if (told.by, lower.by) in CALLS and told.by not in lower.to:
                yield told.by, lower.by
        before.add(told)


class FlowActivity:
    """Counts the events of each service for a minute, and knows what is lit. It has no clock."""

    def __init__(self) -> None:
        """Start without events."""
        self._lit: dict[Arrow, float] = {}
        self._failing: dict[str, float] = {}
        self._seconds: deque[tuple[int, Counter[str]]] = deque()

    def handle_events(self, entries: Iterable[FeedEntry], now: float) -> None:
        """Record events that arrived at `now`, a monotonic time in seconds."""
        entries = tuple(entries)
        for arrow in arrows_of(entries):
            self._lit[arrow] = now + GLOW
        count: Counter[str] = Counter()
        for entry in entries:
            told = FACTS.get(entry.event.name)
            if told is not None:
                count[told.by] += 1
                if is_failure(entry.event):
                    self._failing[told.by] = now + BLINK
        self._seconds.append((int(now), count))
        self._forget(now)

    def lit(self, now: float) -> frozenset[Arrow]:
        """Return the arrows that are lit."""
        return frozenset(arrow for arrow, until in self._lit.items() if now < until)

    def failing(self, now: float) -> frozenset[str]:
        """Return the services in which something just failed or was refused."""
        return frozenset(name for name, until in self._failing.items() if now < until)

    def per_minute(self, now: float) -> Counter[str]:
        """Count the events of the last minute by service; the feed counts all of them."""
        self._forget(now)
        counts: Counter[str] = Counter()
        for _, count in self._seconds:
            counts.update(count)
        counts[FEED] = counts.total()
        return counts

    def _forget(self, now: float) -> None:
        while self._seconds and self._seconds[0][0] <= now - MINUTE:
            self._seconds.popleft()
