"""The bus: events, rows and jobs are committed together or not at all."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress

import pytest
from sqlalchemy import text

from contract.problems import Busy, Forbidden, Problem
from contract.shows import ShowCancelled, ShowCreated
from db.errors import QueueFull
from db.statement import Statement
from db.types import from_us
from db.writer import Pending
from server import tx
from server.bus import Commit, subscribe
from server.jobs import enqueue
from server.tx import MAX_EVENTS, Tx
from tests.clock import START
from tests.server.restart import restart
from tests.server.rows import change, one, rows
from tests.world import World

#: Has no table to store an event in.
NOWHERE = Statement(text("INSERT INTO nowhere VALUES (:id)"))


def show(name: str, version: int = 1) -> ShowCancelled:
    """Return an event without handlers."""
    return ShowCancelled(id=f"shw_{name}", version=version, title=name, starts_at=from_us(START))


def titles(world: World) -> list[str]:
    """Return the names of the events in the log, in order."""
    return [event.title for event in world.events() if isinstance(event, ShowCancelled)]


def record_commits(world: World) -> list[Commit]:
    """Record every commit from now on."""
    commits: list[Commit] = []
    world.bus.on_commit(commits.append)
    return commits


def react(world: World, act: Callable[[Tx, ShowCancelled], None]) -> None:
    """Subscribe a handler to cancelled shows."""
    world.bus.connect([subscribe(ShowCancelled, act)])


def test_a_transaction_that_raises_leaves_no_row_no_event_and_no_job(world: World) -> None:
    commits = record_commits(world)

    def act(tx: Tx) -> None:
        tx.publish(show("a"))
        enqueue(tx, "payment.void", "x")
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        world.bus.write_now(act)
    assert rows(world, "SELECT count(*) FROM jobs UNION ALL SELECT count(*) FROM events") == [
        (0,), (0,),
    ]  # fmt: skip
    assert commits == []


def test_a_handler_runs_in_the_transaction_of_the_event(world: World) -> None:
    react(world, lambda tx, event: enqueue(tx, "payment.void", event.id))
    world.bus.write_now(lambda tx: tx.publish(show("a")))
    assert rows(world, "SELECT subject FROM jobs") == [("shw_a",)]


def test_a_handler_that_raises_rolls_everything_back(world: World) -> None:
    def breaks(tx: Tx, event: ShowCreated) -> None:
        raise ZeroDivisionError(tx.now, event.id)

    world.bus.connect([subscribe(ShowCreated, breaks)])
    with pytest.raises(ZeroDivisionError):
        world.list_ticket(world.user("seller"))
    assert one(world, "SELECT count(*) FROM tickets") == 0
    assert world.names() == ["account.created"]


def test_events_are_handled_in_order_and_those_of_handlers_come_after(world: World) -> None:
    def echo(tx: Tx, event: ShowCancelled) -> None:
        if len(event.title) == 1:
            tx.publish(show(event.title * 2))

    react(world, echo)

    def act(tx: Tx) -> None:
        for name in "ab":
            tx.publish(show(name))

    world.bus.write_now(act)
    assert titles(world) == ["a", "b", "aa", "bb"]


def test_an_endless_loop_of_handlers_is_stopped_and_rolled_back(world: World) -> None:
    react(world, lambda tx, event: tx.publish(show(event.title, event.version + 1)))
    with pytest.raises(RuntimeError, match=str(MAX_EVENTS)):
        world.bus.write_now(lambda tx: tx.publish(show("a")))
    assert world.events() == []


def test_a_commit_hook_runs_once_with_the_events_and_notified_channels(world: World) -> None:
    commits = record_commits(world)

    def act(tx: Tx) -> None:
        tx.publish(show("a"))
        tx.notify("somebody")

    world.bus.write_now(act)
    assert commits == [Commit((show("a"),), frozenset({"somebody"}))]


def test_what_a_savepoint_undoes_is_neither_stored_nor_handled(world: World) -> None:
    commits = record_commits(world)

    def act(tx: Tx) -> None:
        tx.publish(show("kept"))
        with suppress(Forbidden), tx.savepoint():
            tx.publish(show("undone"))
            enqueue(tx, "payment.void", "undone")
            raise Forbidden
        tx.publish(show("too"))

    world.bus.write_now(act)
    assert titles(world) == ["kept", "too"]
    assert one(world, "SELECT count(*) FROM jobs") == 0
    assert commits[0].notified == frozenset()


def test_savepoints_can_be_nested(world: World) -> None:
    def act(tx: Tx) -> None:
        with tx.savepoint():
            tx.publish(show("outer"))
            with suppress(Forbidden), tx.savepoint():
                tx.publish(show("inner"))
                raise Forbidden
        tx.publish(show("last"))

    world.bus.write_now(act)
    assert titles(world) == ["outer", "last"]


def test_an_integrity_error_is_mapped_to_its_problem(world: World) -> None:
    def twice(tx: Tx) -> None:
        tx.publish(show("a"))
        tx.dispatch({})
        with tx.mapping_integrity_error(Forbidden):
            tx.dispatch({})  # the same version of the same show again

    with pytest.raises(Forbidden):
        world.bus.write_now(twice)
    assert world.events() == []


def test_a_version_of_an_entity_can_be_published_only_once(world: World) -> None:
    world.bus.write_now(lambda tx: tx.publish(show("a")))
    with pytest.raises(Exception, match=r"(?i)unique"):
        world.bus.write_now(lambda tx: tx.publish(show("a")))
    assert len(world.events()) == 1


def test_a_refusal_can_be_stored_in_the_same_transaction(
    world: World,
) -> None:
    def act(tx: Tx) -> str:
        tx.publish(show("undone"))
        raise Forbidden("not you")

    def refused(tx: Tx, problem: Problem) -> str:
        enqueue(tx, "payment.void", "noted")
        return problem.detail

    async def run() -> str:
        world.bus.attach(asyncio.get_running_loop())
        try:
            return await world.bus.write(act, refused=refused)
        finally:
            world.bus.detach()

    assert asyncio.run(run()) == "not you"
    assert rows(world, "SELECT subject FROM jobs") == [("noted",)]
    assert world.events() == []


def test_a_refused_write_undoes_nothing_of_the_others_in_its_commit(world: World) -> None:
    queued = threading.Event()

    def refuse(tx: Tx) -> None:
        tx.publish(show("undone"))
        tx.dispatch({})
        raise Forbidden

    def note(tx: Tx, _: Problem) -> None:
        enqueue(tx, "payment.void", "noted")

    async def run() -> list[object]:
        world.bus.attach(asyncio.get_running_loop())
        try:
            writes = [
                world.bus.write(lambda _: queued.wait(30)),  # the others make one commit on SQLite
                world.bus.write(refuse),
                world.bus.write(refuse, refused=note),
                world.bus.write(lambda tx: tx.publish(show("a"))),
                world.bus.write(refuse),
                world.bus.write(lambda tx: tx.publish(show("b"))),
            ]
            answers = asyncio.gather(*writes, return_exceptions=True)
            await asyncio.sleep(0)
            queued.set()
            return list(await answers)
        finally:
            world.bus.detach()

    answers = asyncio.run(run())
    assert [isinstance(answer, Forbidden) for answer in answers] == [
        False, True, False, False, True, False,
    ]  # fmt: skip
    assert sorted(titles(world)) == ["a", "b"]
    assert rows(world, "SELECT subject FROM jobs") == [("noted",)]


def test_a_transaction_has_one_time(world: World) -> None:
    def act(tx: Tx) -> tuple[int, int]:
        first = tx.now_us
        world.clock.advance(1_000_000)
        return first, tx.now_us

    first, then = world.bus.write_now(act)
    assert first == then == START


def test_a_read_cannot_write(world: World) -> None:
    with pytest.raises(Exception, match=r"(?i)read.?only"):
        world.bus.read_now(lambda tx: enqueue(tx, "payment.void", "x"))


def test_events_can_be_neither_changed_nor_deleted(world: World) -> None:
    world.bus.write_now(lambda tx: tx.publish(show("a")))
    for statement in ("UPDATE events SET body = '{}'", "DELETE FROM events"):
        with pytest.raises(Exception, match="append-only"):
            change(world, statement)
    assert titles(world) == ["a"]


def test_too_much_work_at_once_is_refused_as_busy(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: Pending) -> None:
        raise QueueFull

    monkeypatch.setattr(world.bus.database, "submit", full)
    with pytest.raises(Busy) as refused:
        world.bus.write_now(lambda tx: tx.publish(show("a")))
    assert refused.value.retry_after


def test_events_are_numbered_in_the_order_of_their_commits(world: World) -> None:
    for name in "abc":
        world.bus.write_now(lambda tx, name=name: tx.publish(show(name)))  # type: ignore[misc]
    assert titles(world) == ["a", "b", "c"]


def test_committed_data_is_there_when_the_database_is_opened_again(world: World) -> None:
    world.bus.write_now(lambda tx: tx.publish(show("a")))
    restart(world)
    assert titles(world) == ["a"]


def test_a_change_whose_event_cannot_be_stored_is_rolled_back(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    seller = world.user("seller")
    monkeypatch.setattr(tx, "RECORD", NOWHERE)
    with pytest.raises(Exception, match="nowhere"):
        world.list_ticket(seller)
    assert one(world, "SELECT count(*) FROM tickets") == 0
    assert one(world, "SELECT count(*) FROM shows") == 0
