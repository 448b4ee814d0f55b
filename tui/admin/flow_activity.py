"""Flow activity: what recently passed between the services, by a clock given with each call."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Iterator

from contract.alerts import AlertOpened
from contract.base import Event
from contract.feed import FeedEntry
from contract.flow import Flow, FlowEvent
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
FEED, STRIPE = "feed", "stripe"
Arrow = tuple[str, str]
#: Every event of payments comes from a reply of Stripe, or leads to a request to it.
TO_STRIPE: Arrow = ("payments", STRIPE)
#: Before the server's flow is loaded.
NO_FLOW = Flow(services=(), events=(), calls=(), jobs=())
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


def arrows(flow: Flow) -> frozenset[Arrow]:
    """Return every arrow between the services, the feed and Stripe."""
    events = {(event.publisher, name) for event in flow.events for name in event.subscribers}
    calls = {(call.caller, call.callee) for call in flow.calls}
    between = {arrow for arrow in events | calls if set(arrow) <= set(SERVICES)}
    return frozenset({*between, *((name, FEED) for name in SERVICES), TO_STRIPE})


def other_services(flow: Flow) -> tuple[str, ...]:
    """Return the services that publish events but have no box, from the top layer down."""
    publishers = {event.publisher for event in flow.events}
    return tuple(name for name in flow.services if name in publishers - set(SERVICES))


class FlowActivity:
    """Counts the events of each service for a minute, and knows what is lit. It has no clock."""

    def __init__(self, flow: Flow = NO_FLOW) -> None:
        """Start without events. Until the flow is loaded, only the feed's events are counted."""
        self.use_flow(flow)
        self._lit: dict[Arrow, float] = {}
        self._failing: dict[str, float] = {}
        self._seconds: deque[tuple[int, Counter[str]]] = deque()

    def use_flow(self, flow: Flow) -> None:
        """Attribute events to services by this flow."""
        self.flow = flow
        self.loaded = bool(flow.services)
        self._by_name = {event.name: event for event in flow.events}
        self._calls = {(call.caller, call.callee) for call in flow.calls}

    def handle_events(self, entries: Iterable[FeedEntry], now: float) -> None:
        """Record events that arrived at `now`, a monotonic time in seconds."""
        entries = tuple(entries)
        for arrow in self._arrows_of(entries):
            self._lit[arrow] = now + GLOW
        count: Counter[str] = Counter()
        for entry in entries:
            count[FEED] += 1
            known = self._by_name.get(entry.event.name)
            if known is not None:
                count[known.publisher] += 1
                if is_failure(entry.event):
                    self._failing[known.publisher] = now + BLINK
        self._seconds.append((int(now), count))
        self._forget(now)

    def _arrows_of(self, entries: Iterable[FeedEntry]) -> Iterator[Arrow]:
        """Yield each arrow that events passed along, and the calls that they imply.

        Events at one moment come from one transaction. A service that calls another publishes its
        own event after the other's; if it subscribes to that event, there was no call.
        """
        moment, before = None, list[FlowEvent]()
        for entry in entries:
            event = self._by_name.get(entry.event.name)
            if event is None:
                continue
            service = event.publisher
            yield service, FEED
            yield from ((service, name) for name in event.subscribers)
            if service == TO_STRIPE[0]:
                yield TO_STRIPE
            if entry.at != moment:
                moment, before = entry.at, []
            for lower in before:
                called = (service, lower.publisher) in self._calls
                if called and service not in lower.subscribers:
                    yield service, lower.publisher
            before.append(event)

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
        return counts

    def _forget(self, now: float) -> None:
        while self._seconds and self._seconds[0][0] <= now - MINUTE:
            self._seconds.popleft()
