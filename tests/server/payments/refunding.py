"""Refunding: a paid order, an operator, and what the bank sent back."""

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
from tests.server.payments.purchase import Purchase, bank
from tests.world import CARD, World

FAILS_LATER = "4000000000005126"
PENDS_FIRST = "4000000000007726"
#: Long enough for a slow bank to have answered.
ANSWERED = (FINISHES_AFTER + 1) * SECOND


@dataclass
class Sale(Purchase):
    """A ticket that was paid for, and the operator who may send the money back."""

    operator: Principal

    def send_back(self, amount: int | None = None) -> Refund:
        """Ask for money to go back, and do no work yet."""
        return self.world.call(
            REFUND_ORDER, self.operator, RefundOrder(amount=amount), order_id=self.order.id
        )

    def refund(self, amount: int | None = None) -> Refund:
        """Send money back; return what became of it at once."""
        refund = self.send_back(amount)
        self.world.work()
        return next(r for r in self.refunds() if r.id == refund.id)

    def refunds(self) -> tuple[Refund, ...]:
        """Return the order's refunds, oldest first."""
        query = RefundsQuery(order_id=self.order.id, limit=100)
        return self.world.call(LIST_REFUNDS, self.operator, query).items[::-1]

    def told(self) -> list[str]:
        """Return what was said of the payment's refunds, in order."""
        names = self.world.names(self.attempt().id)
        return [name for name in names if "refund" in name or name == "payment.late"]

    def gone(self) -> int:
        """Return how much the bank sent back or is sending, in the unit the bank counts in."""
        form = {"payment_intent": str(self.attempt().intent_id), "limit": 100}
        found = bank(self.world).v1.refunds.list(form).data  # type: ignore[arg-type]
        return sum(r["amount"] for r in found if r["status"] in ("succeeded", "pending"))

    def captured(self) -> int:
        """Return how much the bank took for us, in the unit the bank counts in."""
        intent = bank(self.world).v1.payment_intents.retrieve(str(self.attempt().intent_id))
        return int(intent["amount_received"])

    def dashboard(self, amount: int | None = None) -> Any:
        """Send money back in the bank's own dashboard."""
        form = {"payment_intent": str(self.attempt().intent_id)}
        more = {} if amount is None else {"amount": amount}
        return bank(self.world).v1.refunds.create({**form, **more})  # type: ignore[arg-type]


def sale(
    world: World,
    *,
    card: str = CARD,
    amount: int = 4500,
    currency: str = "EUR",
    number: int = 0,
) -> Sale:
    """Let somebody buy a ticket; with another number it is another one's."""
    seller, buyer = world.user(f"seller{number}"), world.user(f"buyer{number}")
    operator = world.user(f"operator{number}", admin=True)
    show = ShowDetails(
        name="Curaçao v Haïti", category=Category.SPORTS, venue="Estadio", city="Willemstad",
        country="CW", starts_at=from_us(START) + timedelta(days=30),
    )  # fmt: skip
    price = Price(amount=amount, currency=currency)
    body = CreateTicket(show=show, section="A", row="1", seat="1", price=price)
    ticket = world.call(CREATE_TICKET, seller, body)
    sold = Sale(world, seller, buyer, ticket, world.lock(buyer, ticket), operator)
    assert world.pay(sold.order, card) == "paid"
    return sold


def sent_back(world: World) -> list[int]:
    """Return the amounts the bank sent back or is sending back, oldest first."""
    found = bank(world).v1.refunds.list({"limit": 100}).data
    return [r["amount"] for r in found if r["status"] in ("succeeded", "pending")][::-1]


def open_alerts(world: World, operator: Principal) -> list[Alert]:
    """Return what waits for an operator, newest first."""
    return list(world.call(LIST_ALERTS, operator, AlertQuery()).items)


def settle(world: World, operator: Principal, alert: Alert) -> Alert:
    """Say that an alert has been seen to."""
    body = ResolveAlert(note="paid by bank transfer")
    return world.call(RESOLVE_ALERT, operator, body, alert_id=alert.id)
