"""Races for one order: the first commit wins, and the others are refused."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

import pytest
from sqlalchemy import text

from contract.expiration import ExpirationComplete
from contract.orders import (
    CANCEL_ORDER,
    CancelReason,
    Order,
    OrderConfirming,
    OrderOver,
    OrderStatus,
    TooManyOpenOrders,
)
from contract.payments import PaymentStatus
from contract.problems import Problem
from contract.tickets import EDIT_TICKET, EditTicket, Price, TicketStatus, TicketUnavailable
from db.statement import Statement
from server import stripe
from server.expiration import expire_due
from server.orders import service as orders
from server.payments import checkout, repository, service
from server.payments.repository import PaymentRecord
from server.principal import Principal
from server.tx import Tx
from tests.races.racing import StartLine, outcome
from tests.world import World

ROUNDS = 30
JOBS_OF = Statement(text("SELECT kind FROM jobs WHERE subject = :subject"))


@pytest.fixture
def two() -> Iterator[StartLine]:
    """Start two runners at once."""
    line = StartLine(2)
    yield line
    line.close()


@pytest.fixture
def seller(world: World) -> Principal:
    """Raise the buyers' limits, so that every round can lock a ticket."""
    world.with_settings(max_open_orders=1000, cool_down=0)
    return world.user("seller")


def started(world: World, order: Order) -> PaymentRecord:
    return world.bus.write_now(lambda tx: checkout.start(tx, order_id=order.id))


def second(world: World, first: PaymentRecord) -> PaymentRecord:
    """Insert another payment of the same order, as an older server might have left one."""

    def act(tx: Tx) -> PaymentRecord:
        order = orders.view(tx, order_id=first.order_id).order
        return repository.create(tx, order, tx.new_id("pay"), parameters={})

    return world.bus.write_now(act)


def claims(world: World, attempt: PaymentRecord) -> Callable[[], PaymentRecord]:
    """Return a run that applies the state in which Stripe holds this payment's money."""
    truth = stripe.PaymentState(
        session_id=f"cs_{attempt.id}", intent_id=f"pi_{attempt.id}", url=None, page_open=True,
        funds=stripe.FundsState.HELD, declines=(), live=False,
    )  # fmt: skip
    return lambda: world.bus.write_now(lambda tx: service.apply(tx, attempt.id, truth))


def status(world: World, attempt: PaymentRecord) -> PaymentStatus:
    return world.bus.read_now(lambda tx: repository.view(tx, payment_id=attempt.id)).status


def jobs_of(world: World, attempt: PaymentRecord) -> set[str]:
    rows = world.bus.read_now(lambda tx: tx.all(JOBS_OF, subject=attempt.id))
    return {row[0] for row in rows}


def test_of_two_payments_of_one_order_exactly_one_claims_it(
    world: World, seller: Principal, two: StartLine
) -> None:
    buyer = world.user("buyer")
    for _ in range(ROUNDS):
        order = world.lock(buyer, world.list_ticket(seller))
        one = started(world, order)
        payments = [one, second(world, one)]
        two.race([claims(world, payment) for payment in payments])
        states = sorted(status(world, payment) for payment in payments)
        assert states == [PaymentStatus.AUTHORISED, PaymentStatus.SURPLUS]
        winner, loser = sorted(payments, key=lambda payment: status(world, payment))
        assert world.order(buyer, order).status is OrderStatus.CONFIRMING
        assert "payment.capture" in jobs_of(world, winner)
        assert "payment.capture" not in jobs_of(world, loser)
        assert "payment.void" in jobs_of(world, loser)
        assert world.names(order.id).count("order.updated") == 1
    assert world.sound()


def test_two_notices_of_one_payment_at_once_claim_the_order_once(
    world: World, seller: Principal, two: StartLine
) -> None:
    buyer = world.user("buyer")
    for _ in range(ROUNDS):
        order = world.lock(buyer, world.list_ticket(seller))
        payment = started(world, order)
        two.race([claims(world, payment)] * 2)
        assert status(world, payment) is PaymentStatus.AUTHORISED
        assert world.names(order.id) == ["order.created", "order.updated"]
    assert world.sound()


def test_two_attempts_to_pay_at_once_open_one_payment(
    world: World, seller: Principal, two: StartLine
) -> None:
    buyer = world.user("buyer")
    for _ in range(ROUNDS):
        order = world.lock(buyer, world.list_ticket(seller))
        one, other = two.race([partial(started, world, order)] * 2)
        assert one.id == other.id


