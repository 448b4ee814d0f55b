"""Standalone: the sandbox as a process of its own, for any program that uses a Stripe library."""

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

from server import http
from server.clock import SECOND, Clock, Rng, SystemClock, system_rng
from server.sandbox.events import Deliver
from server.sandbox.routes import ApiRoutes, HostedPageRoutes
from server.sandbox.sandbox import Sandbox
from server.settings import LAST_PORT, Settings, WrongSetting
from server.thread_pool import ThreadPool

LOOPBACK = ("127.0.0.1", "::1", "localhost")
LIVE_KEYS = ("sk_live_", "rk_live_")
#: Seconds within which a shop must answer a webhook.
WEBHOOK_TIMEOUT = 5


@dataclass(frozen=True, kw_only=True)
class StandaloneOptions:
    """Where the sandbox listens, where it stores its data, and where it sends its webhooks."""

    host: str = "127.0.0.1"
    port: int = 0
    file: str = ":memory:"
    webhook: str | None = None


def add_command(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `sandbox` to the commands of `ticketing-server`."""
    parser = commands.add_parser(
        "sandbox",
        help="serve the payment sandbox alone",
        description="Serve the payment sandbox alone: a Stripe-shaped API where no money moves. "
        "It accepts any key that begins sk_test_.",
    )
    # `dest` is not `host` and `port`: those are settings of the marketplace.
    parser.add_argument("--host", dest="at", metavar="HOST", default=StandaloneOptions.host,
                        help="loopback address to listen on (default: 127.0.0.1)")  # fmt: skip
    parser.add_argument("--port", dest="at_port", metavar="PORT", type=int,
                        default=StandaloneOptions.port,
                        help="port to listen on (default: a free one)")  # fmt: skip
    parser.add_argument("--file", metavar="PATH", default=StandaloneOptions.file,
                        help="where to store its data (default: in memory)")  # fmt: skip
    parser.add_argument("--webhook", metavar="URL", help="where to send signed events")
    parser.set_defaults(run=run)


def run(settings: Settings, arguments: argparse.Namespace) -> int:
    """Serve until a signal stops the process. Raises WrongSetting."""
    options = StandaloneOptions(
        host=arguments.at, port=arguments.at_port, file=arguments.file, webhook=arguments.webhook
    )
    check_options(options, settings, os.environ)
    asyncio.run(_serve_until_stopped(options))
    return 0


def check_options(
    options: StandaloneOptions, settings: Settings, environment: Mapping[str, str]
) -> None:
    """Refuse to run beside a live key, to listen beyond loopback, and invalid addresses."""
    keys = [name for name, value in sorted(environment.items()) if value.startswith(LIVE_KEYS)]
    if keys or settings.live:
        msg = (
            f"refusing to start a sandbox beside a live Stripe key "
            f"({', '.join(keys) or 'TICKETING_STRIPE_KEY_FILE'}): sales would look paid"
        )
        raise WrongSetting(msg)
    if options.host not in LOOPBACK:
        msg = f"the sandbox listens on loopback only, not on {options.host}"
        raise WrongSetting(msg)
    if not 0 <= options.port <= LAST_PORT:
        msg = f"port must be between 0 and {LAST_PORT}, not {options.port}"
        raise WrongSetting(msg)
    if options.webhook is not None and urlsplit(options.webhook).scheme not in {"http", "https"}:
        msg = f"--webhook takes an http:// or https:// address, not {options.webhook!a}"
        raise WrongSetting(msg)


async def serve(
    options: StandaloneOptions,
    *,
    clock: Clock,
    rng: Rng,
    ready: Callable[[str, Sandbox], None],
    stop: asyncio.Event,
) -> None:
    """Serve API and page until `stop` is set; call `ready` with the address once both answer."""
    listener = http.bind(options.host, options.port)
    host = f"[{options.host}]" if ":" in options.host else options.host
    address = f"http://{host}:{listener.getsockname()[1]}"
    woken = asyncio.Event()
    with _webhook_client(options.webhook) as deliver:
        sandbox = Sandbox(options.file, now=clock.now, rng=rng, base_url=address, deliver=deliver)
        api, page = ApiRoutes(sandbox, woken.set), HostedPageRoutes(sandbox, woken.set)
        app = http.raw_application(api.routes() + page.routes(), rng, clock)
        async with http.on_network(app, listener, None), asyncio.TaskGroup() as tasks:
            tasks.create_task(_pump(sandbox, woken, clock, stop))
            ready(address, sandbox)
            await stop.wait()
            sandbox.deliver = None  # the next process on this file sends the rest
            woken.set()
        sandbox.close()


async def _pump(sandbox: Sandbox, woken: asyncio.Event, clock: Clock, stop: asyncio.Event) -> None:
    """Run timers and deliver webhooks until `stop`, on a thread that a slow shop may block."""
    thread = ThreadPool("sandbox webhooks", threads=1, queue=0)
    while not stop.is_set():
        woken.clear()
        await thread.run_blocking(sandbox.pump)
        await clock.wait(woken, until=clock.now() + SECOND)
    thread.close()


@contextmanager
def _webhook_client(webhook: str | None) -> Iterator[Deliver | None]:
    """Yield a function that sends an event to a shop's address, if there is one."""
    if webhook is None:
        yield None
        return
    import httpx  # noqa: PLC0415  the marketplace's server loads this module and needs no client

    with httpx.Client(timeout=WEBHOOK_TIMEOUT, trust_env=False) as client:

        def deliver(raw: bytes, signature: str) -> bool:
            headers = {"Content-Type": "application/json; charset=utf-8",
                       "Stripe-Signature": signature}  # fmt: skip
            try:
                return client.post(webhook, content=raw, headers=headers).is_success
            except httpx.HTTPError:
                return False

        yield deliver


async def _serve_until_stopped(options: StandaloneOptions) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)

    def ready(address: str, sandbox: Sandbox) -> None:
        print(f"listening on {address}", flush=True)  # noqa: T201  scripts wait for this line
        print(f"webhook secret: {sandbox.webhook_secret}", file=sys.stderr)  # noqa: T201  the same

    await serve(options, clock=SystemClock(), rng=system_rng(), ready=ready, stop=stop)
