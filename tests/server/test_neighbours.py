"""Slow neighbours: what is slow for one is not slow for the others."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Coroutine
from typing import Any, cast

import msgspec
import pytest
from aiohttp import web

from contract.auth import BAN_USER, AccountBanned, Ban
from contract.feed import FeedQuery
from contract.orders import PlaceOrder
from contract.problems import Busy, KeyReused
from contract.tickets import ImportOutcome, ImportTickets, RowResult
from server import system
from server.bus import Commit
from server.http import handlers
from server.http.listeners import UNREAD_SECONDS, bind
from server.orders import routes as orders
from server.principal import Principal
from server.tickets import imports
from server.tickets.imports import ROWS_AT_ONCE
from server.turns import Turns
from tests.server.rows import one
from tests.server.tickets.test_imports import outcomes, row, take
from tests.world import World

#: Far more than any of this takes; only a broken server waits so long.
PATIENCE = 20


def run(world: World, work: Coroutine[Any, Any, None]) -> None:
    """Run `work` on a loop that the world's writes resolve on."""

    async def attached() -> None:
        world.bus.attach(asyncio.get_running_loop())
        try:
            async with asyncio.timeout(PATIENCE):
                await work
        finally:
            world.bus.detach()

    asyncio.run(attached())


def rows(count: int, **changes: Any) -> ImportTickets:
    """Return an import of different seats."""
    encoded = (msgspec.json.encode(row(n, **changes)) for n in range(count))
    return ImportTickets(rows=tuple(map(msgspec.Raw, encoded)))


