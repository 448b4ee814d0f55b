"""The composition root: wires the services together, starts and stops them."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from pathlib import Path

import msgspec
import structlog

from contract.problems import Problem
from db.engine import Database, open_database, sqlite_path
from server import (
    alerts,
    auth,
    cancellation,
    control_socket,
    expiration,
    feed,
    flow,
    gate,
    http,
    idempotency,
    jobs,
    ledger,
    moderation,
    orders,
    organisers,
    payments,
    shows,
    stripe,
    system,
    tickets,
    transfers,
)
from server.bus import Bus
from server.cards import Cards
from server.clock import SECOND, Clock, Rng
from server.http import EndpointHandlers
from server.payments import Payments
from server.routing import AnyRoute, AppContext
from server.settings import Settings, WrongSetting

log = structlog.get_logger()

SERVICES = (
    auth, alerts, organisers, shows, tickets, orders, transfers, cancellation, moderation, gate,
    ledger, jobs, system,
)  # fmt: skip
Tasks = tuple[Callable[[], Awaitable[None]], ...]
#: Subscribers of the same event run in this order.
SUBSCRIPTIONS = (
    *alerts.SUBSCRIPTIONS, *shows.SUBSCRIPTIONS, *tickets.SUBSCRIPTIONS, *orders.SUBSCRIPTIONS,
    *payments.SUBSCRIPTIONS,
    *cancellation.SUBSCRIPTIONS, *ledger.SUBSCRIPTIONS, *gate.SUBSCRIPTIONS,
)  # fmt: skip
#: Expired rows (stored replies, received events) are deleted this often.
SWEEP_INTERVAL = 3600 * SECOND
#: A sandbox without a file: it forgets everything when the server stops.
IN_MEMORY = ":memory:"
#: How often an idle server looks whether the database's files are still in their place.
WATCH_INTERVAL = SECOND // 2


class Application:
    """A whole server on one database: the bus, the services, and the background tasks."""

    def __init__(self, settings: Settings, *, database: Database, clock: Clock, rng: Rng) -> None:
        """Wire every service."""
        self.settings = settings
        self.bus = Bus(database, clock, rng, settings)
        self.bus.connect(SUBSCRIPTIONS)
        self.context = AppContext(self.bus)
        self.payments = Payments(self.bus, self.context, sandbox_path=_sandbox_path(settings))
        gateway, guard = self.payments.gateway, self.payments.circuit_breaker.guard
        self.cards = Cards(self.context, gateway)
        payouts = ledger.PayoutJobs(gateway.transfers)
        calling_stripe = (*self.payments.jobs(), *self.cards.jobs(), *payouts.jobs())
        self.jobs = (
            *map(guard, calling_stripe),
            *cancellation.JOBS,
            *moderation.JOBS,
            *tickets.JOBS,
        )
        self.runner = jobs.Runner(self.bus, self.jobs)
        self.flow = flow.flow_of(SUBSCRIPTIONS, self.jobs)
        self.deadlines = expiration.DeadlineScheduler(self.bus)
        self.handlers = EndpointHandlers(self.context, identify=auth.identify, touch=auth.touch)
        self.feed = feed.Feed(self.bus)

    def routes(self) -> tuple[AnyRoute, ...]:
        """Return every route of the server."""
        own = [item for service in SERVICES for item in service.ROUTES]
        wired = (
            *self.payments.routes(), *self.cards.routes(), *feed.routes(self.feed),
            *flow.routes(self.flow),
        )  # fmt: skip
        served = (*own, *wired)
        return (*served, *system.raw_routes(self.bus, served))

    def background(self) -> Tasks:
        """Return the tasks that run beside the request handlers, for as long as the server does."""
        own = (self.deadlines.run, self.runner.run, self._sweep, self._watch_files)
        return (*own, *self.payments.tasks())

    async def _sweep(self) -> None:
        never = asyncio.Event()
        while True:
            await self.bus.write(idempotency.delete_expired)
            await self.bus.write(stripe.delete_expired)
            await self.bus.clock.wait(never, until=self.bus.clock.now() + SWEEP_INTERVAL)

    async def _watch_files(self) -> None:
        never = asyncio.Event()
        while True:
            await asyncio.to_thread(self.bus.database.verify)
            await self.bus.clock.wait(never, until=self.bus.clock.now() + WATCH_INTERVAL)

    def close(self) -> None:
        """Wait for running work, then close the database."""
        self.runner.close()
        self.context.close()
        self.payments.close()
        self.bus.close()


async def serve(  # noqa: PLR0913  what a test replaces, and what a signal sets
    settings: Settings,
    *,
    clock: Clock,
    rng: Rng,
    ready: Callable[[str], None],
    stop: asyncio.Event,
    reload: asyncio.Event | None = None,
) -> None:
    """Run a server until `stop` is set; call `ready` with its address once it listens.

    The certificate is read again whenever `reload` is set.
    """
    certificate = _certificate(settings)
    failures: list[BaseException] = []
    loop = asyncio.get_running_loop()

    def on_fatal_error(error: BaseException) -> None:
        log.critical("the disk failed; stopping", error=str(error))
        failures.append(error)
        loop.call_soon_threadsafe(stop.set)

    with contextlib.ExitStack() as opened:
        listener = http.bind(settings.host, settings.port)
        opened.callback(listener.close)
        settings = _with_address(settings, port=listener.getsockname()[1])
        database = open_database(settings.database, on_fatal_error=on_fatal_error)
        opened.callback(database.close)
        app = Application(settings, database=database, clock=clock, rng=rng)
        _check_keys(app.bus)
        opened.pop_all()
    app.bus.attach(loop)
    reloading = partial(_reload, certificate, reload or asyncio.Event())
    background = _background((*app.background(), reloading), clock, stop, failures)
    async with _listening(app, listener, certificate), background:
        ready(_address(settings))
        await stop.wait()
    await asyncio.to_thread(app.close)
    if failures:
        raise failures[0]


def _check_keys(bus: Bus) -> None:
    """Refuse to start with another provider's payments or a key that unseals nothing."""
    payments.refuse_other_mode(bus)
    while bus.write_now(tickets.seal_barcodes):
        pass
    while bus.write_now(tickets.add_keys):
        pass


