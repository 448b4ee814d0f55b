"""Trouble that no repeating mends: our key is refused, or what we know of is not at Stripe.

The work is kept and waits; an operator is told once, and that it is over is noticed by itself.
"""

from __future__ import annotations

import functools
import threading

from contract.alerts import AlertKind
from server.alerts import service as alerts
from server.bus import Bus
from server.clock import SECOND
from server.jobs import Job, Snooze
from server.payments.stripe import Gateway, Locked, Refused, Reused, Unsure
from server.tx import Tx

#: Seconds until a refused key is tried again.
PAUSE = 60
#: The subject of the matter when nothing at all can be asked.
KEY = "key"
MISSING = "resource_missing"


class Trouble:
    """Watches over every job that calls Stripe."""

    def __init__(self, gateway: Gateway) -> None:
        """Ask `gateway` whether our key is taken again."""
        self._gateway = gateway
        self._lock = threading.Lock()
        self._shut_until = 0
        self._doubtful: bool | None = None  # at first only the table of alerts knows

    def watched(self, job: Job) -> Job:
        """Return the job, held back while our key is refused."""

        @functools.wraps(job.run)
        def run(bus: Bus, subject: str) -> None:
            self._admit(bus)
            name = f"{job.kind}:{subject}"
            try:
                job.run(bus, subject)
            except Snooze:
                _mend(bus, name)
                raise
            except Locked as locked:
                self._refused(bus, name, locked)
                raise Snooze(PAUSE, why=f"Locked: {locked}") from locked
            except (Reused, Refused) as failure:
                if isinstance(failure, Reused) or failure.code == MISSING:
                    _tell(bus, AlertKind.MISMATCH, name, failure)
                raise
            _mend(bus, name)

        return Job(job.kind, run, job.most)

    def _admit(self, bus: Bus) -> None:
        """Let work through unless our key was refused lately; then ask first. Raises Snooze."""
        with self._lock:
            left = self._shut_until - bus.clock.now()
            if left > 0:
                raise Snooze(left / SECOND, why="waits: Stripe refuses our key")
            if self._doubtful is None:
                self._doubtful = bus.read_now(
                    lambda tx: alerts.is_open(tx, AlertKind.PROVIDER_REFUSES, KEY)
                )
            if not self._doubtful:
                return
            try:
                self._gateway.records.probe()
            except (Locked, Unsure) as still:
                self._shut_until = bus.clock.now() + PAUSE * SECOND
                raise Snooze(PAUSE, why="waits: Stripe refuses our key") from still
            self._doubtful = False
        _close(bus, AlertKind.PROVIDER_REFUSES, KEY, note="Stripe takes our key again.")

    def _refused(self, bus: Bus, name: str, locked: Locked) -> None:
        """Hold everything back, or only this work where our key is good for other things."""
        try:
            self._gateway.records.probe()
        except Locked:
            with self._lock:
                self._doubtful = True
                self._shut_until = bus.clock.now() + PAUSE * SECOND
            name = KEY
        except Unsure:
            pass
        _tell(bus, AlertKind.PROVIDER_REFUSES, name, locked)


def _tell(bus: Bus, kind: AlertKind, subject: str, failure: Exception) -> None:
    detail = f"{type(failure).__name__}: {failure}"
    bus.write_now(lambda tx: alerts.open_alert(tx, kind, subject, detail=detail), actor="payments")


def _mend(bus: Bus, name: str) -> None:
    """Close what was told of this work: it has been done."""

    def told(tx: Tx) -> list[AlertKind]:
        kinds = (AlertKind.PROVIDER_REFUSES, AlertKind.MISMATCH)
        return [kind for kind in kinds if alerts.is_open(tx, kind, name)]

    for kind in bus.read_now(told):
        _close(bus, kind, name, note="The work was done.")


def _close(bus: Bus, kind: AlertKind, subject: str, *, note: str) -> None:
    bus.write_now(lambda tx: alerts.auto_resolve(tx, kind, subject, note=note), actor="payments")
