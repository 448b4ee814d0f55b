"""Own locks: the tickets that are locked for the signed-in user."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from contract.feed import FeedEntry
from contract.orders import LIST_ORDERS, OPEN_STATUSES, OrderCreated, OrdersQuery
from tui.session import UserSession


class OwnLocks:
    """The order and the deadline of each of the user's locks, kept up to date by the feed."""

    def __init__(self) -> None:
        """Start without any lock."""
        self._by_ticket: dict[str, tuple[str, datetime]] = {}

    async def load(self, session: UserSession) -> None:
        """Load the user's open orders."""
        self._by_ticket = {}
        if not session.signed_in:
            return
        for status in OPEN_STATUSES:
            page = await session.call(LIST_ORDERS, OrdersQuery(status=status, limit=100))
            for order in page.items:
                self._by_ticket[order.ticket_id] = (order.id, order.expires_at)

    def handle_events(self, entries: Iterable[FeedEntry], *, me: str) -> None:
        """Update the locks from events about the user's own orders."""
        for entry in entries:
            event = entry.event
            if getattr(event, "buyer_id", None) != me or not event.id.startswith("ord_"):
                continue
            ticket_id: str = getattr(event, "ticket_id", "")
            if isinstance(event, OrderCreated):
                self._by_ticket[ticket_id] = (event.id, event.expires_at)
            elif getattr(event, "status", None) not in OPEN_STATUSES:
                self._by_ticket.pop(ticket_id, None)

    def order_of(self, ticket_id: str) -> str | None:
        """Return the user's open order that locks a ticket, or None."""
        locked = self._by_ticket.get(ticket_id)
        return locked[0] if locked else None

    @property
    def summary(self) -> str:
        """Describe the open locks for the exit confirmation; empty if there are none."""
        if not self._by_ticket:
            return ""
        count = len(self._by_ticket)
        until = f"{self.deadlines[0].astimezone():%H:%M}"
        if count == 1:
            return f"A ticket is reserved for you until {until}. It stays reserved when you quit."
        return f"{count} tickets are reserved for you, the first until {until}. They stay reserved."

    @property
    def orders(self) -> list[str]:
        """Return the ids of the user's open orders."""
        return [order_id for order_id, _ in self._by_ticket.values()]

    @property
    def deadlines(self) -> list[datetime]:
        """Return when the locks end, the earliest first."""
        return sorted(at for _, at in self._by_ticket.values())
