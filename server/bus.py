"""The bus: calls go down and may refuse; events go up and may not.

A transaction collects events. Each one is handled, in order, by its subscribers in that same
transaction, until none are left; then events, rows and jobs are committed together, or not at
all. Hooks run only after the commit.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TypeVar

from contract.base import Event
from contract.problems import Busy, Problem, StorageFull
from db.engine import Database
from db.errors import CommitUnknown, ErrorKind, QueueFull
from db.statement import Connection
from db.writer import Pending, complete_each
from server.clock import Clock, Rng
from server.settings import Settings
from server.thread_pool import ThreadPool
from server.tx import EventHandler, Tx

T = TypeVar("T")
E = TypeVar("E", bound=Event)

#: What runs in a transaction.
TxFunction = Callable[[Tx], T]


@dataclass(frozen=True)
class Subscription:
    """One subscriber of one type of event."""

    event: type[Event]
    handler: EventHandler


def subscribe(event: type[E], handler: Callable[[Tx, E], None]) -> Subscription:
    """Call `handler` with every `event`, in the transaction that publishes it."""
    return Subscription(event, handler)


@dataclass(frozen=True)
class Refused:
    """The result of a transaction that was refused, but kept what it does unconditionally."""

    problem: Problem


@dataclass(frozen=True)
class Commit:
    """What a commit hook receives: the events published and the channels notified."""

    events: tuple[Event, ...]
    notified: frozenset[str]


@dataclass
class Bus:
    """Runs functions as transactions, dispatches their events, and calls hooks after commit."""

    database: Database
    clock: Clock
    rng: Rng
    settings: Settings
    handlers: dict[type[Event], tuple[EventHandler, ...]] = field(default_factory=dict)
    _hooks: list[Callable[[Commit], None]] = field(default_factory=list)
    _loop: asyncio.AbstractEventLoop | None = None
    # Together as many threads as there are connections to read with; a read takes milliseconds.
    _reads: ThreadPool = field(
        default_factory=lambda: ThreadPool("database reads", threads=4, queue=512, patience=5)
    )
    # Each commit wakes every open stream: their reads must not delay those somebody waits for.
    _stream_reads: ThreadPool = field(
        default_factory=lambda: ThreadPool("reads of the feed", threads=1, queue=20_000)
    )

    def connect(self, subscriptions: Iterable[Subscription]) -> None:
        """Register subscribers; an event's handlers run in the order given here."""
        for subscription in subscriptions:
            known = self.handlers.get(subscription.event, ())
            self.handlers[subscription.event] = (*known, subscription.handler)

    def on_commit(self, hook: Callable[[Commit], None]) -> None:
        """Call `hook` after every commit that published an event or notified a channel."""
        self._hooks.append(hook)

    def attach(self, loop: asyncio.AbstractEventLoop) -> None:
        """Resolve writes and call hooks on `loop` from now on, a whole batch in one call."""
        self._loop = loop
        self.database.on_completion(
            lambda batch: loop.call_soon_threadsafe(complete_each, batch)  # type: ignore[arg-type]
        )

    def detach(self) -> None:
        """Resolve writes on the writer's own thread again: the loop is gone."""
        self._loop = None
        self.database.on_completion(complete_each)

    def close(self) -> None:
        """Wait for running reads and queued writes, then close the database."""
        self._reads.close()
        self._stream_reads.close()
        self.database.close()

    async def write(
        self,
        work: TxFunction[T],
        *,
        actor: str = "system",
        refused: Callable[[Tx, Problem], T] | None = None,
    ) -> T:
        """Run `work` in a transaction; return its value once that is durable.

        When it raises a Problem everything is undone, and `refused` may still write a row in the
        same transaction. Raises Busy when the queue is full or the outcome is unknown.
        """
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()

        def done(pending: Pending) -> None:
            self._call_hooks(pending)
            if future.done():
                return  # the client disconnected; the work is committed all the same
            if pending.error is not None:
                future.set_exception(self._as_problem(pending.error))
            elif isinstance(pending.value[0], Refused):
                future.set_exception(pending.value[0].problem)
            else:
                future.set_result(pending.value[0])

        self._submit(Pending(self._transaction(work, actor, refused), done))
        return await future

    def write_now(self, work: TxFunction[T], *, actor: str = "system") -> T:
        """Run `work` in a transaction and wait: for threads that may block, never the loop."""
        finished = threading.Event()
        pending = Pending(self._transaction(work, actor, None), lambda _: finished.set())
        self._submit(pending)
        finished.wait()
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._call_hooks, pending)
        else:
            self._call_hooks(pending)
        if pending.error is not None:
            raise self._as_problem(pending.error)
        value: T | Refused = pending.value[0]
        if isinstance(value, Refused):
            raise value.problem
        return value

    async def read(self, work: TxFunction[T]) -> T:
        """Run `work` on a snapshot, beside the writer. Raises Busy when too many reads wait."""
        return await self._reads.run_blocking(self.read_now, work)

    async def read_for_stream(self, work: TxFunction[T]) -> T:
        """Run `work` on a snapshot, behind the reads of other streams and beside all others."""
        return await self._stream_reads.run_blocking(self.read_now, work)

    async def verify(self) -> None:
        """Check that the database's files are in their place. Raises FileReplaced, Busy."""
        await self._reads.run_blocking(self.database.verify)

    def read_now(self, work: TxFunction[T]) -> T:
        """Run `work` on a snapshot, on this thread."""
        try:
            return self.database.read(lambda connection: work(self._tx(connection, "reader")))
        except Problem:
            raise
        except Exception as error:
            raise self._as_problem(error) from error

    def _tx(self, connection: Connection, actor: str) -> Tx:
        return Tx(
            connection,
            now_us=self.clock.now(),
            actor=actor,
            settings=self.settings,
            rng=self.rng,
        )

    def _transaction(
        self, work: TxFunction[T], actor: str, refused: Callable[[Tx, Problem], T] | None
    ) -> Callable[[Connection], tuple[T | Refused, Tx]]:
        def run(connection: Connection) -> tuple[T | Refused, Tx]:
            value: T | Refused
            tx = self._tx(connection, actor)
            try:
                with connection.savepoint():
                    value = work(tx)
                    self._finish(tx, tx.unconditional)
            except Problem as problem:
                if refused is None and not tx.unconditional:
                    raise
                still_to_do, tx = tx.unconditional, self._tx(connection, actor)
                value = _reply_to(problem, refused, tx, keep=bool(still_to_do))
                self._finish(tx, still_to_do)
            return value, tx

        return run

    def _finish(self, tx: Tx, unconditional: Iterable[Callable[[Tx], None]]) -> None:
        for act in unconditional:
            act(tx)
        tx.dispatch(self.handlers)

    def _submit(self, pending: Pending) -> None:
        try:
            self.database.submit(pending)
        except QueueFull:
            raise Busy(retry_after=1) from None

    def _call_hooks(self, pending: Pending) -> None:
        if pending.error is not None:
            return
        tx: Tx = pending.value[1]
        if tx.events or tx.notified:
            commit = Commit(tuple(tx.events), frozenset(tx.notified))
            for hook in self._hooks:
                hook(commit)

    def _as_problem(self, error: BaseException) -> BaseException:
        """Turn a failure that the client can act on into a problem; leave any other as it is."""
        unknown = isinstance(error, CommitUnknown)
        cause = error.__cause__ if unknown else error
        kind = None if cause is None else self.database.error_kind(cause)
        if kind is ErrorKind.FULL:
            return StorageFull(retry_after=30)
        if unknown or kind in (ErrorKind.UNAVAILABLE, ErrorKind.CONFLICT):
            busy = Busy(retry_after=1)
            busy.__cause__ = error
            return busy
        return error


def _reply_to(
    problem: Problem, refused: Callable[[Tx, Problem], T] | None, tx: Tx, *, keep: bool
) -> T | Refused:
    """Return the reply to a refused request; with `keep`, never raise, so that `tx` commits."""
    try:
        if refused is None:
            raise problem
        return refused(tx, problem)
    except Problem as final:
        if not keep:
            raise
        return Refused(final)
