"""Random users: they act at random, by a seed, and expect the right refusals."""

from __future__ import annotations

import random
from collections.abc import Callable

from contract.orders import CANCEL_ORDER, Order
from contract.problems import Problem
from contract.tickets import EDIT_TICKET, WITHDRAW_TICKET, EditTicket, Price, Ticket
from server.principal import Principal
from tests.clock import MINUTE
from tests.world import CARD, DECLINED, World


class RandomUsers:
    """Three users who sell and buy while time passes."""

    def __init__(self, world: World, seed: int) -> None:
        self.world, self.rng = world, random.Random(seed)
        self.people = [world.user(name) for name in ("ana", "ben", "cem")]
        self.tickets: list[Ticket] = []
        self.orders: list[tuple[Principal, Order]] = []
        for _ in range(4):
            self.list_ticket()

    def act(self, steps: int) -> RandomUsers:
        """Do `steps` random actions; many of them must be refused."""
        doings: list[Callable[[], object]] = [
            self.list_ticket, self.edits, self.withdraws, self.lock_ticket, self.lock_ticket,
            self.lock_ticket, self.cancels, self.pays, self.pays, self.waits,
        ]  # fmt: skip
        for _ in range(steps):
            try:
                self.rng.choice(doings)()
            except Problem:
                continue
        return self

    def _who(self) -> Principal:
        return self.rng.choice(self.people)

    def list_ticket(self) -> None:
        self.tickets.append(self.world.list_ticket(self._who(), amount=self.rng.randint(50, 99)))

    def edits(self) -> None:
        price = EditTicket(price=Price(amount=self.rng.randint(50, 9999), currency="EUR"))
        ticket = self.rng.choice(self.tickets)
        self.world.call(EDIT_TICKET, self._who(), price, ticket_id=ticket.id)

    def withdraws(self) -> None:
        ticket = self.rng.choice(self.tickets)
        self.world.call(WITHDRAW_TICKET, self._who(), ticket_id=ticket.id)

    def lock_ticket(self) -> None:
        buyer = self._who()
        order = self.world.lock(buyer, self.rng.choice(self.tickets))
        if not order.continued:
            self.orders.append((buyer, order))

    def cancels(self) -> None:
        if self.orders:
            _, order = self.rng.choice(self.orders)
            self.world.call(CANCEL_ORDER, self._who(), order_id=order.id)

    def pays(self) -> None:
        if not self.orders:
            return
        buyer, order = self.rng.choice(self.orders[-3:])
        if self.world.order(buyer, order).status == "awaiting_payment":
            self.world.pay(order, self.rng.choice((CARD, CARD, DECLINED)))

    def waits(self) -> None:
        self.world.pass_time(self.rng.choice((1, 7, 15)) * MINUTE)
