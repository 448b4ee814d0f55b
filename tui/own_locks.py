"""Holds: the tickets that are locked for whoever is signed in, by ticket."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from contract.feed import FeedEntry
from contract.orders import LIST_ORDERS, OrderCreated, OrdersQuery, OrderStatus
from tui.session import Session

OPEN = frozenset({OrderStatus.AWAITING_PAYMENT, OrderStatus.CONFIRMING})


class Holds:
    """Order and deadline of each lock that is one's own. The feed keeps it true."""

    def __init__(self) -> None:
        """Know of none."""
        self._by_ticket: dict[str, tuple[str, datetime]] = {}

    async def load(self, session: Session) -> None:
        """Ask the server which orders are open."""
        self._by_ticket = {}
        if not session.signed_in:
            return
        for status in OPEN:
            page = await session.call(LIST_ORDERS, OrdersQuery(status=status, limit=100))
            for order in page.items:
                self._by_ticket[order.ticket_id] = (order.id, order.expires_at)

    def hear(self, entries: Iterable[FeedEntry], *, me: str) -> None:
        """Learn from facts about one's own orders."""
        for entry in entries:
            fact = entry.event
            if getattr(fact, "buyer_id", None) != me or not fact.id.startswith("ord_"):
                continue
            ticket_id: str = getattr(fact, "ticket_id", "")
            if isinstance(fact, OrderCreated):
                self._by_ticket[ticket_id] = (fact.id, fact.expires_at)
            elif getattr(fact, "status", None) not in OPEN:
                self._by_ticket.pop(ticket_id, None)

    def order_of(self, ticket_id: str) -> str | None:
        """Return the own open order that locks a ticket, None if there is none."""
        held = self._by_ticket.get(ticket_id)
        return held[0] if held else None

    @property
    def words(self) -> str:
        """Say that locks are open, for whoever is about to leave; empty when none is."""
        if not self._by_ticket:
            return ""
        count = len(self._by_ticket)
        until = f"{self.deadlines[0].astimezone():%H:%M}"
        if count == 1:
            return f"A ticket is locked for you until {until}; the lock stays when you leave."
        return f"{count} tickets are locked for you, the first until {until}; the locks stay."

    @property
    def orders(self) -> list[str]:
        """Return the ids of the own open orders."""
        return [order_id for order_id, _ in self._by_ticket.values()]

    @property
    def deadlines(self) -> list[datetime]:
        """Return when they end, the nearest first."""
        return sorted(at for _, at in self._by_ticket.values())
