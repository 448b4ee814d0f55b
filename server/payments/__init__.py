"""Payments: how a buyer's money is authorised, claimed, captured, released or sent back."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

from contract.alerts import AlertClosed
from contract.cards import (
    ADD_CARD,
    LIST_CARDS,
    REMOVE_CARD,
    VIEW_CARD_SETUP,
    CardRemoved,
    CardSaved,
)
from contract.orders import OrderCancelled
from contract.payments import (
    RELEASE_ORDER,
    START_PAYMENT,
    VIEW_PAYMENT,
    PaymentCreated,
    PaymentDeclined,
    PaymentDisputed,
    PaymentDisputeLost,
    PaymentDisputeWon,
    PaymentFailed,
    PaymentLate,
    PaymentRefundDue,
    PaymentRefunded,
    PaymentRefundFailed,
    PaymentRefundSettled,
    PaymentStarted,
    PaymentUpdated,
)
from contract.receipts import VIEW_RECEIPT
from contract.reconciliation import RECONCILE
from server.alerts import service as alerts
from server.bus import Bus, subscribe
from server.clock import SECOND
from server.jobs import Job
from server.orders import service as orders
from server.payments import inbox, receipts, refunds, routes, service
from server.payments.cards import routes as card_routes
from server.payments.cards.pages import CardLink
from server.payments.inbox import delete_expired
from server.payments.mode import refuse_other_mode
from server.payments.pages import ShortLink
from server.payments.releasing import Releasing
from server.payments.rounds import Rounds, to_the_end
from server.payments.routes import Desks
from server.payments.stripe import Gateway
from server.payments.trouble import Trouble
from server.payments.webhook import Webhook
from server.payments.work import Work
from server.routing import AnyRoute, AppContext, multi_step, route
from server.sandbox import HostedPageRoutes, Sandbox, SandboxTransport

EVENTS = (
    PaymentStarted, PaymentUpdated, PaymentDeclined, PaymentCreated, PaymentFailed, PaymentLate,
    PaymentRefundDue, PaymentRefunded, PaymentRefundFailed, PaymentRefundSettled, PaymentDisputed,
    PaymentDisputeWon, PaymentDisputeLost, CardSaved, CardRemoved,
)  # fmt: skip
CALLS = (
    orders.confirm, orders.complete, orders.release, orders.cancel, orders.refund, orders.dispute,
    alerts.open_alert, alerts.auto_resolve,
)  # fmt: skip
SUBSCRIPTIONS = (subscribe(OrderCancelled, service.stop), subscribe(AlertClosed, refunds.settled))
#: The sandbox takes any test key.
SANDBOX_KEY = "sk_test_sandbox"

__all__ = ["CALLS", "EVENTS", "SUBSCRIPTIONS", "Payments", "delete_expired", "refuse_other_mode"]


class Payments:
    """The room with its gateway: Stripe when there is a key, else the sandbox."""

    def __init__(self, bus: Bus, context: AppContext, *, sandbox_path: Path | str) -> None:
        """Wire the room. `sandbox_path` is where the sandbox keeps what a bank would."""
        settings = bus.settings
        self._context = context
        self._woken = asyncio.Event()
        self.sandbox: Sandbox | None = None
        if settings.sandbox:
            self.sandbox = Sandbox(
                sandbox_path, now=bus.clock.now, rng=bus.rng, base_url=settings.public_url
            )
            self.transport = SandboxTransport(self.sandbox)
            self.gateway = Gateway(SANDBOX_KEY, transport=self.transport)
            secrets: tuple[str, ...] = (self.sandbox.webhook_secret,)
        else:
            self.gateway = Gateway(settings.stripe_key, transport=None, base=settings.stripe_base)
            secrets = tuple(filter(None, settings.stripe_webhook_secret.split(",")))
        self._webhook = Webhook(secrets, live=self.gateway.live)
        self.work = Work(self.gateway)
        self.trouble = Trouble(self.gateway)
        self.rounds = Rounds(bus, self.gateway, self.trouble)

    def routes(self) -> tuple[AnyRoute, ...]:
        """Return what the room answers."""
        desks, saving = Desks(self.work), card_routes.CardDesk(self.work.cards)
        pages = ShortLink(self._context, desks).routes() + CardLink(self._context, saving).routes()
        pages += self._webhook.routes(self._context.bus)
        if self.sandbox is not None:
            pages += HostedPageRoutes(self.sandbox, self._woken.set).routes()
        return (
            multi_step(START_PAYMENT, desks.start),
            route(VIEW_PAYMENT, routes.view),
            route(VIEW_RECEIPT, receipts.view),
            multi_step(ADD_CARD, saving.add),
            route(VIEW_CARD_SETUP, card_routes.view_setup),
            route(LIST_CARDS, card_routes.find),
            route(REMOVE_CARD, card_routes.remove),
            *refunds.ROUTES,
            multi_step(RELEASE_ORDER, Releasing(self.work.capturing).release),
            multi_step(RECONCILE, self.rounds.reconcile),
            *pages,
        )

    def jobs(self) -> tuple[Job, ...]:
        """Return the work the room does after commit."""
        return tuple(self.trouble.watched(job) for job in self.work.jobs())

    def background(self) -> tuple[Callable[[], Awaitable[None]], ...]:
        """Return what runs beside the server.

        Messages are delivered by the sandbox or by Stripe; where Stripe cannot, they are asked for.
        """
        compare, poll = self.rounds.compare, self.rounds.poll
        if self.sandbox is not None:
            return (self._deliver, compare)
        if self._webhook.secrets:
            return (compare,)
        return (compare, poll)

    async def _deliver(self) -> None:
        """Hand the sandbox's messages to our own inbox, signed and in raw bytes, for ever."""
        sandbox, bus = self.sandbox, self._context.bus
        assert sandbox is not None  # noqa: S101  background() runs this only with one
        sandbox.deliver = self.receive
        while True:
            self._woken.clear()
            await to_the_end(sandbox.pump)
            soon = bus.clock.now() + SECOND
            await bus.clock.wait(self._woken, until=soon)

    def receive(self, raw: bytes, signature: str) -> bool:
        """Take in one message of the sandbox; tell whether it was genuine."""
        bus = self._context.bus
        message = self._webhook.verified(raw, signature, now=bus.clock.now())
        if message is None or message.live != self._webhook.live:
            return False
        bus.write_now(lambda tx: inbox.receive(tx, message), actor="stripe")
        return True

    def close(self) -> None:
        """Close the sandbox, if there is one."""
        if self.sandbox is not None:
            self.sandbox.close()
