"""Payments: how a buyer's money is authorised, claimed, captured, released or refunded."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

from contract import limits
from contract.alerts import AlertClosed
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
from server.jobs import Job
from server.orders import service as orders
from server.payments import refunds, repository, routes, service
from server.payments.background import Background
from server.payments.jobs import PaymentJobs, receive
from server.payments.routes import PaymentRoutes
from server.routing import AnyRoute, AppContext, RawRoute, multi_step, route
from server.sandbox import HostedPageRoutes, Sandbox, SandboxTransport
from server.stripe import CircuitBreaker, Gateway, Webhook, mixed_modes

EVENTS = (
    PaymentStarted, PaymentUpdated, PaymentDeclined, PaymentCreated, PaymentFailed, PaymentLate,
    PaymentRefundDue, PaymentRefunded, PaymentRefundFailed, PaymentRefundSettled, PaymentDisputed,
    PaymentDisputeWon, PaymentDisputeLost,
)  # fmt: skip
CALLS = (
    orders.confirm, orders.complete, orders.release, orders.cancel, orders.refund, orders.dispute,
    alerts.open_alert, alerts.auto_resolve,
)  # fmt: skip
SUBSCRIPTIONS = (
    subscribe(OrderCancelled, service.stop),
    subscribe(AlertClosed, refunds.settle_failed),
)
#: The sandbox takes any test key.
SANDBOX_KEY = "sk_test_sandbox"

__all__ = ["CALLS", "EVENTS", "SUBSCRIPTIONS", "Payments", "refuse_other_mode"]


class Payments:
    """The service with its gateway: Stripe when there is a key, else the sandbox."""

    def __init__(self, bus: Bus, context: AppContext, *, sandbox_path: Path | str) -> None:
        """Wire the service. `sandbox_path` is where the sandbox keeps its database."""
        settings = bus.settings
        self._bus = bus
        self.sandbox: Sandbox | None = None
        if settings.sandbox:
            self.sandbox = Sandbox(
                sandbox_path, now=bus.clock.now, rng=bus.rng, base_url=settings.public_url
            )
            self.sandbox.deliver = self.receive
            self.transport = SandboxTransport(self.sandbox)
            self.gateway = Gateway(SANDBOX_KEY, transport=self.transport)
            secrets: tuple[str, ...] = (self.sandbox.webhook_secret,)
        else:
            self.gateway = Gateway(settings.stripe_key, transport=None, base=settings.stripe_base)
            secrets = tuple(filter(None, settings.stripe_webhook_secret.split(",")))
        self._webhook = Webhook(secrets, live=self.gateway.live, receive=receive)
        self.circuit_breaker = CircuitBreaker(self.gateway, alerts)
        self.payment_jobs = PaymentJobs(self.gateway)
        self._routes = PaymentRoutes(context, self.payment_jobs)
        self.background = Background(bus, self.gateway, self.circuit_breaker, self.sandbox)

    def routes(self) -> tuple[AnyRoute, ...]:
        """Return the service's endpoints, its short link, the webhook and the sandbox's page."""
        pages: tuple[RawRoute, ...] = self._webhook.routes(self._bus)
        if self.sandbox is not None:
            pages += HostedPageRoutes(self.sandbox, self.background.deliver_soon).routes()
        return (
            multi_step(START_PAYMENT, self._routes.start),
            route(VIEW_PAYMENT, routes.view),
            route(VIEW_RECEIPT, routes.view_receipt),
            *refunds.ROUTES,
            multi_step(RELEASE_ORDER, self._routes.release),
            multi_step(RECONCILE, self.background.reconcile),
            RawRoute("GET", "/p/{code}", self._routes.follow_link, limit=limits.SHORT_LINK),
            *pages,
        )

    def jobs(self) -> tuple[Job, ...]:
        """Return the work to do after commit."""
        return self.payment_jobs.jobs()

    def tasks(self) -> tuple[Callable[[], Awaitable[None]], ...]:
        """Return the background tasks.

        The sandbox or Stripe delivers events; a server without a webhook asks for them.
        """
        background = self.background
        if self.sandbox is not None:
            return (background.deliver, background.compare)
        if self._webhook.secrets:
            return (background.compare,)
        return (background.compare, background.poll)

    def receive(self, raw: bytes, signature: str) -> bool:
        """Take in one of the sandbox's events; tell whether it was genuine."""
        return self._webhook.receive_now(self._bus, raw, signature)

    def close(self) -> None:
        """Wait for background work, then close the sandbox, if there is one."""
        self.background.close()
        if self.sandbox is not None:
            self.sandbox.close()


def refuse_other_mode(bus: Bus) -> None:
    """Raise WrongSetting for a database whose payments are of the mode our key is not for."""
    settings = bus.settings
    if bus.read_now(lambda tx: repository.exists_in_mode(tx, live=not settings.live)):
        raise mixed_modes(settings)
