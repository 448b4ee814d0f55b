"""The server against the reference model: the same actions have the same results."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from structlog.testing import capture_logs

from contract.expiration import ExpirationComplete
from contract.orders import CANCEL_ORDER, Order
from contract.problems import Problem
from contract.tickets import EDIT_TICKET, WITHDRAW_TICKET, EditTicket, Price, Ticket
from server.principal import Principal
from server.tickets import service as tickets
from server.tx import Tx
from tests import databases
from tests.clock import SECOND
from tests.server.reference import MINUTE, Reference, Refusal
from tests.server.rows import rows
from tests.world import CARD, DECLINED, World

PEOPLE, FEW = 3, 4
who = st.integers(0, PEOPLE - 1)
#: Beyond the last of the people stands whoever it belongs to: without that, most are refused.
whose = st.integers(0, 2 * PEOPLE - 1)
some = st.integers(0, 99)
prices = st.integers(50, 10_000)

TICKETS = "SELECT status, version, price_amount, order_id FROM tickets ORDER BY id"
ORDERS = "SELECT id, status, reason, price_amount, buyer_id FROM orders ORDER BY id"


def refusal(act: Callable[[], object]) -> Refusal:
    """Do an action; return the problem with which it was refused, if it was."""
    try:
        act()
    except Problem as problem:
        return type(problem)
    return None


class Market(RuleBasedStateMachine):
    """Does everything twice: with the server and with the reference model."""

    template: Path

    @initialize()
    def opens(self) -> None:
        self.folder = TemporaryDirectory()
        self.world = World(databases.sqlite_url(Path(self.folder.name), self.template))
        self.people: list[Principal] = [self.world.user(f"user{n}") for n in range(PEOPLE)]
        self.reference = Reference()
        self.tickets: list[Ticket] = []
        self.orders: list[Order] = []
        for seller in range(PEOPLE):
            self.lists(seller, 1000)

    def teardown(self) -> None:
        if hasattr(self, "world"):
            assert self.world.sound()
            self.world.close()
            self.folder.cleanup()

    def has_room(self) -> bool:
        """Keep tickets few, so that users compete for them."""
        return len(self.tickets) < FEW

    def has_tickets(self) -> bool:
        return bool(self.tickets)

    def has_orders(self) -> bool:
        return bool(self.orders)

    @precondition(has_room)
    @rule(seller=who, price=prices)
    def lists(self, seller: int, price: int) -> None:
        self.world.clock.advance(1000)  # ids sort by the millisecond they were made in
        self.tickets.append(self.world.list_ticket(self.people[seller], amount=price))
        self.reference.list(seller, price)

    @precondition(has_tickets)
    @rule(asks=whose, n=some, price=prices)
    def edits(self, asks: int, n: int, price: int) -> None:
        number = n % len(self.tickets)
        seller = asks if asks < PEOPLE else self.reference.tickets[number].seller
        body = EditTicket(price=Price(amount=price, currency="EUR"))
        told = refusal(
            lambda: self.world.call(
                EDIT_TICKET, self.people[seller], body, ticket_id=self.tickets[number].id
            )
        )
        assert told is self.reference.edit(seller, number, price)

    @precondition(has_tickets)
    @rule(asks=whose, n=some)
    def withdraws(self, asks: int, n: int) -> None:
        number = n % len(self.tickets)
        seller = asks if asks < PEOPLE else self.reference.tickets[number].seller
        one_of = self.tickets[number].id
        told = refusal(
            lambda: self.world.call(WITHDRAW_TICKET, self.people[seller], ticket_id=one_of)
        )
        assert told is self.reference.withdraw(seller, number)

    @precondition(has_tickets)
    @rule(asks=whose, n=some)
    def places(self, asks: int, n: int) -> None:
        number = n % len(self.tickets)
        seller = self.reference.tickets[number].seller
        buyer = asks if asks < PEOPLE else (seller + 1 + asks % 2) % PEOPLE
        self.world.clock.advance(1000)

        has_locked = self.reference.has_locked(buyer, number)

        def act() -> None:
            order = self.world.lock(self.people[buyer], self.tickets[number])
            assert order.continued is has_locked
            if not order.continued:
                self.orders.append(order)

        assert refusal(act) is self.reference.place(buyer, number)
        # Whatever was cancelled before tries to free its ticket once more, and must not.
        for order, known in zip(self.orders, self.reference.orders, strict=True):
            if known.status == "cancelled":
                again = partial(tickets.unlock, ticket_id=order.ticket_id, order_id=order.id)
                self.world.bus.write_now(again)

    @precondition(has_orders)
    @rule(asks=whose, n=some)
    def cancels(self, asks: int, n: int) -> None:
        number = n % len(self.orders)
        buyer = asks if asks < PEOPLE else self.reference.orders[number].buyer
        one_of = self.orders[number].id
        told = refusal(lambda: self.world.call(CANCEL_ORDER, self.people[buyer], order_id=one_of))
        assert told is self.reference.cancel(buyer, number)

    @precondition(has_orders)
    @rule(n=some, good=st.booleans())
    def pays(self, n: int, *, good: bool) -> None:
        number = n % len(self.orders)
        order = self.orders[number]
        if self.reference.pay(number, good=good):
            said = self.world.pay(order, CARD if good else DECLINED)
            assert said == ("paid" if good else "declined")
        else:
            assert self.world.visit("GET", order.payment_url).status == 410

    @precondition(has_orders)
    @rule()
    def every_timer_there_ever_was_rings_again(self) -> None:
        for order in self.orders:
            rung = ExpirationComplete(
                id=order.id, version=0, order_id=order.id, buyer_id=order.buyer_id,
                expires_at=order.expires_at,
            )  # fmt: skip
            self.world.bus.write_now(partial(Tx.publish, event=rung))

    @rule(minutes=st.sampled_from((1, 5, 11, 15)))
    def waits(self, minutes: int) -> None:
        # Half a second either way is for the milliseconds that listing and placing took.
        self.world.pass_time(minutes * MINUTE * SECOND + SECOND // 2)
        self.reference.wait(minutes * MINUTE)

    @invariant()
    def agree(self) -> None:
        if not hasattr(self, "world"):
            return
        ids = [order.id for order in self.orders]
        assert rows(self.world, TICKETS) == [
            (t.status, t.version, t.price, None if t.order is None else ids[t.order])
            for t in self.reference.tickets
        ]
        assert rows(self.world, ORDERS) == [
            (id_, o.status, o.reason, o.price, self.people[o.buyer].user_id)
            for id_, o in zip(ids, self.reference.orders, strict=True)
        ]


@pytest.fixture
def machine(sqlite_template: Path) -> type[Market]:
    """Give a model on fresh copies of the migrated file."""

    class Here(Market):
        template = sqlite_template

    return Here


@pytest.mark.parametrize("examples", [40])
def test_the_server_agrees_with_the_reference_model(machine: type[Market], examples: int) -> None:
    budget = settings(
        max_examples=examples, stateful_step_count=50, deadline=None, database=None,
        derandomize=True, suppress_health_check=list(HealthCheck),
        phases=(Phase.generate,),  # making a failure smaller takes minutes; it is readable as it is
    )  # fmt: skip
    with capture_logs():
        run_state_machine_as_test(machine, settings=budget)
