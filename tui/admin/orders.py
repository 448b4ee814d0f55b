"""Orders: those of everybody, the newest first, with what has become of their money."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.fuzzy import Matcher
from textual.widgets import Input, Static

from client.formatting import left, marked, moment
from contract.feed import FeedEntry
from contract.orders import (
    ADMIN_ORDERS,
    VIEW_ORDER,
    AdminOrdersQuery,
    Order,
    OrderNotFound,
    OrderStatus,
)
from tui.admin.pane import Pane, Rows
from tui.requests import asking
from tui.widgets.columns import Column
from tui.widgets.styled_text import Cell, Tone, Words
from tui.widgets.text_input import Line
from tui.widgets.virtual_table import Board

PAGE = 100
#: How long an id is: a whole one is asked for at the server.
ID = 24
TONES = {
    OrderStatus.AWAITING_PAYMENT: Tone.WARN, OrderStatus.CONFIRMING: Tone.ACCENT,
    OrderStatus.COMPLETE: Tone.GOOD, OrderStatus.CANCELLED: Tone.DIM,
}  # fmt: skip
STATES: tuple[OrderStatus | None, ...] = (None, *OrderStatus)


class OrdersPane(Pane[Order]):
    """All orders, or those in one state, of one buyer, or on one ticket."""

    title = "Orders"
    offers = frozenset({"story", "filter", "state", "refund", "cancel_order"})

    def __init__(self) -> None:
        """Show all of them."""
        super().__init__(id="orders")
        self.status: OrderStatus | None = None
        self._known: list[Order] = []
        self._next: str | None = None
        self._due = False
        #: Whether what is known was asked for by an id.
        self._by_id = False

    def compose(self) -> ComposeResult:
        with Horizontal(classes="find"):
            yield Line(placeholder="/ filter, or the id of an order, a buyer or a ticket",
                        compact=True)  # fmt: skip
            yield Static(id="orders-state", classes="count", markup=False)
        yield Rows[Order](
            (
                Column(title="ORDER", of=lambda o: o.id, width=26),
                Column(title="STATE", of=_state, width=24),
                Column(title="BUYER", of=lambda o: self.desk.called(o.buyer_id), spare=1),
                Column(title="SINCE", of=self._since, width=10, right=True, spare=2),
                Column(title="PRICE", of=_price, width=16, right=True),
                Column(title="WENT BACK", of=_back, width=14, right=True, spare=3),
            ),
            key=lambda order: order.id,
            empty="reading…",
            id="orders-board",
        )
        yield Static(id="orders-detail", classes="detail", markup=False)

    @property
    def order_id(self) -> str | None:
        return self.row_id

    @asking("orders")
    async def load(self) -> None:
        """Read the newest that are wanted."""
        self._due = False
        typed = self.typed
        self._by_id = len(typed) >= ID
        if typed.startswith("ord_") and len(typed) >= ID:
            await self._read_one(typed)
            return
        page = await self.session.page(ADMIN_ORDERS, self._query())
        self._known, self._next = list(page.items), page.next
        self._show()

    async def _read_one(self, order_id: str) -> None:
        """Read the one order that is asked for by its id, however old it is."""
        try:
            order = await self.session.call(VIEW_ORDER, order_id=order_id)
        except OrderNotFound:
            self._known = []
        else:
            self._known = [order]
        self._next = None
        self._show()

    @on(Board.NearEnd)
    @asking("more orders")
    async def more(self) -> None:
        """Read the next page, if there is one."""
        if self._next is None:
            return
        page = await self.session.page(ADMIN_ORDERS, self._query(self._next))
        self._next = page.next
        self._known += page.items
        self._show()

    def _query(self, cursor: str | None = None) -> AdminOrdersQuery:
        typed = self.typed if len(self.typed) >= ID else ""
        return AdminOrdersQuery(
            status=self.status, limit=PAGE, cursor=cursor,
            buyer_id=typed if typed.startswith("usr_") else None,
            ticket_id=typed if typed.startswith("tkt_") else None,
        )  # fmt: skip

    def hear(self, entries: Sequence[FeedEntry]) -> None:
        """Change what a fact tells of at once; read the rest again when the second is over."""
        for entry in entries:
            fact = entry.event
            if fact.order is None:
                continue
            self._due = True
            status = getattr(fact, "status", None)
            shown = self.board.has(fact.id)
            if shown is not None and isinstance(status, OrderStatus):
                self.board.put(
                    msgspec.structs.replace(
                        shown, status=status, reason=getattr(fact, "reason", None)
                    )
                )

    def tick(self) -> None:
        if self._due and self.board.scroll_offset.y == 0:
            self.load()

    @on(Input.Changed)
    def narrow(self) -> None:
        """Narrow what is loaded at once; a whole id is asked for."""
        if len(self.typed) >= ID or self._by_id:
            self.load()
        else:
            self._show()

    @on(Input.Submitted)
    def to_list(self) -> None:
        """Go from the filter to what it found."""
        self.board.focus()

    def _show(self) -> None:
        orders = self._known
        if self.typed:
            matcher = Matcher(self.typed)
            orders = [order for order in orders if matcher.match(self._searched(order)) > 0]
        self.board.empty = "no order fits" if self.typed or self.status else "nobody has bought yet"
        self.board.show(orders)
        self._describe()
        state = self.query_one("#orders-state", Static)
        more = "+" if self._next else ""
        wanted = "all" if self.status is None else self.status.value.replace("_", " ")
        state.update(f"{wanted} · {len(orders):,}{more}")

    def _searched(self, order: Order) -> str:
        buyer = f"{order.buyer_id} {self.desk.called(order.buyer_id)}"
        return f"{order.id} {order.ticket_id} {buyer} {order.status.value} {order.price}"

    @on(Board.Moved)
    def _describe(self) -> None:
        """Say what a row may have no room for."""
        order = self.board.row
        detail = self.query_one("#orders-detail", Static)
        detail.display = order is not None
        if order is not None:
            about = f"{self.desk.called(order.buyer_id)} ({order.buyer_id}), {order.ticket_id}"
            paid = f"{marked(order.price, live=order.live)}, fee {order.fee}"
            back = f", {order.refunded} went back" if order.refunded.amount else ""
            when = moment(order.created_at)
            if order.status is OrderStatus.AWAITING_PAYMENT:
                when += f", until {order.expires_at.astimezone():%H:%M:%S}"
            detail.update(Content.assemble((about, "$text-muted"), f"\n{when} · {paid}{back}"))

    def next_state(self) -> None:
        """Show only the orders in the next state, after the last all of them again."""
        place = STATES.index(self.status) + 1
        self.status = STATES[place % len(STATES)]
        self.load()

    def _since(self, order: Order) -> Cell:
        return Words(left(order.created_at, self.session.now()), Tone.DIM)


def _state(order: Order) -> Cell:
    said = order.status.value.replace("_", " ")
    if order.reason is not None:
        said += f": {order.reason.value.replace('_', ' ')}"
    return Words(f"{said}, DISPUTED" if order.disputed else said, TONES[order.status])


def _price(order: Order) -> Cell:
    return Words(str(order.price), Tone.DIM if order.status is OrderStatus.CANCELLED
                 else Tone.PLAIN)  # fmt: skip


def _back(order: Order) -> Cell:
    return Words(str(order.refunded) if order.refunded.amount else "", Tone.DIM)