def test_an_order_is_either_cancelled_or_claimed_never_both(
    world: World, seller: Principal, two: StartLine
) -> None:
    buyer = world.user("buyer")
    for _ in range(ROUNDS):
        ticket = world.list_ticket(seller)
        order = world.lock(buyer, ticket)
        payment = started(world, order)
        cancel = partial(world.call, CANCEL_ORDER, buyer, order_id=order.id)
        cancelled, _ = two.race(
            [outcome(cancel, OrderConfirming), outcome(claims(world, payment), Problem)]
        )
        check_consistent(world, buyer, order, payment)
        is_over = world.order(buyer, order).status is OrderStatus.CANCELLED
        assert is_over == (not isinstance(cancelled, OrderConfirming))
    assert world.sound()


def test_an_order_either_expires_or_is_claimed_never_both(
    world: World, seller: Principal, two: StartLine
) -> None:
    buyer = world.user("buyer")
    for _ in range(ROUNDS):
        order = world.lock(buyer, world.list_ticket(seller))
        payment = started(world, order)
        world.clock.advance(world.settings.lock_for - 1)

        def deadline() -> None:
            world.clock.advance(1)
            world.bus.write_now(expire_due, actor="expiration")

        two.race([deadline, claims(world, payment)])
        world.bus.write_now(expire_due, actor="expiration")
        check_consistent(world, buyer, order, payment)
    assert world.sound()


def test_a_deadline_published_after_the_claim_ends_nothing(world: World, seller: Principal) -> None:
    buyer = world.user("buyer")
    order = world.lock(buyer, world.list_ticket(seller))
    claims(world, started(world, order))()
    world.clock.advance(world.settings.lock_for)
    complete = ExpirationComplete(
        id=order.id, version=0, order_id=order.id, buyer_id=buyer.user_id,
        expires_at=order.expires_at,
    )  # fmt: skip
    world.bus.write_now(lambda tx: tx.publish(complete), actor="expiration")
    assert world.order(buyer, order).status is OrderStatus.CONFIRMING
    assert world.sound()


def check_consistent(world: World, buyer: Principal, order: Order, payment: PaymentRecord) -> None:
    """Expect that order, payment and jobs are consistent."""
    if world.order(buyer, order).status is OrderStatus.CONFIRMING:
        assert status(world, payment) is PaymentStatus.AUTHORISED
        assert "payment.capture" in jobs_of(world, payment)
        assert world.names(order.id) == ["order.created", "order.updated"]
    else:
        assert world.order(buyer, order).status is OrderStatus.CANCELLED
        assert status(world, payment) in (PaymentStatus.SURPLUS, PaymentStatus.NEW)
        assert "payment.capture" not in jobs_of(world, payment)
        assert "payment.void" in jobs_of(world, payment)
        assert world.names(order.id)[-1] == "order.cancelled"


def test_a_deadline_and_a_cancellation_at_once_end_an_order_once(
    world: World, seller: Principal, two: StartLine
) -> None:
    buyer = world.user("buyer")
    for _ in range(ROUNDS):
        ticket = world.list_ticket(seller)
        order = world.lock(buyer, ticket)
        world.clock.advance(world.settings.lock_for)
        cancel = partial(world.call, CANCEL_ORDER, buyer, order_id=order.id)
        two.race(
            [
                outcome(cancel, OrderOver),
                lambda: world.bus.write_now(expire_due, actor="expiration"),
            ]
        )
        over = world.order(buyer, order)
        assert over.reason in (CancelReason.BUYER, CancelReason.EXPIRED)
        assert world.names(order.id).count("order.cancelled") == 1
        assert world.ticket(ticket).status is TicketStatus.AVAILABLE
        assert world.names(ticket.id) == ["ticket.created", "ticket.updated", "ticket.updated"]
    assert world.sound()


def test_an_order_gets_the_current_price_or_the_edit_is_refused(
    world: World, seller: Principal, two: StartLine
) -> None:
    buyer = world.user("buyer")
    edit = EditTicket(price=Price(amount=9900, currency="EUR"))
    for _ in range(ROUNDS):
        ticket = world.list_ticket(seller, amount=100)
        change = partial(world.call, EDIT_TICKET, seller, edit, ticket_id=ticket.id)
        runs: list[Callable[[], object]] = [
            partial(world.lock, buyer, ticket), outcome(change, TicketUnavailable)
        ]  # fmt: skip
        order, edited = two.race(runs)
        assert isinstance(order, Order)
        assert order.price == world.ticket(ticket).price
        assert (order.price.amount == 100) == isinstance(edited, TicketUnavailable)
    assert world.sound()


def test_a_buyer_who_locks_many_tickets_at_once_stays_within_the_limit(
    world: World,
) -> None:
    seller, buyer = world.user("seller"), world.user("buyer")
    tickets = [world.list_ticket(seller) for _ in range(16)]
    line = StartLine(len(tickets))
    ran = line.race([outcome(partial(world.lock, buyer, t), TooManyOpenOrders) for t in tickets])
    line.close()
    assert sum(isinstance(each, Order) for each in ran) == world.settings.max_open_orders
    assert world.sound()
