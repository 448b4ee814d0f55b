"""Payments: how a buyer's money is authorised, claimed, captured, released or sent back."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

from contract.orders import OrderCancelled
from contract.payments import START_PAYMENT, VIEW_PAYMENT
from server.bus import Bus, on
from server.clock import SECOND
from server.jobs import Job
from server.payments import routes, service, webhook
from server.payments.pages import HostedPage, ShortLink
from server.payments.routes import Desks
from server.payments.sandbox import Sandbox, SandboxTransport
from server.payments.stripe import Gateway
from server.payments.webhook import Inbox
from server.payments.work import Work
from server.routing import AnyRoute, Desk, flow, route

REACTIONS = (on(OrderCancelled, service.stop),)
#: The sandbox takes any test key.
SANDBOX_KEY = "sk_test_sandbox"

__all__ = ["REACTIONS", "Payments"]


class Payments:
    """The room with its gateway: Stripe when there is a key, else the sandbox."""

    def __init__(self, bus: Bus, desk: Desk, *, sandbox_path: Path | str) -> None:
        """Wire the room. `sandbox_path` is where the sandbox keeps what a bank would."""
        settings = bus.settings
        self._desk = desk
        self._woken = asyncio.Event()
        self.sandbox: Sandbox | None = None
        if settings.sandbox:
            self.sandbox = Sandbox(
                sandbox_path, now=bus.clock.now, rng=bus.chance, base_url=settings.public_url
            )
            self.transport = SandboxTransport(self.sandbox)
            self.gateway = Gateway(SANDBOX_KEY, transport=self.transport)
            secrets: tuple[str, ...] = (self.sandbox.webhook_secret,)
        else:
            self.gateway = Gateway(settings.stripe_key, transport=None, base=settings.stripe_base)
            secrets = tuple(filter(None, settings.stripe_webhook_secret.split(",")))
        self._inbox = Inbox(secrets, live=self.gateway.live)
        self.work = Work(self.gateway)

    def routes(self) -> tuple[AnyRoute, ...]:
        """Return what the room answers."""
        desks = Desks(self.work)
        pages = ShortLink(desks).routes() + self._inbox.routes()
        if self.sandbox is not None:
            pages += HostedPage(self.sandbox, self._woken.set).routes()
        return (flow(START_PAYMENT, desks.start), route(VIEW_PAYMENT, routes.view), *pages)

    def jobs(self) -> tuple[Job, ...]:
        """Return the work the room does after commit."""
        return self.work.jobs()

    def background(self) -> tuple[Callable[[], Awaitable[None]], ...]:
        """Return what runs beside the server: the sandbox's messages, as Stripe would send them."""
        return () if self.sandbox is None else (self._deliver,)

    async def _deliver(self) -> None:
        """Hand the sandbox's messages to our own inbox, signed and in raw bytes, for ever."""
        sandbox, bus = self.sandbox, self._desk.bus
        assert sandbox is not None  # noqa: S101  background() runs this only with one
        sandbox.deliver = self.receive
        while True:
            self._woken.clear()
            await asyncio.to_thread(sandbox.pump)
            soon = bus.clock.now() + SECOND
            await bus.clock.wait(self._woken, until=soon)

    def receive(self, raw: bytes, signature: str) -> bool:
        """Take in one message of the sandbox; tell whether it was genuine."""
        event = self._inbox.verified(raw, signature, self._desk)
        if event is None:
            return False
        self._desk.bus.write_now(lambda tx: webhook.receive(tx, event), actor="stripe")
        return True

    def close(self) -> None:
        """Close the sandbox, if there is one."""
        if self.sandbox is not None:
            self.sandbox.close()
