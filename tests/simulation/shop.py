"""The shop: a whole house on a file of its own, which may crash at any point and is opened again.

The bank has another file, so that a crash of the shop takes nothing back there.
"""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import text

from db.engine import open_database
from db.statement import Row, Statement
from server import orders
from server.app import Application
from server.expiration import expire_due
from server.jobs import RECLAIM, claim
from server.routing import MultiStepRoute, Route
from server.sandbox import Sandbox
from server.settings import Settings
from tests import databases
from tests.clock import ManualClock
from tests.simulation.points import Crash, Mishap, Points, Watched, Wire
from tests.world import World

Step = Callable[["Shop"], None]
#: More rounds of work than this at one moment are a loop.
MOST_ROUNDS = 100


class Restless(AssertionError):
    """Work leads to work without end, at one moment."""


@dataclass(frozen=True)
class Stage:
    """A database to copy from: a seller, two buyers, and one ticket on sale."""

    template: Path
    buyers: tuple[str, ...]
    ticket_id: str


def set_stage(folder: Path) -> Stage:
    """Make the database that every history begins with."""
    template = databases.make_sqlite_template(folder)
    world = World(f"sqlite:///{template}")
    seller, *buyers = (world.user(name) for name in ("seller", "ann", "bob"))
    ticket = world.list_ticket(seller)
    world.close()
    return Stage(template, tuple(buyer.user_id for buyer in buyers), ticket.id)


class Shop:
    """One history's house, bank, post and clock."""

    def __init__(
        self, stage: Stage, folder: Path, mishap: Mishap, steps: Mapping[str, Step]
    ) -> None:
        """Open the shop on a copy of the stage; `mishap` is to happen to it."""
        self.stage = stage
        self._steps = steps
        self.clock = ManualClock()
        self.clock.advance(1_000_000)
        self.points = Points(mishap, self.meanwhile)
        self.bank_file = folder / "bank.db"
        self.log: list[str] = []
        self._post = "prompt"
        self._box: list[tuple[bytes, str]] = []
        self._rng = random.Random(1)
        self._settings = Settings(
            database=databases.sqlite_url(folder, stage.template),
            public_url="http://shop.test", sandbox_database=str(self.bank_file),
        )  # fmt: skip
        self._open()

    def _open(self) -> None:
        self.database = open_database(self._settings.database, on_fatal_error=lambda _: None)
        self.app = Application(
            self._settings, database=Watched(self.database, self.points), clock=self.clock,
            rng=self._rng,
        )  # fmt: skip
        self.bus = self.app.bus
        self.payments = self.app.payments
        self.payments.transport.faults = Wire(self.points)
        self.sandbox.deliver = self._deliver
        self.routes = {
            (route.endpoint.path, route.endpoint.method): route
            for route in (*orders.ROUTES, *self.payments.routes())
            if isinstance(route, Route | MultiStepRoute)
        }

    @property
    def sandbox(self) -> Sandbox:
        """The bank."""
        sandbox = self.payments.sandbox
        assert sandbox is not None
        return sandbox

    def do(self, word: str) -> None:
        """Do a step. If the shop crashes under it, open the shop again and do it once more."""
        try:
            self._steps[word](self)
        except Crash:
            self.crash()
            self._steps[word](self)

    def meanwhile(self, word: str) -> None:
        """Do a step in the middle of another."""
        self._steps[word](self)

    def crash(self) -> None:
        """Throw the house away as it is, and open another on the same file.

        Every other time the new one takes up at once what the old one had in hand, as a server
        does that is alone; else the leases have to run out.
        """
        self.reopen()
        self.log.append("CRASH")
        if len(self.points.passed) % 2:
            self.take_up()

    def reopen(self) -> None:
        """Leave the shop and open it again."""
        self.leave()
        self._open()

    def leave(self) -> None:
        """Let go of the files; nothing that waits is done."""
        self.app.context.close()
        self.sandbox.close()
        self.bus.close()

    def take_up(self) -> None:
        """Do what the runner does when it starts."""
        self.bus.write_now(lambda tx: tx.execute(RECLAIM), actor="jobs")

    def jobs(self, most: int = 4) -> int:
        """Run up to `most` jobs that are due; return how many there were."""
        claimed = self.bus.write_now(lambda tx: claim(tx, most), actor="jobs")
        for job in claimed:
            self.app.runner.perform(job)
        return len(claimed)

    def all_jobs(self) -> None:
        """Run jobs until none is due at this moment."""
        self._until_quiet(self.jobs)

    def work(self) -> None:
        """Ring, deliver letters and run jobs until nothing is left to do at this moment."""
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
        msg = "the shop works for ever"
        raise Restless(msg)

    def alarm(self) -> None:
        """Ring for every deadline that has passed."""
        self.bus.write_now(expire_due, actor="expiration")

    @contextmanager
    def post(self, how: str) -> Iterator[None]:
        """Let the post lose letters, bring them twice, or bring them in another order."""
        self._post = how
        try:
            yield
        finally:
            self._post = "prompt"
        self._rng.shuffle(self._box)
        while self._box:
            self.payments.receive(*self._box.pop())

    def _deliver(self, raw: bytes, signature: str) -> bool:
        if self._post == "lost":
            return True
        if self._post == "shuffled":
            self._box.append((raw, signature))
            return True
        for _ in range(2 if self._post == "twice" else 1):
            self.payments.receive(raw, signature)
        return True

    def rows(self, sql: str, **binds: Any) -> list[Row]:
        """Return the rows of a query."""
        statement = Statement(text(sql))
        return self.bus.read_now(lambda tx: tx.all(statement, **binds))


def remove(folder: Path) -> None:
    """Throw a history's files away."""
    shutil.rmtree(folder, ignore_errors=True)
