"""A purchase in progress: one buyer, one ticket, one order, and its payments at Stripe."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import msgspec
import stripe as sdk

from contract.orders import CANCEL_ORDER, VIEW_WALLET, Order
from contract.payments import PaymentStatus
from contract.tickets import Ticket
from server.expiration import expire_due
from server.orders import service as orders
from server.payments import checkout, repository
from server.payments.repository import PaymentRecord
from server.principal import Principal
from server.sandbox import Fault, SandboxTransport
from server.tx import Tx
from tests.server.rows import rows
from tests.world import CARD, World

FORM = "card_number={}&exp=12%2F34&cvc=123"


@dataclass
class Purchase:
    """One buyer about to pay for one ticket."""

    world: World
    seller: Principal
    buyer: Principal
    ticket: Ticket
    order: Order

    def page(self) -> str:
        """Open the page on which the order is paid; return its address."""
        return str(self.world.visit("GET", self.order.payment_url).headers["Location"])

    def type_card(self, page: str, card: str = CARD) -> str:
        """Submit a card on a page, and run no job yet; return the page's state."""
        response = self.world.visit("POST", page, FORM.format(card), "application/json")
        return str(msgspec.json.decode(response.body)["state"])

    def now(self) -> Order:
        """Return the order as it is now."""
        return self.world.order(self.buyer, self.order)

    def cancel(self) -> Order:
        """Cancel the order."""
        return self.world.call(CANCEL_ORDER, self.buyer, order_id=self.order.id)

    def payments(self) -> tuple[PaymentRecord, ...]:
        """Return the order's payments, newest first."""
        return self.world.bus.read_now(lambda tx: repository.of_order(tx, order_id=self.order.id))

    def payment(self) -> PaymentRecord:
        """Return the order's only payment."""
        (payment,) = self.payments()
        return payment

    def statuses(self) -> list[PaymentStatus]:
        """Return the statuses of the order's payments, newest first."""
        return [payment.status for payment in self.payments()]

    def has_ticket(self) -> bool:
        """Tell whether the ticket is in the buyer's wallet."""
        owned = self.world.call(VIEW_WALLET, self.buyer, ticket_id=self.ticket.id)
        return owned.order_id == self.order.id

    def second_page(self) -> str:
        """Open another page beside the first, as only a race or a reopened order can."""
        first, second = self.payment(), "pay_second0000000000000"
        copied = msgspec.json.encode(first.parameters).replace(first.id.encode(), second.encode())
        parameters = msgspec.json.decode(copied)

        def begin(tx: Tx) -> None:
            order = orders.view(tx, order_id=self.order.id).order
            repository.create(tx, order, second, parameters=parameters)

        self.world.bus.write_now(begin)
        state = self.world.payments.gateway.create_session(second, parameters)
        opened = self.world.bus.write_now(lambda tx: checkout.opened(tx, second, state))
        return str(opened.page_url)


def start_purchase(world: World) -> Purchase:
    """Lock a ticket for a new buyer."""
    seller, buyer = world.user("seller"), world.user("buyer")
    ticket = world.list_ticket(seller)
    order = world.order(buyer, world.lock(buyer, ticket))
    return Purchase(world, seller, buyer, ticket, order)


def dashboard(world: World) -> sdk.StripeClient:
    """Return a client of the same Stripe account beside ours, as its dashboard is."""
    return sdk.StripeClient("sk_test_dashboard", http_client=SandboxTransport(world.sandbox))


def intents(world: World) -> list[Any]:
    """Return every payment intent that was ever created."""
    return list(dashboard(world).v1.payment_intents.list({"limit": 100}).data)


def captured(world: World) -> int:
    """Return how much money was captured in all, refunds aside."""
    return sum(intent["amount_received"] for intent in intents(world))


def held(world: World) -> int:
    """Return how much money is on hold."""
    return sum(intent["amount_capturable"] for intent in intents(world))


@contextmanager
def unreachable(world: World, fault: Fault = Fault.LOSE_REQUEST) -> Iterator[None]:
    """Let every request to Stripe fail for a while."""
    world.payments.transport.faults.extend([fault] * 10_000)
    try:
        yield
    finally:
        world.payments.transport.faults.clear()


def hold_events(world: World) -> list[tuple[bytes, str]]:
    """Keep Stripe's events from the server; return the list in which they collect."""
    events: list[tuple[bytes, str]] = []

    def keep(raw: bytes, signature: str) -> bool:
        events.append((raw, signature))
        return True

    world.sandbox.deliver = keep
    return events


def job_states(world: World) -> dict[str, str]:
    """Return the state of each kind of job."""
    return dict(rows(world, "SELECT kind, state FROM jobs"))


def expire_now(world: World) -> None:
    """Expire what is due, without running any job."""
    world.bus.write_now(expire_due, actor="expiration")
