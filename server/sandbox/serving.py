"""Serving: the sandbox as a process of its own, for whoever wants a Stripe without Stripe."""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

import httpx

from server import http
from server.clock import SECOND, Clock, Rng, SystemClock, system_rng
from server.sandbox.sandbox import Sandbox
from server.sandbox.webhooks import Deliver
from server.sandbox.wire import HostedPage, Wire
from server.settings import LAST_PORT, Settings, WrongSetting

LOOPBACK = ("127.0.0.1", "::1", "localhost")
LIVE = ("sk_live_", "rk_live_")
#: Seconds a shop may take to answer a message before it counts as not delivered.
PATIENCE = 5


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where the sandbox answers, where it keeps its books, and where it sends its messages."""

    host: str = "127.0.0.1"
    port: int = 0
    file: str = ":memory:"
    webhook: str | None = None


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `sandbox` to the commands of `ticketing-server`."""
    says = "serve the payment sandbox alone"
    parser = commands.add_parser(
        "sandbox",
        help=says,
        description="Serve the payment sandbox alone: a Stripe in which no money moves. "
        "Any key that begins sk_test_ is good.",
    )
    # Not `host` and `port`: those are settings of the shop.
    parser.add_argument("--host", dest="at", metavar="HOST", default=Place.host,
                        help="loopback address to listen on (default: 127.0.0.1)")  # fmt: skip
    parser.add_argument("--port", dest="at_port", metavar="PORT", type=int, default=Place.port,
                        help="port to listen on (default: a free one)")  # fmt: skip
    parser.add_argument("--file", metavar="PATH", default=Place.file,
                        help="where to keep everything (default: in memory)")  # fmt: skip
    parser.add_argument("--webhook", metavar="URL", help="where to send signed events")
    parser.set_defaults(run=run)


def run(settings: Settings, arguments: argparse.Namespace) -> int:
    """Serve until told to stop. Raises WrongSetting."""
    place = Place(
        host=arguments.at, port=arguments.at_port, file=arguments.file, webhook=arguments.webhook
    )
    refuse_danger(place, settings, os.environ)
    asyncio.run(_until_stopped(place))
    return 0


def refuse_danger(place: Place, settings: Settings, environment: Mapping[str, str]) -> None:
    """Refuse to stand next to a live key, to be reached from elsewhere, and what is no address."""
    keys = [name for name, value in sorted(environment.items()) if value.startswith(LIVE)]
    if keys or settings.live:
        msg = (
            f"refusing to start a sandbox next to a live Stripe key "
            f"({', '.join(keys) or 'TICKETING_STRIPE_KEY_FILE'}): sales would be mistaken for paid"
        )
        raise WrongSetting(msg)
    if place.host not in LOOPBACK:
        msg = f"the sandbox listens on loopback only, not on {place.host}"
        raise WrongSetting(msg)
    if not 0 <= place.port <= LAST_PORT:
        msg = f"port must be between 0 and {LAST_PORT}, not {place.port}"
        raise WrongSetting(msg)
    if place.webhook is not None and urlsplit(place.webhook).scheme not in {"http", "https"}:
        msg = f"--webhook takes an http:// or https:// address, not {place.webhook!a}"
        raise WrongSetting(msg)


async def serve(
    place: Place,
    *,
    clock: Clock,
    rng: Rng,
    ready: Callable[[str, Sandbox], None],
    stop: asyncio.Event,
) -> None:
    """Serve API and page until `stop` is set; call `ready` with the address once both answer."""
    listener = http.bind(place.host, place.port)
    host = f"[{place.host}]" if ":" in place.host else place.host
    address = f"http://{host}:{listener.getsockname()[1]}"
    woken = asyncio.Event()
    with _messenger(place.webhook) as deliver:
        sandbox = Sandbox(place.file, now=clock.now, rng=rng, base_url=address, deliver=deliver)
        routes = Wire(sandbox, woken.set).routes() + HostedPage(sandbox, woken.set).routes()
        app = http.raw_application(routes, rng)
        async with http.on_network(app, listener, cert="", key=""), asyncio.TaskGroup() as beside:
            beside.create_task(_pump(sandbox, woken, clock, stop))
            ready(address, sandbox)
            await stop.wait()
            sandbox.deliver = None  # what is not sent yet is sent by the next one on this file
            woken.set()
        sandbox.close()


async def _pump(sandbox: Sandbox, woken: asyncio.Event, clock: Clock, stop: asyncio.Event) -> None:
    """Let time pass and messages go out until `stop`."""
    while not stop.is_set():
        woken.clear()
        await asyncio.to_thread(sandbox.pump)
        await clock.wait(woken, until=clock.now() + SECOND)


@contextmanager
def _messenger(webhook: str | None) -> Iterator[Deliver | None]:
    """Give what sends an event to a shop's address, if there is one."""
    if webhook is None:
        yield None
        return
    with httpx.Client(timeout=PATIENCE, trust_env=False) as client:

        def deliver(raw: bytes, signature: str) -> bool:
            headers = {"Content-Type": "application/json; charset=utf-8",
                       "Stripe-Signature": signature}  # fmt: skip
            try:
                return client.post(webhook, content=raw, headers=headers).is_success
            except httpx.HTTPError:
                return False

        yield deliver


async def _until_stopped(place: Place) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)

    def ready(address: str, sandbox: Sandbox) -> None:
        print(f"listening on {address}", flush=True)  # noqa: T201  the promise of `sandbox`
        print(f"webhook secret: {sandbox.webhook_secret}", file=sys.stderr)  # noqa: T201  the same

    await serve(place, clock=SystemClock(), rng=system_rng(), ready=ready, stop=stop)
