"""A harness for the ledger: make sales, refunds and disputes, and read the books."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import count

from contract.ledger import (
    CONFIRM_PAYOUT,
    FAIL_PAYOUT,
    RELEASE_PAYOUTS,
    VIEW_BALANCE,
    Book,
    CurrencyBalance,
    FailPayout,
    Payout,
    PayoutMethod,
    PayoutRun,
    ReleasePayouts,
)
from contract.money import Money
from contract.orders import Order
from contract.payments import (
    PaymentDisputed,
    PaymentDisputeLost,
    PaymentDisputeWon,
    PaymentRefundDue,
    PaymentRefunded,
    PaymentRefundFailed,
    PaymentRefundSettled,
    PaymentStatus,
)
from contract.refunds import REFUND_ORDER, Refund, RefundOrder, RefundReason
from contract.shows import Category, ShowDetails
from contract.tickets import CREATE_TICKET, CreateTicket, Price
from db.types import from_us
from server.principal import Principal
from server.settings import DAY
from tests.places import local
from tests.server.rows import one, rows
from tests.world import CARD, World

RefundEvent = PaymentRefundDue | PaymentRefunded | PaymentRefundFailed | PaymentRefundSettled
DisputeEvent = PaymentDisputed | PaymentDisputeWon | PaymentDisputeLost
#: After this long the tests' shows are over and their money is released.
RELEASED = 30 * DAY + 7 * DAY
KEPT = ("owed", "frozen", "refunding", "payout_id", "releases_at")
SALE = "SELECT owed, frozen, refunding, payout_id, releases_at FROM sales WHERE order_id = :id"
LINES = "SELECT posting, order_id, currency, amount FROM ledger"


@dataclass
class LedgerHarness:
    """A marketplace with a seller, a buyer and an operator; `fee` is in basis points."""

    world: World
    seller: Principal
    buyer: Principal
    admin: Principal
    numbers: Iterator[int]

    def fee(self, basis_points: int) -> None:
        """Set the fee of the sales from now on."""
        self.world.with_settings(fee_basis_points=basis_points)

    def lock(
        self, amount: int = 4500, currency: str = "EUR", *, seller: Principal | None = None
    ) -> Order:
        """List a ticket for a show in thirty days, and lock it."""
        starts = from_us(self.world.clock.now()) + timedelta(days=30)
        body = CreateTicket(
            show=ShowDetails(
                name="Curaçao v Haïti", category=Category.SPORTS, venue="Estadio",
                city="Willemstad", country="CW", starts_at=local(starts, "CW"),
            ),
            section="A", row="1", seat=str(next(self.numbers)),
            price=Price(amount=amount, currency=currency),
        )  # fmt: skip
        ticket = self.world.call(CREATE_TICKET, seller or self.seller, body)
        return self.world.lock(self.buyer, ticket)

    def sell(
        self,
        amount: int = 4500,
        currency: str = "EUR",
        *,
        seller: Principal | None = None,
        card: str = CARD,
    ) -> Order:
        """Sell a ticket and capture its payment."""
        order = self.lock(amount, currency, seller=seller)
        assert self.world.pay(order, card) == "paid"
        return order

    def refund(self, order: Order, amount: int | None = None) -> Refund:
        """Refund an order; the refund arrives before this returns."""
        body = RefundOrder(amount=amount)
        refund = self.world.call(REFUND_ORDER, self.admin, body, order_id=order.id)
        self.world.work()
        return refund

    def payment(self, order: Order) -> str:
        """Return the id of the payment an order was paid with."""
        return str(one(self.world, "SELECT payment_id FROM orders WHERE id = :id", id=order.id))

    def refund_event(  # noqa: PLR0913  one for each field an event may vary in
        self,
        kind: type[RefundEvent],
        order: Order,
        amount: int,
        *,
        name: str = "ref_1",
        payment: str = "",
        status: PaymentStatus = PaymentStatus.PAID,
    ) -> None:
        """Publish an event of a refund as payments would."""
        event = kind(
            id=payment or self.payment(order), version=0, order_id=order.id,
            buyer_id=order.buyer_id, status=status, amount=order.price, refund_id=name,
            refunded=Money(amount=amount, currency=order.price.currency),
            reason=RefundReason.OPERATOR,
        )  # fmt: skip
        self.world.bus.write_now(lambda tx: tx.publish(event))

    def dispute_event(
        self, kind: type[DisputeEvent], order: Order, amount: int, name: str = "dp_1"
    ) -> None:
        """Publish an event of a dispute as payments would."""
        event = kind(
            id=self.payment(order), version=0, order_id=order.id, buyer_id=order.buyer_id,
            status=PaymentStatus.PAID, amount=order.price, dispute_id=name,
            disputed=Money(amount=amount, currency=order.price.currency),
        )  # fmt: skip
        self.world.bus.write_now(lambda tx: tx.publish(event))

    def over(self) -> None:
        """Let time pass until the show is over and its money released."""
        self.world.pass_time(RELEASED)

    def release(self, *, dry_run: bool = False, batch_id: str | None = None) -> PayoutRun:
        """Pay out every released sale; transfers wait for `world.work`."""
        body = ReleasePayouts(dry_run=dry_run, batch_id=batch_id)
        return self.world.call(RELEASE_PAYOUTS, self.admin, body)

    def prepare(self) -> Payout:
        """Release the only payout there is, and run the jobs."""
        (payout,) = self.release().payouts
        self.world.work()
        return payout

    def pay_out(self) -> Payout:
        """Release the only payout there is until its money has arrived."""
        payout = self.prepare()
        return self.confirm(payout) if payout.method is PayoutMethod.FILE else payout

    def confirm(self, payout: Payout) -> Payout:
        """Record that the bank has paid a payout."""
        return self.world.call(CONFIRM_PAYOUT, self.admin, payout_id=payout.id)

    def fail(self, payout: Payout, reason: str = "The bank returned it.") -> Payout:
        """Record that the bank did not pay a payout."""
        body = FailPayout(reason=reason)
        return self.world.call(FAIL_PAYOUT, self.admin, body, payout_id=payout.id)

    def balance(self, seller: Principal | None = None) -> dict[str, CurrencyBalance]:
        """Return a seller's balance by currency."""
        balance = self.world.call(VIEW_BALANCE, seller or self.seller)
        return {each.currency: each for each in balance.currencies}

    def available(self) -> int:
        """Return the seller's available euros; below zero they are a debt."""
        return self.balance()["EUR"].available

    def books(self, order: Order) -> dict[Book, int]:
        """Return each book's balance of an order, without those at zero."""
        found = rows(
            self.world,
            "SELECT book, sum(amount) FROM ledger WHERE order_id = :id GROUP BY book",
            id=order.id,
        )
        return {Book(book): int(amount) for book, amount in found if amount}

    def posting(self, named: str) -> dict[Book, int]:
        """Return the lines of a posting."""
        found = rows(self.world, "SELECT book, amount FROM ledger WHERE posting = :n", n=named)
        return {Book(book): amount for book, amount in found}

    def column(self, order: Order, name: str) -> object:
        """Return a column of a sale."""
        return rows(self.world, SALE, id=order.id)[0][KEPT.index(name)]

    def uneven(self) -> list[str]:
        """Return the postings, orders and currencies that do not sum to zero."""
        sums: dict[str, int] = defaultdict(int)
        for *keys, amount in rows(self.world, LINES):
            for key in keys:
                sums[key] += amount
        return [key for key, amount in sums.items() if amount]


def ledger_harness(world: World) -> LedgerHarness:
    """Return a harness whose marketplace takes a fee of five percent."""
    people = world.user("seller"), world.user("buyer"), world.user("operator", admin=True)
    made = LedgerHarness(world, *people, count(1))
    made.world.with_settings(max_open_orders=10_000)
    made.fee(500)
    return made
