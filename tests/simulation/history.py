"""History: a script and an injection, played on real databases until everything is at rest."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from structlog.testing import capture_logs

from server.sandbox import Fault
from tests.clock import SECOND
from tests.simulation.checker import problems
from tests.simulation.points import CRASH, NOTHING, Injection, Point
from tests.simulation.shop import Shop, Template
from tests.simulation.steps import STEPS

#: Seconds to advance, one after the other, until nothing is left to do: past a lease, the deadline,
#: the last possible page, the stored replies. Never the week after which a hold ends by itself,
#: because that would hide a hold that we forgot to release.
JUMPS = (0, 3, 10, 130, 400, 900, 1200, 3600, 7200, 90_000, 400, 400, 400)
DAY = 90_000
#: Failures of a job that the gateway causes and that lead to a retry.
EXPECTED_FAILURES = ("OutcomeUnknown:", "ReplayedError:", "RequestRefused:")
#: Steps that somebody else may make in the middle of a step.
MEANWHILE = ("cancel", "card", "deadline-and-expiry", "provider-cancels", "jobs")
LOSSES = (Fault.LOSE_REQUEST, Fault.LOSE_REPLY)
FAULTS = tuple(fault for fault in Fault if fault is not Fault.NONE)


class HistoryFailed(AssertionError):
    """A history ended badly. The message states how, and how to replay it."""


@dataclass(frozen=True)
class Ending:
    """How a history ended, and the injection points it passed."""

    orders: tuple[str, ...]
    refunds: int
    points: tuple[Point, ...]
    log: tuple[str, ...]

    @property
    def counts(self) -> Counter[str]:
        """Count the history, its orders and its refunds."""
        return Counter(self.orders) + Counter(histories=1, refunds=self.refunds)


def play(template: Template, script: str, injection: Injection = NOTHING) -> Ending:
    """Play a history to its end; raise HistoryFailed if a check fails then, or a day later."""
    with tempfile.TemporaryDirectory(prefix="history-") as name, capture_logs() as logged:
        shop = Shop(template, Path(name), injection, STEPS)
        try:
            wrong = list(_play(shop, script))
            wrong += [repr(failure) for failure in shop.points.failures]
            wrong += [line for entry in logged for line in _bugs(entry)]
            return _ended(shop, script, injection, wrong)
        finally:
            shop.leave()


def _play(shop: Shop, script: str) -> Iterator[str]:
    """Do every step, let everything come to rest, and yield what is wrong then and a day later."""
    try:
        for word in script.split():
            shop.do(word)
        shop.points.gateway_down = False
        settle(shop)
        yield from problems(shop)
        shop.clock.advance(DAY * SECOND)
        shop.do("work")
        yield from problems(shop)
    except Exception as failure:  # noqa: BLE001  reported with the history
        yield f"{type(failure).__name__}: {failure}"


def settle(shop: Shop) -> None:
    """Let time pass until no order is open and no work is left."""
    for seconds in JUMPS:
        shop.clock.advance(seconds * SECOND)
        shop.do("work")
        if not _moves(shop):
            return


def injections(points: tuple[Point, ...], *, faults: tuple[Fault, ...]) -> list[Injection]:
    """Return every crash and every fault of the gateway that can be injected into a history."""
    crashes = [Injection(CRASH, at) for at in range(len(points))]
    faulty = [
        Injection(fault.value, at)
        for at, point in enumerate(points)
        if point.is_request
        for fault in faults
    ]
    return crashes + faulty


def interleavings(points: tuple[Point, ...]) -> list[Injection]:
    """Return every step of somebody else in the middle of a step of this history."""
    return [
        Injection(word, at)
        for at, point in enumerate(points)
        if point.is_free
        for word in MEANWHILE
    ]


def _bugs(entry: Mapping[str, Any]) -> Iterator[str]:
    """Yield an error that the server logged, unless the gateway caused it."""
    error = str(entry.get("error", ""))
    if error and not error.startswith(EXPECTED_FAILURES):
        yield f"{entry.get('job')}: {error}"


def _moves(shop: Shop) -> bool:
    sql = """SELECT id FROM jobs WHERE state = 'pending'
             UNION ALL SELECT id FROM orders WHERE status IN ('awaiting_payment', 'confirming')"""
    return bool(shop.rows(sql))


def _ended(shop: Shop, script: str, injection: Injection, wrong: list[str]) -> Ending:
    if wrong:
        command = f"python -m tests.simulation '{script}' {injection}"
        story = " > ".join(shop.log)
        raise HistoryFailed("\n  ".join([*wrong, f"steps: {story}", f"replay: {command}"]))
    orders = tuple(str(row[0]) for row in shop.rows("SELECT status FROM orders"))
    ((refunds,),) = shop.rows("SELECT count(*) FROM refunds")
    return Ending(orders, refunds, tuple(shop.points.passed), tuple(shop.log))
