"""Locks pane: every locked ticket, its buyer, price and remaining time."""

from __future__ import annotations

from collections.abc import Sequence

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.fuzzy import Matcher
from textual.widgets import Input, Static

from client.formatting import countdown
from contract.feed import FeedEntry
from contract.orders import (
    ADMIN_ORDERS,
    OPEN_STATUSES,
    AdminOrdersQuery,
    Order,
    OrderCancelled,
    OrderCompleted,
    OrderCreated,
    OrderStatus,
    OrderUpdated,
)
from tui.admin.pane import AdminPane, OrderRows
from tui.requests import request
from tui.widgets.columns import TableColumn
from tui.widgets.styled_text import Cell, StyledText, Tone
from tui.widgets.text_input import SafeInput

#: No more than this many locks are loaded.
PAGES, PAGE = 10, 100
#: Below this many seconds a countdown is emphasised.
URGENT_SECONDS = 60
#: A lock that is still shown this many seconds after its end was missed.
OVERDUE = -5
#: The order, or the event about it: both carry what is shown of a lock.
Lock = Order | OrderCreated | OrderUpdated


class LocksPane(AdminPane[Lock]):
    """All open orders, the one that ends first on top."""

    title = "Locks"
    offers = frozenset({"trace", "cancel_order", "filter"})

    def __init__(self) -> None:
        """Start without locks."""
        super().__init__(id="locks")
        self._open: dict[str, Lock] = {}

    def compose(self) -> ComposeResult:
        with Horizontal(classes="find"):
            yield SafeInput(placeholder="/ filter locks", compact=True)
            yield Static(id="locks-state", classes="count", markup=False)
        yield OrderRows[Lock](
            (
                TableColumn(title="LEFT", of=self._left, width=10, right=True),
                TableColumn(title="ORDER", of=lambda o: o.id, width=26),
                TableColumn(
                    title="TICKET",
                    of=lambda o: StyledText(o.ticket_id, Tone.DIM),
                    width=26,
                    drop_rank=2,
                ),
                TableColumn(title="BUYER", of=lambda o: self.host.display_name(o.buyer_id)),
                TableColumn(title="PRICE", of=lambda o: str(o.price), width=16, right=True),
            ),
            key=lambda order: order.id,
            empty="reading…",
            id="locks-table",
        )

    @property
    def order_id(self) -> str | None:
        return self.row_id

    @property
    def next_left(self) -> float | None:
        """The seconds left of the lock that ends first, or None."""
        ends = [
            o.expires_at for o in self._open.values() if o.status is OrderStatus.AWAITING_PAYMENT
        ]
        return (min(ends) - self.session.now()).total_seconds() if ends else None

    @property
    def count(self) -> int:
        """The number of locks."""
        return len(self._open)

    @request("locks")
    async def load(self) -> None:
        """Load every open order."""
        found: dict[str, Lock] = {}
        for status in OPEN_STATUSES:
            cursor = None
            for _ in range(PAGES):
                query = AdminOrdersQuery(status=status, limit=PAGE, cursor=cursor)
                page = await self.session.page(ADMIN_ORDERS, query)
                found |= {order.id: order for order in page.items}
                cursor = page.next
                if cursor is None:
                    break
        self._open = found
        self._show()

    def handle_events(self, entries: Sequence[FeedEntry]) -> None:
        """Update the locks; an event carries all that is shown of one."""
        moved = False
        for entry in entries:
            event = entry.event
            if isinstance(event, OrderCreated | OrderUpdated) and event.status in OPEN_STATUSES:
                self._open[event.id] = event
                moved = True
            elif isinstance(event, OrderCompleted | OrderCancelled):
                moved = self._open.pop(event.id, None) is not None or moved
        if moved:
            self._show()

    def tick(self) -> None:
        self.table.tick(lambda lock: lock.status is OrderStatus.AWAITING_PAYMENT)
        overdue = self.next_left
        if overdue is not None and overdue < OVERDUE:
            self.load()

    @on(Input.Changed)
    def _show(self) -> None:
        """Show the locks that match, the one that ends first on top."""
        orders = sorted(self._open.values(), key=lambda o: (o.expires_at, o.id))
        if self.typed:
            matcher = Matcher(self.typed)
            orders = [o for o in orders if matcher.match(self._search_text(o)) > 0]
        self.table.empty = "no match" if self.typed else "no locks"
        self.table.set_rows(orders)
        self.query_one("#locks-state", Static).update(f"{len(orders):,} of {len(self._open):,}")

    @on(Input.Submitted)
    def focus_list(self) -> None:
        """Go from the filter to the list."""
        self.table.focus()

    def _search_text(self, order: Lock) -> str:
        return (
            f"{order.id} {order.ticket_id} {self.host.display_name(order.buyer_id)} {order.price}"
        )

    def _left(self, order: Lock) -> Cell:
        if order.status is OrderStatus.CONFIRMING:
            return StyledText("confirming", Tone.ACCENT)
        seconds = (order.expires_at - self.session.now()).total_seconds()
        if seconds <= 0:
            return StyledText("ending", Tone.WARN)
        return StyledText(
            countdown(seconds), Tone.WARN if seconds < URGENT_SECONDS else Tone.STRONG
        )
