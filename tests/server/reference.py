"""The reference model: what tickets and orders can do, as briefly as possible and without a table.

Every action returns the problem with which it must be refused, or None when it is carried out.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from contract.orders import CoolingDown, OrderNotFound, OrderOver, TooManyOpenOrders
from contract.problems import Problem
from contract.tickets import NotYourTicket, OwnTicket, TicketUnavailable

MINUTE = 60
LOCK, COOL_DOWN, MOST_OPEN, MOST_DECLINES = 15 * MINUTE, 10 * MINUTE, 4, 3

Refusal = type[Problem] | None


@dataclass
class Ticket:
    """A ticket; `order` is the number of the order that holds it."""

    seller: int
    price: int
    status: str = "available"
    order: int | None = None
    version: int = 1


@dataclass
class Order:
    """An order, at the price of its lock."""

    ticket: int
    buyer: int
    price: int
    deadline: int
    status: str = "awaiting_payment"
    reason: str | None = None
    ended: int = 0
    declines: int = 0


@dataclass
class Reference:
    """All tickets and orders."""

    now: int = 0
    tickets: list[Ticket] = field(default_factory=list)
    orders: list[Order] = field(default_factory=list)

    def list(self, seller: int, price: int) -> None:
        """Put a ticket on sale."""
        self.tickets.append(Ticket(seller, price))

    def edit(self, who: int, number: int, price: int) -> Refusal:
        """Change a price."""
        refused = self._own(who, number)
        if refused is None:
            self._step(number, "available")
            self.tickets[number].price = price
        return refused

    def withdraw(self, who: int, number: int) -> Refusal:
        """Take a ticket off sale."""
        refused = self._own(who, number)
        if refused is None:
            self._step(number, "withdrawn")
        return refused

    def has_locked(self, buyer: int, number: int) -> bool:
        """Tell whether an open order of this buyer holds the ticket."""
        return any(
            order.ticket == number and order.buyer == buyer and order.status == "awaiting_payment"
            for order in self.orders
        )

    def place(self, buyer: int, number: int) -> Refusal:
        """Lock a ticket."""
        mine = [order for order in self.orders if order.buyer == buyer]
        if self.has_locked(buyer, number):
            return None  # the order is continued
        if sum(order.status == "awaiting_payment" for order in mine) >= MOST_OPEN:
            return TooManyOpenOrders
        if any(
            order.ticket == number and order.reason == "expired"
            and order.ended + COOL_DOWN > self.now
            for order in mine
        ):  # fmt: skip
            return CoolingDown
        ticket = self.tickets[number]
        if ticket.seller == buyer:
            return OwnTicket
        if ticket.status != "available":
            return TicketUnavailable
        self._step(number, "locked", len(self.orders))
        self.orders.append(Order(number, buyer, ticket.price, self.now + LOCK))
        return None

    def cancel(self, who: int, number: int) -> Refusal:
        """Cancel an order."""
        order = self.orders[number]
        if order.buyer != who:
            return OrderNotFound
        if order.status != "awaiting_payment":
            return OrderOver
        self._end(number, "cancelled", "buyer")
        return None

    def pay(self, number: int, *, good: bool) -> bool:
        """Enter a card; tell whether there was a page for it."""
        order = self.orders[number]
        if order.status != "awaiting_payment":
            return False
        if good:
            self._end(number, "complete", None)
        else:
            order.declines += 1
            if order.declines == MOST_DECLINES:
                self._end(number, "cancelled", "payment_failed")
        return True

    def wait(self, seconds: int) -> None:
        """Let time pass at once: deadlines are processed at its end."""
        self.now += seconds
        for number, order in enumerate(self.orders):
            if order.status == "awaiting_payment" and order.deadline <= self.now:
                self._end(number, "cancelled", "expired")

    def _own(self, who: int, number: int) -> Refusal:
        ticket = self.tickets[number]
        if ticket.seller != who:
            return NotYourTicket
        return None if ticket.status == "available" else TicketUnavailable

    def _step(self, number: int, status: str, order: int | None = None) -> None:
        ticket = self.tickets[number]
        ticket.status, ticket.order, ticket.version = status, order, ticket.version + 1

    def _end(self, number: int, status: str, reason: str | None) -> None:
        order = self.orders[number]
        order.status, order.reason, order.ended = status, reason, self.now
        if status == "complete":
            self._step(order.ticket, "sold", number)
        else:
            self._step(order.ticket, "available")
