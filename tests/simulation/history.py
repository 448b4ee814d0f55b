"""A history: a script and a mishap, played on real databases until everything is at rest."""

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
from tests.simulation.points import CRASH, NOTHING, Mishap, Point
from tests.simulation.shop import Shop, Stage
from tests.simulation.steps import STEPS

#: Seconds that pass, one after the other, until nothing is left to do: soon, after a lease, after
#: the deadline, once no page can be open, once stored answers are forgotten. Never the week after
#: which a bank lets a hold go by itself: that would hide money that was forgotten.
LEAPS = (0, 3, 10, 130, 400, 900, 1200, 3600, 7200, 90_000, 400, 400, 400)
DAY = 90_000
#: Failures of a job that are the gateway's doing and lead to another try.
MEANT = ("OutcomeUnknown:", "ReplayedError:", "RequestRefused:")
#: What somebody else may do in the middle of a step.
MEANWHILE = ("cancel", "card", "deadline-and-alarm", "bank-cancels", "jobs")
LOSSES = (Fault.LOSE_REQUEST, Fault.LOSE_REPLY)
FAULTS = tuple(fault for fault in Fault if fault is not Fault.NONE)


class Wrong(AssertionError):
    """A history ended badly. The message says how, and how to play it again."""


@dataclass(frozen=True)
class Ending:
    """How a history ended, and the points it passed."""

    orders: tuple[str, ...]
    refunds: int
    points: tuple[Point, ...]
    log: tuple[str, ...]

    @property
    def counts(self) -> Counter[str]:
        """Count the history, its orders and its refunds."""
        return Counter(self.orders) + Counter(histories=1, refunds=self.refunds)


def play(stage: Stage, script: str, mishap: Mishap = NOTHING) -> Ending:
    """Play a history to its end; raise Wrong if anything is amiss then, or a day later."""
    with tempfile.TemporaryDirectory(prefix="history-") as name, capture_logs() as said:
        shop = Shop(stage, Path(name), mishap, STEPS)
        try:
            wrong = list(_play(shop, script))
            wrong += [repr(failure) for failure in shop.points.failures]
            wrong += [line for entry in said for line in _bugs(entry)]
            return _ended(shop, script, mishap, wrong)
        finally:
            shop.leave()


def _play(shop: Shop, script: str) -> Iterator[str]:
    """Do every step, let everything come to rest, and say what is wrong then and a day later."""
    try:
        for word in script.split():
            shop.do(word)
        shop.points.away = False
        settle(shop)
        yield from problems(shop)
        shop.clock.advance(DAY * SECOND)
        shop.do("work")
        yield from problems(shop)
    except Exception as failure:  # noqa: BLE001  a door: whatever broke is told with its story
        yield f"{type(failure).__name__}: {failure}"


def settle(shop: Shop) -> None:
    """Let time pass until no order is open and no work is left."""
    for seconds in LEAPS:
        shop.clock.advance(seconds * SECOND)
        shop.do("work")
        if not _moves(shop):
            return


def mishaps(points: tuple[Point, ...], *, faults: tuple[Fault, ...]) -> list[Mishap]:
    """Return every crash and every fault of the gateway that a history has room for."""
    crashes = [Mishap(CRASH, at) for at in range(len(points))]
    troubles = [
        Mishap(fault.value, at)
        for at, point in enumerate(points)
        if point.is_request
        for fault in faults
    ]
    return crashes + troubles


def intrusions(points: tuple[Point, ...]) -> list[Mishap]:
    """Return every step somebody else may take in the middle of a step of this history."""
    return [
        Mishap(word, at) for at, point in enumerate(points) if point.is_free for word in MEANWHILE
    ]


def _bugs(entry: Mapping[str, Any]) -> Iterator[str]:
    """Name what the house logged if it was no trouble of the gateway's but a bug of ours."""
    error = str(entry.get("error", ""))
    if error and not error.startswith(MEANT):
        yield f"{entry.get('job')}: {error}"


def _moves(shop: Shop) -> bool:
    sql = """SELECT id FROM jobs WHERE state = 'pending'
             UNION ALL SELECT id FROM orders WHERE status IN ('awaiting_payment', 'confirming')"""
    return bool(shop.rows(sql))


def _ended(shop: Shop, script: str, mishap: Mishap, wrong: list[str]) -> Ending:
    if wrong:
        command = f"python -m tests.simulation '{script}' {mishap}"
        story = " > ".join(shop.log)
        raise Wrong("\n  ".join([*wrong, f"story: {story}", f"again: {command}"]))
    orders = tuple(str(row[0]) for row in shop.rows("SELECT status FROM orders"))
    ((refunds,),) = shop.rows("SELECT count(*) FROM refunds")
    return Ending(orders, refunds, tuple(shop.points.passed), tuple(shop.log))