def test_hung_reads_delay_neither_locks_nor_streams_and_the_server_says_it_is_not_ready(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(system, "READY_SECONDS", 0.05)
    buyer, ticket = world.user("buyer"), world.list_ticket(world.user("seller"))
    release = threading.Event()
    (ready,) = (r for r in system.raw_routes(world.bus, ()) if r.path == "/readyz")

    async def lock_beside() -> None:
        bus = world.bus
        hung = [asyncio.create_task(bus.read(lambda _: release.wait(PATIENCE))) for _ in range(4)]
        await asyncio.sleep(0)
        with pytest.raises(Busy) as refused:
            await ready.handler(cast("Any", None))
        assert refused.value.retry_after
        body = PlaceOrder(ticket_id=ticket.id)
        order = await bus.write(lambda tx: orders.place_order(tx, buyer, body))
        assert order.id
        assert await bus.read_for_stream(lambda _: "not delayed")
        assert not any(each.done() for each in hung)
        release.set()
        await asyncio.gather(*hung)

    run(world, lock_beside())


def test_reads_of_streams_delay_no_other_reads(world: World) -> None:
    release = threading.Event()

    async def read_beside() -> None:
        bus = world.bus
        hung = [
            asyncio.create_task(bus.read_for_stream(lambda _: release.wait(PATIENCE)))
            for _ in range(100)
        ]
        await asyncio.sleep(0)
        assert await bus.read(lambda _: "not delayed")
        release.set()
        await asyncio.gather(*hung)

    run(world, read_beside())


def test_a_stream_that_is_behind_gets_many_events_in_one_write(world: World) -> None:
    seller = world.user("seller")
    for _ in range(5):
        world.list_ticket(seller)

    async def read() -> None:
        query = FeedQuery(cursor="0.0")
        stream = world.app.feed.follow(world.app.context, lambda _: Principal(), query, None)
        await anext(stream)
        assert (await anext(stream)).count(b"event: ticket.created") == 5
        await stream.aclose()

    run(world, read())


def test_a_client_that_does_not_read_its_stream_is_disconnected(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(handlers, "READING_SECONDS", 0.01)
    aborted = []

    class FullSocket:
        @property
        def transport(self) -> FullSocket:
            return self

        def abort(self) -> None:
            aborted.append(self)

        async def write(self, _: bytes) -> None:
            await asyncio.Event().wait()

    full = FullSocket()
    sending = handlers._send(  # noqa: SLF001  the only way to a socket that stays full
        cast("web.Request", full), cast("web.StreamResponse", full), b"event"
    )
    with pytest.raises(ConnectionResetError):
        asyncio.run(sending)
    assert aborted == [full]


@pytest.mark.skipif(not hasattr(socket, "TCP_USER_TIMEOUT"), reason="only Linux has this")
def test_a_client_that_does_not_read_a_reply_is_disconnected_by_the_kernel() -> None:
    with bind("127.0.0.1", 0) as listener:
        listener.listen()
        with socket.create_connection(listener.getsockname()), listener.accept()[0] as accepted:
            milliseconds = accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT)
    assert milliseconds == UNREAD_SECONDS * 1000


def test_a_lock_is_committed_between_two_parts_of_an_import(world: World) -> None:
    buyer, seller = world.user("buyer"), world.user("seller")
    ticket = world.list_ticket(seller)
    commits: list[Commit] = []
    world.bus.on_commit(commits.append)

    async def lock_beside() -> None:
        importing = asyncio.create_task(
            imports.import_tickets(world.app.context, seller, rows(4 * ROWS_AT_ONCE))
        )
        await asyncio.sleep(0)
        body = PlaceOrder(ticket_id=ticket.id)
        await world.bus.write(lambda tx: orders.place_order(tx, buyer, body))
        assert not importing.done()
        await importing

    run(world, lock_beside())
    names = [[event.name for event in commit.events] for commit in commits]
    created = [each.count("ticket.created") for each in names]
    assert max(created) == ROWS_AT_ONCE
    assert sum(created) == 4 * ROWS_AT_ONCE
    assert "order.created" in {name for each in names[:-1] for name in each}


def test_an_import_that_was_interrupted_is_finished_under_the_same_key(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    body, count = rows(3 * ROWS_AT_ONCE, external_id=None), 3 * ROWS_AT_ONCE
    seller = msgspec.structs.replace(world.user("seller"), key="again")
    write, wrote = world.bus.write, list[Any]()

    async def full(*given: Any, **more: Any) -> Any:
        if len(wrote) == 2:
            raise Busy
        wrote.append(given)
        return await write(*given, **more)

    async def send() -> None:
        monkeypatch.setattr(world.bus, "write", full)
        with pytest.raises(Busy):
            await imports.import_tickets(world.app.context, seller, body)
        monkeypatch.setattr(world.bus, "write", write)
        for _ in range(2):
            report = await imports.import_tickets(world.app.context, seller, body)
            assert outcomes(report) == [ImportOutcome.CREATED] * count
        with pytest.raises(KeyReused):
            await imports.import_tickets(world.app.context, seller, rows(1))

    run(world, send())
    assert one(world, "SELECT count(*) FROM tickets") == count
    assert world.sound()


def test_a_ban_stops_an_import(world: World) -> None:
    seller, admin = world.user("seller"), world.user("admin", admin=True)
    world.call(BAN_USER, admin, Ban(banned=True), user_id=seller.user_id)
    with pytest.raises(AccountBanned):
        take(world, seller, row(1))
    assert one(world, "SELECT count(*) FROM tickets") == 0


@pytest.mark.parametrize(
    ("changes", "outcome", "code"),
    [
        ({"seat": "0", "external_id": "other"}, ImportOutcome.REFUSED, "already_listed"),
        ({"barcode": "abc 1", "external_id": "other"}, ImportOutcome.REFUSED, "barcode_taken"),
        ({"external_id": "x-0"}, ImportOutcome.UPDATED, None),
        ({}, ImportOutcome.CREATED, None),
    ],
)
def test_a_dry_run_finds_what_repeats_a_row_of_an_earlier_part(
    world: World, changes: dict[str, Any], outcome: ImportOutcome, code: str | None
) -> None:
    given = [row(0, barcode="ABC1"), *(row(n) for n in range(1, ROWS_AT_ONCE + 3))]
    given.append(row(99, **changes))
    last: RowResult = take(world, world.user("seller"), *given, dry_run=True).results[-1]
    assert (last.outcome, last.code) == (outcome, code)
    assert one(world, "SELECT count(*) FROM tickets") == 0


def test_a_request_for_which_too_many_wait_is_refused_with_a_time_to_retry_after() -> None:
    async def ask() -> None:
        turns, release = Turns("tests", waiting=1), asyncio.Event()

        async def hold() -> None:
            async with turns.turn():
                await release.wait()

        held = [asyncio.create_task(hold()) for _ in range(2)]
        await asyncio.sleep(0)
        with pytest.raises(Busy) as refused:
            async with turns.turn():
                pass
        assert refused.value.retry_after
        release.set()
        await asyncio.gather(*held)
        async with turns.turn():
            pass

    asyncio.run(ask())