def _certificate(settings: Settings) -> http.Certificate | None:
    return http.Certificate(settings.tls_cert, settings.tls_key) if settings.tls_cert else None


def _address(settings: Settings) -> str:
    scheme = "https" if settings.tls_cert else "http"
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    return f"{scheme}://{host}:{settings.port}"


def _with_address(settings: Settings, *, port: int) -> Settings:
    """Put in the port that was chosen, and the URL at which buyers reach it."""
    settings = msgspec.structs.replace(settings, port=port)
    public_url = (settings.public_url or _address(settings)).rstrip("/")
    return msgspec.structs.replace(settings, public_url=public_url)


@contextlib.asynccontextmanager
async def _listening(
    app: Application, listener: socket.socket, certificate: http.Certificate | None
) -> AsyncIterator[None]:
    """Serve requests on the network, and operators' commands on a socket beside the database."""
    settings = app.settings
    public = app.handlers.application(app.routes())
    path = sqlite_path(settings.database)
    async with contextlib.AsyncExitStack() as stack:
        if path is not None:
            local = app.handlers.application(control_socket.routes(app.bus))
            address = stack.enter_context(control_socket.socket_address(path))
            await stack.enter_async_context(http.on_socket(local, address))
        await stack.enter_async_context(http.on_network(public, listener, certificate))
        stack.callback(app.feed.close)  # runs first: open streams would delay the stop
        yield


@contextlib.asynccontextmanager
async def _background(
    runs: Tasks,
    clock: Clock,
    stop: asyncio.Event,
    failures: list[BaseException],
) -> AsyncIterator[None]:
    """Run the background tasks; if one of them fails, keep its error and stop the server."""
    tasks = [asyncio.ensure_future(_restarting(run, clock)) for run in runs]

    def ended(task: asyncio.Future[None]) -> None:
        error = None if task.cancelled() else task.exception()
        if error is not None:
            log.critical("a background task failed; stopping", exc_info=error)
            failures.append(error)
            stop.set()

    for task in tasks:
        task.add_done_callback(ended)
    try:
        yield
    finally:
        log.info("stopping")
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _reload(certificate: http.Certificate | None, reload: asyncio.Event) -> None:
    """Read the certificate again whenever `reload` is set; keep the old one if that fails."""
    while True:
        await reload.wait()
        reload.clear()
        if certificate is None:
            log.info("there is no certificate to read again")
            continue
        try:
            await asyncio.to_thread(certificate.reload)
        except WrongSetting as wrong:
            log.error("the certificate was not read again; the old one stays", reason=str(wrong))  # noqa: TRY400
        else:
            log.info("the certificate was read again")


async def _restarting(run: Callable[[], Awaitable[None]], clock: Clock) -> None:
    """Run a task for ever; a full disk or queue is temporary and must not end the server."""
    never = asyncio.Event()
    while True:
        try:
            await run()
        except Problem as problem:
            if not problem.retryable:
                raise
            log.warning("a background task waits", task=run.__qualname__, reason=problem.detail)
            await clock.wait(never, until=clock.now() + SECOND)


def _sandbox_path(settings: Settings) -> Path | str:
    path = sqlite_path(settings.database)
    if settings.sandbox_database == IN_MEMORY:
        return IN_MEMORY
    if not settings.sandbox_database:
        return Path("ticketing-sandbox.db") if path is None else Path(f"{path}.sandbox")
    sandbox = Path(settings.sandbox_database).resolve()
    if path is not None and sandbox.exists() and sandbox.samefile(path):
        msg = f"sandbox_database must be a file of its own, not the database {path}"
        raise WrongSetting(msg)
    return sandbox
