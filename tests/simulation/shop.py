"""Shop: a whole application on its own database file, which may crash at any point and reopens.

The provider has another file, so that a crash undoes nothing there.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import text

from db.engine import open_database
from db.statement import Row, Statement
from server.app import Application
from server.expiration import expire_due
from server.jobs import RECLAIM, claim
from server.routing import MultiStepRoute, Route
from server.sandbox import Sandbox
from server.settings import Settings
from tests import databases
from tests.clock import ManualClock
from tests.simulation.points import Crash, InjectedFaults, Injection, ObservedDatabase, Points
from tests.world import World

Step = Callable[["Shop"], None]
#: More rounds of work than this without time passing are an endless loop.
MOST_ROUNDS = 100


class NeverIdle(AssertionError):
    """Work leads to more work without end."""


@dataclass(frozen=True)
class Template:
    """A database to copy: a seller, two buyers, and one ticket on sale."""

    path: Path
    buyers: tuple[str, ...]
    ticket_id: str


def make_template(folder: Path) -> Template:
    """Make the database that every history begins with."""
    path = databases.make_sqlite_template(folder)
    world = World(f"sqlite:///{path}")
    seller, *buyers = (world.user(name) for name in ("seller", "ann", "bob"))
    ticket = world.list_ticket(seller)
    world.close()
    return Template(path, tuple(buyer.user_id for buyer in buyers), ticket.id)


class Shop:
    """The application, provider, webhook delivery and clock of one history."""

    def __init__(
        self, template: Template, folder: Path, injection: Injection, steps: Mapping[str, Step]
    ) -> None:
        """Open a copy of the template; `injection` will happen to it."""
        self.template = template
        self._steps = steps
        self.clock = ManualClock()
        self.clock.advance(1_000_000)
        self.points = Points(injection, self.meanwhile)
        self.provider_file = folder / "provider.db"
        self.log: list[str] = []
        self._delivery = "prompt"
        self._held_back: list[tuple[bytes, str]] = []
        self._rng = random.Random(1)
        self._settings = Settings(
            database=databases.sqlite_url(folder, template.path),
            public_url="http://shop.test", sandbox_database=str(self.provider_file),
        )  # fmt: skip
        self._open()

    def _open(self) -> None:
        self.database = open_database(self._settings.database, on_fatal_error=lambda _: None)
        self.app = Application(
            self._settings, database=ObservedDatabase(self.database, self.points), clock=self.clock,
            rng=self._rng,
        )  # fmt: skip
        self.bus = self.app.bus
        self.payments = self.app.payments
        self.payments.transport.faults = InjectedFaults(self.points)
        self.sandbox.deliver = self._deliver
        self.routes = {
            (route.endpoint.path, route.endpoint.method): route
            for route in self.app.routes()
            if isinstance(route, Route | MultiStepRoute)
        }

    @property
    def sandbox(self) -> Sandbox:
        """The provider."""
        sandbox = self.payments.sandbox
        assert sandbox is not None
        return sandbox

    def do(self, word: str) -> None:
        """Do a step. If the application crashes, reopen it and repeat the step."""
        try:
            self._steps[word](self)
        except Crash:
            self.crash()
            self._steps[word](self)

    def meanwhile(self, word: str) -> None:
        """Do a step in the middle of another."""
        self._steps[word](self)

    def crash(self) -> None:
        """Drop the application as it is, and open another on the same file.

        Every other time the new one reclaims the jobs of the old one at once, as the only server of
        a database does. Otherwise the leases have to expire first.
        """
        self.reopen()
        self.log.append("CRASH")
        if len(self.points.passed) % 2:
            self.reclaim()

    def reopen(self) -> None:
        """Close the files and open the application again."""
        self.leave()
        self._open()

    def leave(self) -> None:
        """Let go of the files; nothing that waits is done."""
        self.app.context.close()
        self.sandbox.close()
        self.bus.close()

    def reclaim(self) -> None:
        """Reclaim the jobs of the previous process, as the runner does when it starts."""
        self.bus.write_now(lambda tx: tx.execute(RECLAIM), actor="jobs")

    def jobs(self, most: int = 4) -> int:
        """Run up to `most` due jobs; return how many ran."""
        claimed = self.bus.write_now(lambda tx: claim(tx, most), actor="jobs")
        for job in claimed:
            self.app.runner.perform(job)
        return len(claimed)

    def all_jobs(self) -> None:
        """Run jobs until none is due now."""
        self._until_quiet(self.jobs)

    def work(self) -> None:
        """Expire orders, deliver webhooks and run jobs until nothing is left to do now."""
        self._until_quiet(
            lambda: (
                self.bus.write_now(expire_due, actor="expiration")
                + self.sandbox.pump()
                + self.jobs()
            )
        )

    def _until_quiet(self, act: Callable[[], int]) -> None:
        for _ in range(MOST_ROUNDS):
            if not act():
                return
        msg = "there is always more work"
        raise NeverIdle(msg)

    def expire(self) -> None:
        """Expire every order whose deadline has passed."""
        self.bus.write_now(expire_due, actor="expiration")

    @contextmanager
    def delivery(self, how: str) -> Iterator[None]:
        """Lose webhooks, deliver them twice, or deliver them in another order."""
        self._delivery = how
        try:
            yield
        finally:
            self._delivery = "prompt"
        self._rng.shuffle(self._held_back)
        while self._held_back:
            self.payments.receive(*self._held_back.pop())

    def _deliver(self, raw: bytes, signature: str) -> bool:
        if self._delivery == "lost":
            return True
        if self._delivery == "shuffled":
            self._held_back.append((raw, signature))
            return True
        for _ in range(2 if self._delivery == "twice" else 1):
            self.payments.receive(raw, signature)
        return True

    def rows(self, sql: str, **binds: Any) -> list[Row]:
        """Return the rows of a query."""
        statement = Statement(text(sql))
        return self.bus.read_now(lambda tx: tx.all(statement, **binds))
