"""Providers: what the checks run against, and why one may be unavailable."""

from __future__ import annotations

import asyncio
import functools
import os
import random
import socket
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import stripe

from server.sandbox import Sandbox
from server.sandbox.standalone import StandaloneOptions, serve
from tests.clock import ManualClock
from tests.server.sandbox import oracle
from tests.server.sandbox.contract.checked_sdk import CheckedService
from tests.server.sandbox.contract.features import Feature
from tests.server.sandbox.contract.provider import Provider, client
from tests.server.sandbox.contract.webhook_receiver import WebhookReceiver
from tests.server.sandbox.oracle import Oracle

LAUNCHER = oracle.PATH.parent / "run_localstripe.py"
KEY = "sk_test_contract"
#: Seconds within which localstripe must answer.
TIMEOUT = 20
#: Localstripe does all of this differently from Stripe, or not at all.
LOCALSTRIPE_UNSUPPORTED = frozenset(Feature) - {Feature.WEBHOOKS}
#: No program can fill in Stripe's page, and Stripe cannot reach this machine.
STRIPE_UNSUPPORTED = frozenset((Feature.KEY_MODES, Feature.WEBHOOKS, Feature.CARD_FORM))
#: An account in Stripe's test mode that has been onboarded, for transfers to it.
STRIPE_ACCOUNT = os.environ.get("STRIPE_TEST_ACCOUNT")
#: Each provider, and the features that it does not support.
UNSUPPORTED: Mapping[str, frozenset[Feature]] = {
    "sandbox": frozenset(),
    "localstripe": LOCALSTRIPE_UNSUPPORTED,
    "stripe": STRIPE_UNSUPPORTED if STRIPE_ACCOUNT else STRIPE_UNSUPPORTED | {Feature.CONNECT},
}


@functools.cache
def unavailable(name: str) -> str | None:
    """Return why a provider cannot run here; None when it can."""
    if name == "stripe":
        key = os.environ.get("STRIPE_TEST_KEY", "")
        if not key.startswith("sk_test_"):
            return f"STRIPE_TEST_KEY {'does not begin with sk_test_' if key else 'is not set'}"
    if name == "localstripe":
        python = os.environ.get("LOCALSTRIPE_PYTHON")
        if python is None:
            return "LOCALSTRIPE_PYTHON names no Python that has localstripe"
        if not LAUNCHER.exists():
            return f"its launcher, {LAUNCHER.name}, is absent (set TICKETING_SHARED)"
        known = subprocess.run(
            [python, "-c", "import localstripe"], capture_output=True, check=False
        )
        if known.returncode:
            return "the Python of LOCALSTRIPE_PYTHON has no localstripe"
    return None


def checked(raw: stripe.StripeClient, *, replies: bool) -> Any:
    """Return the SDK with checked types, or the plain SDK if the tool for that is absent."""
    if not oracle.PATH.exists():
        return raw.v1
    return CheckedService(raw.v1, _oracle(), replies=replies)


@functools.cache
def _oracle() -> Oracle:
    return Oracle()  # it caches the types that it has read, which takes a while


class _SandboxThread:
    """Runs the sandbox on its own thread, on a free loopback port."""

    def __init__(self, options: StandaloneOptions, clock: ManualClock) -> None:
        self._options, self._clock = options, clock
        self._ready = threading.Event()
        self._failed: BaseException | None = None
        self.thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> tuple[str, Sandbox]:
        self.thread.start()
        assert self._ready.wait(30)
        if self._failed is not None:
            raise self._failed
        return self._address, self._sandbox

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self.thread.join(30)
        assert not self.thread.is_alive()

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except BaseException as failure:  # noqa: BLE001  `start` raises it again
            self._failed = failure
            self._ready.set()

    async def _serve(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()

        def ready(address: str, sandbox: Sandbox) -> None:
            self._address, self._sandbox = address, sandbox
            self._ready.set()

        await serve(
            self._options, clock=self._clock, rng=random.Random(), ready=ready, stop=self._stop
        )


@contextmanager
def sandbox() -> Iterator[Provider]:
    """Serve a new sandbox on a clock that moves only when a check waits for something."""
    clock = ManualClock(time.time_ns() // 1000)
    with WebhookReceiver() as webhooks:
        thread = _SandboxThread(StandaloneOptions(webhook=webhooks.url), clock)
        url, served = thread.start()
        webhooks.secret = served.webhook_secret
        raw = client(url, KEY)
        try:
            yield Provider(
                name="sandbox", raw=raw, v1=checked(raw, replies=True), url=url, secret=KEY,
                clock=clock, webhooks=webhooks,
            )  # fmt: skip
        finally:
            thread.stop()


@contextmanager
def localstripe(folder: Path) -> Iterator[Provider]:
    """Start localstripe as a process, from a Python that has it."""
    python = os.environ["LOCALSTRIPE_PYTHON"]
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    process = subprocess.Popen([python, str(LAUNCHER), str(port), str(folder)])
    try:
        _wait_for(url, process)
        with WebhookReceiver() as webhooks:
            hook = {"url": webhooks.url, "secret": webhooks.secret}
            httpx.post(f"{url}/_config/webhooks/contract", json=hook, trust_env=False)
            raw = client(url, KEY)
            yield Provider(
                name="localstripe", raw=raw, v1=checked(raw, replies=False), url=url, secret=KEY,
                webhooks=webhooks,
                numbers={"authenticationRequired": "4000002760003184"},
            )  # fmt: skip
    finally:
        process.kill()
        process.wait(30)


@contextmanager
def stripe_test_mode() -> Iterator[Provider]:
    """Use Stripe itself, over the Internet, with a test key."""
    key = os.environ["STRIPE_TEST_KEY"]
    raw = client(None, key)
    yield Provider(
        name="stripe", raw=raw, v1=checked(raw, replies=True), url=None, secret=key,
        account=STRIPE_ACCOUNT,
    )  # fmt: skip


def _wait_for(url: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + TIMEOUT
    while True:
        assert process.poll() is None, "localstripe ended"
        try:
            httpx.get(url, trust_env=False)
        except httpx.TransportError:
            assert time.monotonic() < deadline, "localstripe does not answer"
            time.sleep(0.05)
        else:
            return
