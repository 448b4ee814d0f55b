"""Locks: every ticket that is locked now, whose, for how much, and how long still."""

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
    AdminOrdersQuery,
    Order,
    OrderCancelled,
    OrderCompleted,
    OrderCreated,
    OrderStatus,
    OrderUpdated,
)
from tui.admin.pane import Pane, Rows
from tui.requests import asking
from tui.widgets.columns import Column
from tui.widgets.styled_text import Cell, Tone, Words
from tui.widgets.text_input import Line

OPEN = (OrderStatus.AWAITING_PAYMENT, OrderStatus.CONFIRMING)
#: More than this many locks are not read: nobody looks through them.
PAGES, PAGE = 10, 100
#: Below this many seconds a lock is running out.
SHORT = 60
#: So many seconds after its end a lock that is still shown has been missed.
OVERDUE = -5
#: The order, or the fact that told of it: both say the same of a lock.
Lock = Order | OrderCreated | OrderUpdated


class LocksPane(Pane[Lock]):
    """The open orders of everybody, the one that ends first on top."""

    title = "Locks"
    offers = frozenset({"story", "cancel_order", "filter"})

    def __init__(self) -> None:
        """Know of none yet."""
        super().__init__(id="locks")
        self._open: dict[str, Lock] = {}

    def compose(self) -> ComposeResult:
        with Horizontal(classes="find"):
            yield Line(placeholder="/ filter locks", compact=True)
            yield Static(id="locks-state", classes="count", markup=False)
        yield Rows[Lock](
            (
                Column(title="LEFT", of=self._left, width=10, right=True),
                Column(title="ORDER", of=lambda o: o.id, width=26),
                Column(title="TICKET", of=lambda o: Words(o.ticket_id, Tone.DIM), width=26,
                       spare=2),
                Column(title="BUYER", of=lambda o: self.desk.called(o.buyer_id)),
                Column(title="PRICE", of=lambda o: str(o.price), width=16, right=True),
            ),
            key=lambda order: order.id,
            empty="reading…",
            id="locks-board",
        )  # fmt: skip

    @property
    def order_id(self) -> str | None:
        return self.row_id

    @property
    def next_left(self) -> float | None:
        """How many seconds the lock that ends first has left; None without one."""
        ends = [o.expires_at for o in self._open.values() if o.status is OPEN[0]]
        return (min(ends) - self.session.now()).total_seconds() if ends else None

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self._open)

    @asking("locks")
    async def load(self) -> None:
        """Read every open order."""
        found: dict[str, Lock] = {}
        for status in OPEN:
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

    def hear(self, entries: Sequence[FeedEntry]) -> None:
        """Let locks come and go; a fact says all that is shown of one."""
        moved = False
        for entry in entries:
            fact = entry.event
            if isinstance(fact, OrderCreated | OrderUpdated) and fact.status in OPEN:
                self._open[fact.id] = fact
                moved = True
            elif isinstance(fact, OrderCompleted | OrderCancelled):
                moved = self._open.pop(fact.id, None) is not None or moved
        if moved:
            self._show()

    def tick(self) -> None:
        self.board.tick(lambda lock: lock.status is OPEN[0])
        overdue = self.next_left
        if overdue is not None and overdue < OVERDUE:
            self.load()

    @on(Input.Changed)
    def _show(self) -> None:
        """Show those that fit, the one that ends first on top."""
        orders = sorted(self._open.values(), key=lambda o: (o.expires_at, o.id))
        if self.typed:
            matcher = Matcher(self.typed)
            orders = [o for o in orders if matcher.match(self._searched(o)) > 0]
        self.board.empty = "no lock fits" if self.typed else "nothing is locked"
        self.board.show(orders)
        self.query_one("#locks-state", Static).update(f"{len(orders):,} of {len(self._open):,}")

    @on(Input.Submitted)
    def to_list(self) -> None:
        """Go from the filter to what it found."""
        self.board.focus()

    def _searched(self, order: Lock) -> str:
        return f"{order.id} {order.ticket_id} {self.desk.called(order.buyer_id)} {order.price}"

    def _left(self, order: Lock) -> Cell:
        if order.status is OrderStatus.CONFIRMING:
            return Words("confirming", Tone.ACCENT)
        seconds = (order.expires_at - self.session.now()).total_seconds()
        if seconds <= 0:
            return Words("ending", Tone.WARN)
        return Words(countdown(seconds), Tone.WARN if seconds < SHORT else Tone.STRONG)
