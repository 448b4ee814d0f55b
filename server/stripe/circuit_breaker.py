"""The circuit breaker: holds jobs back while Stripe rejects our key.

Some failures no retry can fix: our key is rejected, or an object we know of does not exist at
Stripe. The job is kept, operators are alerted once, and the alert is resolved when a job succeeds.
"""

from __future__ import annotations

import functools
import threading
from typing import Protocol

from contract.alerts import AlertKind
from server.bus import Bus
from server.clock import SECOND
from server.jobs import Job, Snooze
from server.stripe.errors import (
    AuthRejected,
    IdempotencyMismatch,
    OutcomeUnknown,
    RequestRefused,
)
from server.stripe.gateway import Gateway
from server.tx import Tx

#: Seconds until a rejected key is tried again.
PAUSE = 60
#: The subject of the alert when every call is rejected.
KEY = "key"
MISSING = "resource_missing"
WAITS = "waits: Stripe rejects our key"


class Alerts(Protocol):
    """Where operators are alerted."""

    def open_alert(
        self, tx: Tx, kind: AlertKind, subject: str, *, detail: str, order_id: str | None = None
    ) -> None:
        """Open an alert unless one of this kind and subject is open."""

    def is_open(self, tx: Tx, kind: AlertKind, subject: str) -> bool:
        """Tell whether an alert of this kind and subject is open."""

    def auto_resolve(self, tx: Tx, kind: AlertKind, subject: str, *, note: str) -> None:
        """Close an alert whose cause is gone, if it is open."""


class CircuitBreaker:
    """Guards every job that calls Stripe."""

    def __init__(self, gateway: Gateway, alerts: Alerts) -> None:
        """Probe through `gateway` whether our key is accepted; alert operators through `alerts`."""
        self._gateway = gateway
        self._alerts = alerts
        self._lock = threading.Lock()
        self._open_until = 0
        self._half_open: bool | None = None  # None: not yet read from the table of alerts

    def guard(self, job: Job) -> Job:
        """Return the job, held back while our key is rejected."""

        @functools.wraps(job.run)  # the flow names the service a job belongs to
        def run(bus: Bus, subject: str) -> None:
            self._admit(bus)
            name = f"{job.kind}:{subject}"
            try:
                job.run(bus, subject)
            except Snooze:
                self._succeeded(bus, name)
                raise
            except AuthRejected as rejected:
                self._rejected(bus, name, rejected)
                raise Snooze(PAUSE, why=f"AuthRejected: {rejected}") from rejected
            except (IdempotencyMismatch, RequestRefused) as failure:
                if isinstance(failure, IdempotencyMismatch) or failure.code == MISSING:
                    self._alert(bus, AlertKind.MISMATCH, name, failure)
                raise
            self._succeeded(bus, name)

        return Job(job.kind, run, job.most)

    def _admit(self, bus: Bus) -> None:
        """Let a job run; after a rejection only once a probe succeeds. Raises Snooze."""
        with self._lock:
            left = self._open_until - bus.clock.now()
            if left > 0:
                raise Snooze(left / SECOND, why=WAITS)
            if self._half_open is None:
                self._half_open = bus.read_now(
                    lambda tx: self._alerts.is_open(tx, AlertKind.PROVIDER_REFUSES, KEY)
                )
            if not self._half_open:
                return
            try:
                self._gateway.records.probe()
            except (AuthRejected, OutcomeUnknown) as failure:
                self._open_until = bus.clock.now() + PAUSE * SECOND
                raise Snooze(PAUSE, why=WAITS) from failure
            self._half_open = False
        self._resolve(bus, AlertKind.PROVIDER_REFUSES, KEY, note="Stripe accepts our key again.")

    def _rejected(self, bus: Bus, name: str, rejected: AuthRejected) -> None:
        """Hold every job back, or only this one where the key is accepted for other calls."""
        try:
            self._gateway.records.probe()
        except AuthRejected:
            with self._lock:
                self._half_open = True
                self._open_until = bus.clock.now() + PAUSE * SECOND
            name = KEY
        except OutcomeUnknown:
            pass
        self._alert(bus, AlertKind.PROVIDER_REFUSES, name, rejected)

    def _succeeded(self, bus: Bus, name: str) -> None:
        """Resolve the alerts about this job."""

        def find(tx: Tx) -> list[AlertKind]:
            kinds = (AlertKind.PROVIDER_REFUSES, AlertKind.MISMATCH)
            return [kind for kind in kinds if self._alerts.is_open(tx, kind, name)]

        for kind in bus.read_now(find):
            self._resolve(bus, kind, name, note="The job succeeded.")

    def _alert(self, bus: Bus, kind: AlertKind, subject: str, failure: Exception) -> None:
        detail = f"{type(failure).__name__}: {failure}"
        bus.write_now(
            lambda tx: self._alerts.open_alert(tx, kind, subject, detail=detail), actor="payments"
        )

    def _resolve(self, bus: Bus, kind: AlertKind, subject: str, *, note: str) -> None:
        bus.write_now(
            lambda tx: self._alerts.auto_resolve(tx, kind, subject, note=note), actor="payments"
        )
