"""A paid purchase, the operator who may refund it, and what was refunded at Stripe."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from contract.alerts import (
    LIST_ALERTS,
    RESOLVE_ALERT,
    Alert,
    AlertQuery,
    ResolveAlert,
)
from contract.refunds import LIST_REFUNDS, REFUND_ORDER, Refund, RefundOrder, RefundsQuery
from contract.shows import Category, ShowDetails
from contract.tickets import CREATE_TICKET, CreateTicket, Price
from db.types import from_us
from server.principal import Principal
from server.sandbox.refunds import FINISHES_AFTER
from tests.clock import SECOND, START
from tests.places import local
from tests.server.payments.purchase import Purchase, dashboard
from tests.world import CARD, World

FAILS_LATER = "4000000000005126"
PENDS_FIRST = "4000000000007726"
#: After this long a slow bank has decided on a refund.
BANK_DECIDES_AFTER = (FINISHES_AFTER + 1) * SECOND


@dataclass
class PaidPurchase(Purchase):
    """A ticket that was paid for, and the operator who may refund it."""

    operator: Principal

    def request_refund(self, amount: int | None = None) -> Refund:
        """Request a refund, and run no job yet."""
        return self.world.call(
            REFUND_ORDER, self.operator, RefundOrder(amount=amount), order_id=self.order.id
        )

    def refund(self, amount: int | None = None) -> Refund:
        """Refund and run the jobs; return the refund as it is then."""
        refund = self.request_refund(amount)
        self.world.work()
        return next(r for r in self.refunds() if r.id == refund.id)

    def refunds(self) -> tuple[Refund, ...]:
        """Return the order's refunds, oldest first."""
        query = RefundsQuery(order_id=self.order.id, limit=100)
        return self.world.call(LIST_REFUNDS, self.operator, query).items[::-1]

    def refund_events(self) -> list[str]:
        """Return the names of the events about the payment's refunds, in order."""
        names = self.world.names(self.payment().id)
        return [name for name in names if "refund" in name or name == "payment.late"]

    def refunded_at_stripe(self) -> int:
        """Return how much Stripe refunded or is refunding, in its own unit."""
        form = {"payment_intent": str(self.payment().intent_id), "limit": 100}
        found = dashboard(self.world).v1.refunds.list(form).data  # type: ignore[arg-type]
        return sum(r["amount"] for r in found if r["status"] in ("succeeded", "pending"))

    def captured(self) -> int:
        """Return how much was captured, in Stripe's unit."""
        intent_id = str(self.payment().intent_id)
        intent = dashboard(self.world).v1.payment_intents.retrieve(intent_id)
        return int(intent["amount_received"])

    def refund_in_dashboard(self, amount: int | None = None) -> Any:
        """Refund in Stripe's own dashboard."""
        form = {"payment_intent": str(self.payment().intent_id)}
        more = {} if amount is None else {"amount": amount}
        return dashboard(self.world).v1.refunds.create({**form, **more})  # type: ignore[arg-type]


def paid_purchase(
    world: World,
    *,
    card: str = CARD,
    amount: int = 4500,
    currency: str = "EUR",
    number: int = 0,
) -> PaidPurchase:
    """Let a buyer buy a ticket; each `number` has people of its own."""
    seller, buyer = world.user(f"seller{number}"), world.user(f"buyer{number}")
    operator = world.user(f"operator{number}", admin=True)
    show = ShowDetails(
        name="Curaçao v Haïti", category=Category.SPORTS, venue="Estadio", city="Willemstad",
        country="CW", starts_at=local(from_us(START) + timedelta(days=30), "CW"),
    )  # fmt: skip
    price = Price(amount=amount, currency=currency)
    body = CreateTicket(show=show, section="A", row="1", seat=str(number + 1), price=price)
    ticket = world.call(CREATE_TICKET, seller, body)
    purchase = PaidPurchase(world, seller, buyer, ticket, world.lock(buyer, ticket), operator)
    assert world.pay(purchase.order, card) == "paid"
    return purchase


def refunded_amounts(world: World) -> list[int]:
    """Return the amounts that Stripe refunded or is refunding, oldest first."""
    found = dashboard(world).v1.refunds.list({"limit": 100}).data
    return [r["amount"] for r in found if r["status"] in ("succeeded", "pending")][::-1]


def open_alerts(world: World, operator: Principal) -> list[Alert]:
    """Return the open alerts, newest first."""
    return list(world.call(LIST_ALERTS, operator, AlertQuery()).items)


def resolve_alert(world: World, operator: Principal, alert: Alert) -> Alert:
    """Resolve an alert as an operator does."""
    body = ResolveAlert(note="paid by bank transfer")
    return world.call(RESOLVE_ALERT, operator, body, alert_id=alert.id)
