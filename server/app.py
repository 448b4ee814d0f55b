"""The composition root: which rooms there are, and how they are wired, started and stopped."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import msgspec
import structlog
from prometheus_client import generate_latest

from contract.endpoint import Endpoint
from contract.problems import Problem
from db.engine import Database, open_database, sqlite_path
from server import (
    alerts,
    auth,
    cancellation,
    expiration,
    feed,
    gate,
    http,
    idempotency,
    jobs,
    ledger,
    operate,
    orders,
    payments,
    shows,
    tickets,
)
from server.bus import Bus
from server.clock import SECOND, Chance, Clock
from server.http import Edge
from server.openapi import document
from server.payments import Payments
from server.routing import Answer, AnyRoute, Desk, Raw, Visit
from server.settings import Settings, WrongSetting

log = structlog.get_logger()

ROOMS = (auth, alerts, shows, tickets, orders, cancellation, gate, ledger, jobs)
#: Who hears which fact, in this order.
REACTIONS = (
    *alerts.REACTIONS, *orders.REACTIONS, *payments.REACTIONS, *cancellation.REACTIONS,
    *ledger.REACTIONS,
)  # fmt: skip
TIDY = 3600 * SECOND


class House:
    """A whole server on one database: the bus, the rooms, and what runs beside them."""

    def __init__(
        self, settings: Settings, *, database: Database, clock: Clock, chance: Chance
    ) -> None:
        """Wire every room."""
        self.settings = settings
        self.bus = Bus(database, clock, chance, settings)
        self.bus.connect(REACTIONS)
        self.desk = Desk(self.bus)
        self.payments = Payments(self.bus, self.desk, sandbox_path=_sandbox_path(settings))
        transfers = ledger.Transfers(self.payments.gateway)
        paying_out = map(self.payments.trouble.watched, transfers.jobs())
        kinds = (*self.payments.jobs(), *cancellation.JOBS, *paying_out)
        self.runner = jobs.Runner(self.bus, kinds)
        self.alarm = expiration.Alarm(self.bus)
        self.edge = Edge(self.desk, identify=auth.identify, touch=auth.touch)
        self.watch = feed.Watch(self.bus)

    def routes(self) -> tuple[AnyRoute, ...]:
        """Return everything the server answers."""
        rooms = [route for room in ROOMS for route in room.ROUTES]
        known = (*rooms, *self.payments.routes(), *feed.routes(self.watch))
        return (*known, *_house_routes(self, known))

    def background(self) -> tuple[Callable[[], Awaitable[None]], ...]:
        """Return what runs beside the answers."""
        return (self.alarm.run, self.runner.run, self._tidy, *self.payments.background())

    async def _tidy(self) -> None:
        never = asyncio.Event()
        while True:
            await self.bus.write(idempotency.forget)
            await self.bus.write(payments.forget)
            await self.bus.clock.wait(never, until=self.bus.clock.now() + TIDY)

    def close(self) -> None:
        """Let running work end, then let the database go."""
        self.runner.close()
        self.desk.close()
        self.payments.close()
        self.bus.database.close()


async def serve(
    settings: Settings,
    *,
    clock: Clock,
    chance: Chance,
    ready: Callable[[str], None],
    stop: asyncio.Event,
) -> None:
    """Run a server until `stop` is set; call `ready` with its address once it answers."""
    listener = http.take(settings.host, settings.port)
    port = listener.getsockname()[1]
    scheme = "https" if settings.tls_cert else "http"
    address = f"{scheme}://{_host(settings.host)}:{port}"
    settings = msgspec.structs.replace(
        settings, port=port, public_url=(settings.public_url or address).rstrip("/")
    )
    broken: list[BaseException] = []
    loop = asyncio.get_running_loop()

    def fatal(error: BaseException) -> None:
        log.critical("the disk failed; stopping", error=str(error))
        broken.append(error)
        loop.call_soon_threadsafe(stop.set)

    database = open_database(settings.database, fatal=fatal)
    house = House(settings, database=database, clock=clock, chance=chance)
    try:
        payments.refuse_other_mode(house.bus)
    except WrongSetting:
        house.close()
        listener.close()
        raise
    house.bus.attach(loop)
    async with _answering(house, listener), _running(house, stop):
        ready(address)
        await stop.wait()
        log.info("stopping")
    await asyncio.to_thread(house.close)
    if broken:
        raise broken[0]


@contextlib.asynccontextmanager
async def _answering(house: House, listener: socket.socket) -> AsyncIterator[None]:
    """Answer requests on the network, and operators beside the database."""
    settings = house.settings
    public = house.edge.application(house.routes())
    path = sqlite_path(settings.database)
    async with contextlib.AsyncExitStack() as stack:
        if path is not None:
            local = house.edge.application(operate.routes())
            await stack.enter_async_context(http.on_socket(local, operate.socket_of(path)))
        await stack.enter_async_context(
            http.on_network(public, listener, cert=settings.tls_cert, key=settings.tls_key)
        )
        stack.callback(house.watch.close)  # first of all, or streams would keep us waiting
        yield


@contextlib.asynccontextmanager
async def _running(house: House, stop: asyncio.Event) -> AsyncIterator[None]:
    """Run what runs beside the answers; if any of it breaks, stop rather than limp."""
    tasks = [asyncio.ensure_future(_again(run, house.bus.clock)) for run in house.background()]

    def ended(task: asyncio.Future[None]) -> None:
        if not task.cancelled():
            log.critical("background work broke; stopping", exc_info=task.exception())
            stop.set()

    for task in tasks:
        task.add_done_callback(ended)
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _again(run: Callable[[], Awaitable[None]], clock: Clock) -> None:
    """Run for ever what runs beside; a full disk or queue passes, and must not end the server."""
    never = asyncio.Event()
    while True:
        try:
            await run()
        except Problem as problem:
            if not problem.retryable:
                raise
            log.warning("background work waits", work=run.__qualname__, why=problem.detail)
            await clock.wait(never, until=clock.now() + SECOND)


def _house_routes(house: House, known: tuple[AnyRoute, ...]) -> tuple[Raw, ...]:
    endpoints: list[Endpoint[object, object]] = [  # type: ignore[type-var]
        route.endpoint for route in known if not isinstance(route, Raw)
    ]
    described = json.dumps(document(endpoints))

    async def healthy(desk: Desk, visit: Visit) -> Answer:
        return Answer(200, "ok\n", "text/plain")

    async def ready(desk: Desk, visit: Visit) -> Answer:
        await desk.bus.read(feed.here)
        return Answer(200, "ready\n", "text/plain")

    async def metrics(desk: Desk, visit: Visit) -> Answer:
        return Answer(200, generate_latest().decode(), "text/plain")

    async def openapi(desk: Desk, visit: Visit) -> Answer:
        return Answer(200, described, "application/json")

    return (
        Raw("GET", "/healthz", healthy),
        Raw("GET", "/readyz", ready),
        Raw("GET", "/metrics", metrics),
        Raw("GET", "/openapi.json", openapi),
    )


def _host(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _sandbox_path(settings: Settings) -> Path | str:
    if settings.sandbox_database:
        return Path(settings.sandbox_database)
    path = sqlite_path(settings.database)
    return Path("ticketing-sandbox.db") if path is None else Path(f"{path}.sandbox")
