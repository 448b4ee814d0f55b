"""A purchase: one buyer, one ticket, one order, and what the bank has of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import msgspec
import stripe as sdk

from contract.orders import CANCEL_ORDER, VIEW_WALLET, Order
from contract.payments import PaymentStarted, PaymentStatus
from contract.tickets import Ticket
from server.expiration import expire_due
from server.payments import attempts, opening
from server.payments import statements as sql
from server.payments.attempts import Attempt
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
        """Type a card on a page; nobody hears of it before `world.work`. Return its state."""
        answer = self.world.visit("POST", page, FORM.format(card), "application/json")
        return str(msgspec.json.decode(answer.body)["state"])

    def now(self) -> Order:
        """Return the order as it is now."""
        return self.world.order(self.buyer, self.order)

    def cancel(self) -> Order:
        """Give the lock up."""
        return self.world.call(CANCEL_ORDER, self.buyer, order_id=self.order.id)

    def attempts(self) -> tuple[Attempt, ...]:
        """Return the order's payments, newest first."""
        return self.world.bus.read_now(lambda tx: attempts.of_order(tx, order_id=self.order.id))

    def attempt(self) -> Attempt:
        """Return the order's only payment."""
        (attempt,) = self.attempts()
        return attempt

    def statuses(self) -> list[PaymentStatus]:
        """Return where the order's payments are, newest first."""
        return [attempt.status for attempt in self.attempts()]

    def has_ticket(self) -> bool:
        """Tell whether the ticket is in the buyer's wallet."""
        bought = self.world.call(VIEW_WALLET, self.buyer, ticket_id=self.ticket.id)
        return bought.order_id == self.order.id

    def second_page(self) -> str:
        """Open another page beside the first, as only a race or a reopened order can."""
        first, second = self.attempt(), "pay_second0000000000000"
        parameters = msgspec.json.encode(first.parameters).replace(
            first.id.encode(), second.encode()
        )
        copy = msgspec.json.decode(parameters)

        def begin(tx: Tx) -> None:
            tx.execute(
                sql.INSERT,
                id=second, order_id=first.order_id, buyer_id=first.buyer_id, status="new",
                amount=first.amount.amount, currency=first.amount.currency,
                parameters=parameters.decode(), session_id=None, intent_id=None, page_url=None,
                live=0, declines=0, declined=None, version=1, created_at=tx.now_us,
                updated_at=tx.now_us, card_id=None, charge_id=None, card=None,
            )  # fmt: skip
            tx.publish(
                PaymentStarted(
                    id=second, version=1, order_id=first.order_id, buyer_id=first.buyer_id,
                    status=PaymentStatus.NEW, amount=first.amount,
                )
            )  # fmt: skip

        self.world.bus.write_now(begin)
        truth = self.world.payments.work.gateway.open_page(second, copy)
        opened = self.world.bus.write_now(lambda tx: opening.opened(tx, second, truth))
        return str(opened.page_url)


def purchase(world: World) -> Purchase:
    """Let somebody lock a ticket."""
    seller, buyer = world.user("seller"), world.user("buyer")
    ticket = world.list_ticket(seller)
    return Purchase(world, seller, buyer, ticket, world.lock(buyer, ticket))


def bank(world: World) -> sdk.StripeClient:
    """Return a way to the bank that is not the house's: its dashboard."""
    return sdk.StripeClient("sk_test_dashboard", http_client=SandboxTransport(world.sandbox))


def intents(world: World) -> list[Any]:
    """Return everything that was ever tried at the bank."""
    return list(bank(world).v1.payment_intents.list({"limit": 100}).data)


def taken(world: World) -> int:
    """Return how much money was captured, refunds aside."""
    return sum(intent["amount_received"] for intent in intents(world))


def held(world: World) -> int:
    """Return how much money is still on hold."""
    return sum(intent["amount_capturable"] for intent in intents(world))


@contextmanager
def unreachable(world: World, fault: Fault = Fault.LOSE_REQUEST) -> Iterator[None]:
    """Let every request to the gateway go wrong for a while."""
    world.payments.transport.faults.extend([fault] * 10_000)
    try:
        yield
    finally:
        world.payments.transport.faults.clear()


def deaf(world: World) -> list[tuple[bytes, str]]:
    """Keep the bank's messages from the house; return the box that they pile up in."""
    box: list[tuple[bytes, str]] = []

    def keep(raw: bytes, signature: str) -> bool:
        box.append((raw, signature))
        return True

    world.sandbox.deliver = keep
    return box


def jobs(world: World) -> dict[str, str]:
    """Return the state of each kind of job."""
    return dict(rows(world, "SELECT kind, state FROM jobs"))


def ring_now(world: World) -> None:
    """Let the alarm ring for what is due, without any other work."""
    world.bus.write_now(expire_due, actor="expiration")
