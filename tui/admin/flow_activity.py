"""Rooms: what passed between the rooms of the server lately, by the clock it is asked with."""

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

#: The five services. The other rooms are told beside the picture.
SERVICES = ("auth", "tickets", "orders", "expiration", "payments")
OTHERS = tuple(dict.fromkeys(told.by for told in FACTS.values() if told.by not in SERVICES))
FEED, STRIPE = "feed", "stripe"
Wire = tuple[str, str]
#: What payments tells it has learnt from Stripe, or asks of it next.
TO_STRIPE: Wire = ("payments", STRIPE)
#: How long an arrow is lit after a fact passed along it, and a box after something failed there.
GLOW, BLINK = 0.5, 1.0
MINUTE = 60
_WRONG = (
    PaymentDeclined, PaymentFailed, PaymentLate, PaymentRefundFailed, PaymentDisputed,
    PaymentDisputeLost, JobFailed, AlertOpened,
)  # fmt: skip


def went_wrong(fact: Event) -> bool:
    """Tell a refusal or a failure from what went as it should."""
    if isinstance(fact, OrderCancelled):
        return fact.reason is CancelReason.PAYMENT_FAILED
    if isinstance(fact, PayoutUpdated):
        return fact.status is PayoutStatus.FAILED
    return isinstance(fact, _WRONG)


def wires() -> frozenset[Wire]:
    """Return every arrow there is between the services, the feed and Stripe."""
    heard = {(told.by, name) for told in FACTS.values() for name in told.to}
    between = {wire for wire in (*heard, *CALLS) if set(wire) <= set(SERVICES)}
    return frozenset({*between, *((name, FEED) for name in SERVICES), TO_STRIPE})


def passed(entries: Iterable[FeedEntry]) -> Iterator[Wire]:
    """Yield each way that facts went, and the calls that they tell of.

    Facts of one moment come from one transaction. A room that calls another tells its own fact
    after the other's; unless it heard that one, then it was no call.
    """
    moment, before = None, set[Told]()
    for entry in entries:
        told = FACTS.get(entry.event.name)
        if told is None:
            continue
        yield told.by, FEED
        yield from ((told.by, name) for name in told.to)
        if told.by == TO_STRIPE[0]:
            yield TO_STRIPE
        if entry.at != moment:
            moment, before = entry.at, set()
        for lower in before:
            if (told.by, lower.by) in CALLS and told.by not in lower.to:
                yield told.by, lower.by
        before.add(told)


class Rooms:
    """Counts facts by room for a minute, and knows what is to be lit. It has no clock itself."""

    def __init__(self) -> None:
        """Know of nothing."""
        self._lit: dict[Wire, float] = {}
        self._wrong: dict[str, float] = {}
        self._seconds: deque[tuple[int, Counter[str]]] = deque()

    def hear(self, entries: Iterable[FeedEntry], now: float) -> None:
        """Take facts in that came at `now`, in seconds that only ever grow."""
        entries = tuple(entries)
        for wire in passed(entries):
            self._lit[wire] = now + GLOW
        count: Counter[str] = Counter()
        for entry in entries:
            told = FACTS.get(entry.event.name)
            if told is not None:
                count[told.by] += 1
                if went_wrong(entry.event):
                    self._wrong[told.by] = now + BLINK
        self._seconds.append((int(now), count))
        self._forget(now)

    def lit(self, now: float) -> frozenset[Wire]:
        """Return the arrows something passed along just now."""
        return frozenset(wire for wire, until in self._lit.items() if now < until)

    def wrong(self, now: float) -> frozenset[str]:
        """Return the rooms where something failed or was refused just now."""
        return frozenset(name for name, until in self._wrong.items() if now < until)

    def per_minute(self, now: float) -> Counter[str]:
        """Count the facts of the last minute by room; the feed has them all."""
        self._forget(now)
        counts: Counter[str] = Counter()
        for _, count in self._seconds:
            counts.update(count)
        counts[FEED] = counts.total()
        return counts

    def _forget(self, now: float) -> None:
        while self._seconds and self._seconds[0][0] <= now - MINUTE:
            self._seconds.popleft()
