"""The bus: calls go down and may refuse; facts go up and may not.

A transaction collects facts. Each fact is heard, in order, by whoever reacts to it, in that very
transaction, until none are left; then facts, rows and jobs are committed together, or not at all.
Only after the commit does anybody outside hear of it.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TypeVar

from contract.base import Event
from contract.problems import Busy, Problem, StorageFull
from db.dialect import is_busy, is_conflict, is_full
from db.engine import Database
from db.statement import Connection
from db.writer import OutcomeUnknown, Pending, QueueFull
from server.clock import Chance, Clock
from server.settings import Settings
from server.tx import React, Tx

T = TypeVar("T")
F = TypeVar("F", bound=Event)

Act = Callable[[Tx], T]


@dataclass(frozen=True)
class Reaction:
    """What a room does when it hears a fact."""

    fact: type[Event]
    react: React


def on(fact: type[F], react: Callable[[Tx, F], None]) -> Reaction:
    """Let a room hear every `fact`, in the transaction that publishes it."""
    return Reaction(fact, react)


@dataclass(frozen=True)
class Committed:
    """What a commit left behind for those who wait outside."""

    facts: tuple[Event, ...]
    wakes: frozenset[str]


@dataclass
class Bus:
    """Runs commands as transactions and tells the world once they are durable."""

    database: Database
    clock: Clock
    chance: Chance
    settings: Settings
    reactions: dict[type[Event], tuple[React, ...]] = field(default_factory=dict)
    _hooks: list[Callable[[Committed], None]] = field(default_factory=list)
    _loop: asyncio.AbstractEventLoop | None = None

    def connect(self, reactions: Iterable[Reaction]) -> None:
        """Wire who hears which fact; the order of `reactions` is the order of hearing."""
        for reaction in reactions:
            heard = self.reactions.get(reaction.fact, ())
            self.reactions[reaction.fact] = (*heard, reaction.react)

    def on_commit(self, hook: Callable[[Committed], None]) -> None:
        """Call `hook` after every commit that published a fact or wakes a sleeper."""
        self._hooks.append(hook)

    def attach(self, loop: asyncio.AbstractEventLoop) -> None:
        """Tell callers and hooks on `loop` from now on, a whole batch in one call."""
        self._loop = loop
        self.database.on_release(
            lambda batch: loop.call_soon_threadsafe(_release, batch)  # type: ignore[arg-type]
        )

    def detach(self) -> None:
        """Tell callers on the writer's own thread again: the loop is gone."""
        self._loop = None
        self.database.on_release(_release)

    async def write(
        self,
        act: Act[T],
        *,
        actor: str = "system",
        refused: Callable[[Tx, Problem], T] | None = None,
    ) -> T:
        """Run `act` in a transaction; return its value once that is durable.

        When it raises a Problem everything is undone, and `refused` may still write something
        down in the same transaction. Raises Busy when too much waits or the outcome is unknown.
        """
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()

        def done(pending: Pending) -> None:
            self._tell(pending)
            if future.done():
                return  # the caller went away; the work stands all the same
            if pending.error is not None:
                future.set_exception(_as_problem(pending.error))
            else:
                future.set_result(pending.value[0])

        self._submit(Pending(self._work(act, actor, refused), done))
        return await future

    def write_now(self, act: Act[T], *, actor: str = "system") -> T:
        """Run `act` in a transaction and wait for it: for threads that may wait, never the loop."""
        finished = threading.Event()
        pending = Pending(self._work(act, actor, None), lambda _: finished.set())
        self._submit(pending)
        finished.wait()
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._tell, pending)
        else:
            self._tell(pending)
        if pending.error is not None:
            raise _as_problem(pending.error)
        value: T = pending.value[0]
        return value

    async def read(self, act: Act[T]) -> T:
        """Run `act` on a consistent view, beside the writer."""
        return await asyncio.get_running_loop().run_in_executor(None, self.read_now, act)

    def read_now(self, act: Act[T]) -> T:
        """Run `act` on a consistent view, on this thread."""
        try:
            return self.database.read(lambda connection: act(self._tx(connection, "reader")))
        except Problem:
            raise
        except Exception as error:
            raise _as_problem(error) from error

    def _tx(self, connection: Connection, actor: str) -> Tx:
        return Tx(
            connection,
            now_us=self.clock.now(),
            actor=actor,
            settings=self.settings,
            chance=self.chance,
        )

    def _work(
        self, act: Act[T], actor: str, refused: Callable[[Tx, Problem], T] | None
    ) -> Callable[[Connection], tuple[T, Tx]]:
        def work(connection: Connection) -> tuple[T, Tx]:
            tx = self._tx(connection, actor)
            try:
                with connection.savepoint():
                    value = act(tx)
                    tx.settle(self.reactions)
            except Problem as problem:
                if refused is None:
                    raise
                tx = self._tx(connection, actor)
                value = refused(tx, problem)
            return value, tx

        return work

    def _submit(self, pending: Pending) -> None:
        try:
            self.database.submit(pending)
        except QueueFull:
            raise Busy(retry_after=1) from None

    def _tell(self, pending: Pending) -> None:
        if pending.error is not None:
            return
        tx: Tx = pending.value[1]
        if tx.facts or tx.wakes:
            committed = Committed(tuple(tx.facts), frozenset(tx.wakes))
            for hook in self._hooks:
                hook(committed)


def _release(batch: list[Pending]) -> None:
    for pending in batch:
        pending.done(pending)


def _as_problem(error: BaseException) -> BaseException:
    """Turn what the database says into what a caller can act on; leave bugs as they are."""
    cause = error.__cause__ if isinstance(error, OutcomeUnknown) else error
    if cause is not None and is_full(cause):
        return StorageFull(retry_after=30)
    if isinstance(error, OutcomeUnknown) or is_busy(error) or is_conflict(error):
        busy = Busy(retry_after=1)
        busy.__cause__ = error
        return busy
    return error
