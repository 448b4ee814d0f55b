"""Orders pane: all orders, the newest first, with what happened to their money."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.fuzzy import Matcher
from textual.widgets import Input, Static

from client.formatting import local_time, marked, relative_time
from contract.feed import FeedEntry
from contract.orders import (
    ADMIN_ORDERS,
    VIEW_ORDER,
    AdminOrdersQuery,
    Order,
    OrderNotFound,
    OrderStatus,
)
from tui.admin.pane import AdminPane, OrderRows
from tui.requests import request
from tui.widgets.columns import TableColumn
from tui.widgets.styled_text import Cell, StyledText, Tone
from tui.widgets.text_input import SafeInput
from tui.widgets.virtual_table import VirtualTable

PAGE = 100
#: The length of an id: a complete one is looked up on the server.
ID_LENGTH = 24
TONES = {
    OrderStatus.AWAITING_PAYMENT: Tone.WARN, OrderStatus.CONFIRMING: Tone.ACCENT,
    OrderStatus.COMPLETE: Tone.GOOD, OrderStatus.CANCELLED: Tone.DIM,
}  # fmt: skip
STATES: tuple[OrderStatus | None, ...] = (None, *OrderStatus)


class OrdersPane(AdminPane[Order]):
    """All orders, or those in one state, of one buyer, or for one ticket."""

    title = "Orders"
    offers = frozenset({"trace", "filter", "state", "refund", "cancel_order"})

    def __init__(self) -> None:
        """Show all orders."""
        super().__init__(id="orders")
        self.status: OrderStatus | None = None
        self._known: list[Order] = []
        self._next: str | None = None
        self._due = False
        #: Whether the loaded orders were looked up by an id.
        self._by_id = False

    def compose(self) -> ComposeResult:
        with Horizontal(classes="find"):
            yield SafeInput(placeholder="/ filter, or the id of an order, a buyer or a ticket",
                        compact=True)  # fmt: skip
            yield Static(id="orders-state", classes="count", markup=False)
        yield OrderRows[Order](
            (
                TableColumn(title="ORDER", of=lambda o: o.id, width=26),
                TableColumn(title="STATE", of=_state, width=24),
                TableColumn(
                    title="BUYER", of=lambda o: self.host.display_name(o.buyer_id), drop_rank=1
                ),
                TableColumn(title="SINCE", of=self._since, width=10, right=True, drop_rank=2),
                TableColumn(title="PRICE", of=_price, width=16, right=True),
                TableColumn(title="REFUNDED", of=_back, width=14, right=True, drop_rank=3),
            ),
            key=lambda order: order.id,
            empty="reading…",
            id="orders-table",
        )
        yield Static(id="orders-detail", classes="detail", markup=False)

    @property
    def order_id(self) -> str | None:
        return self.row_id

    @request("orders")
    async def load(self) -> None:
        """Load the newest matching orders."""
        self._due = False
        typed = self.typed
        self._by_id = len(typed) >= ID_LENGTH
        if typed.startswith("ord_") and len(typed) >= ID_LENGTH:
            await self._read_one(typed)
            return
        page = await self.session.page(ADMIN_ORDERS, self._query())
        self._known, self._next = list(page.items), page.next
        self._show()

    async def _read_one(self, order_id: str) -> None:
        """Load the order with this id, however old it is."""
        try:
            order = await self.session.call(VIEW_ORDER, order_id=order_id)
        except OrderNotFound:
            self._known = []
        else:
            self._known = [order]
        self._next = None
        self._show()

    @on(VirtualTable.NearEnd)
    @request("more orders")
    async def more(self) -> None:
        """Load the next page, if there is one."""
        if self._next is None:
            return
        page = await self.session.page(ADMIN_ORDERS, self._query(self._next))
        self._next = page.next
        self._known += page.items
        self._show()

    def _query(self, cursor: str | None = None) -> AdminOrdersQuery:
        typed = self.typed if len(self.typed) >= ID_LENGTH else ""
        return AdminOrdersQuery(
            status=self.status, limit=PAGE, cursor=cursor,
            buyer_id=typed if typed.startswith("usr_") else None,
            ticket_id=typed if typed.startswith("tkt_") else None,
        )  # fmt: skip

    def handle_events(self, entries: Sequence[FeedEntry]) -> None:
        """Apply the new state at once; reload the rest within a second."""
        for entry in entries:
            event = entry.event
            if event.order is None:
                continue
            self._due = True
            status = getattr(event, "status", None)
            shown = self.table.find(event.id)
            if shown is not None and isinstance(status, OrderStatus):
                self.table.update_row(
                    msgspec.structs.replace(
                        shown, status=status, reason=getattr(event, "reason", None)
                    )
                )

    def tick(self) -> None:
        if self._due and self.table.scroll_offset.y == 0:
            self.load()

    @on(Input.Changed)
    def filter_changed(self) -> None:
        """Filter the loaded orders at once; look a complete id up."""
        if len(self.typed) >= ID_LENGTH or self._by_id:
            self.load()
        else:
            self._show()

    @on(Input.Submitted)
    def focus_list(self) -> None:
        """Go from the filter to the list."""
        self.table.focus()

    def _show(self) -> None:
        orders = self._known
        if self.typed:
            matcher = Matcher(self.typed)
            orders = [order for order in orders if matcher.match(self._search_text(order)) > 0]
        self.table.empty = "no match" if self.typed or self.status else "no orders yet"
        self.table.set_rows(orders)
        self._describe()
        state = self.query_one("#orders-state", Static)
        more = "+" if self._next else ""
        wanted = "all" if self.status is None else self.status.value.replace("_", " ")
        state.update(f"{wanted} · {len(orders):,}{more}")

    def _search_text(self, order: Order) -> str:
        buyer = f"{order.buyer_id} {self.host.display_name(order.buyer_id)}"
        return f"{order.id} {order.ticket_id} {buyer} {order.status.value} {order.price}"

    @on(VirtualTable.CursorMoved)
    def _describe(self) -> None:
        """Show the full text of the order under the cursor."""
        order = self.table.row
        detail = self.query_one("#orders-detail", Static)
        detail.display = order is not None
        if order is not None:
            about = (
                f"{self.host.display_name(order.buyer_id)} ({order.buyer_id}), {order.ticket_id}"
            )
            paid = f"{marked(order.price, live=order.live)}, fee {order.fee}"
            back = f", {order.refunded} refunded" if order.refunded.amount else ""
            when = local_time(order.created_at)
            if order.status is OrderStatus.AWAITING_PAYMENT:
                when += f", until {order.expires_at.astimezone():%H:%M:%S}"
            detail.update(Content.assemble((about, "$text-muted"), f"\n{when} · {paid}{back}"))

    def next_state(self) -> None:
        """Show only the orders in the next state; after the last state, all of them."""
        position = STATES.index(self.status) + 1
        self.status = STATES[position % len(STATES)]
        self.load()

    def _since(self, order: Order) -> Cell:
        return StyledText(relative_time(order.created_at, self.session.now()), Tone.DIM)


def _state(order: Order) -> Cell:
    text = order.status.value.replace("_", " ")
    if order.reason is not None:
        text += f": {order.reason.value.replace('_', ' ')}"
    return StyledText(f"{text}, DISPUTED" if order.disputed else text, TONES[order.status])


def _price(order: Order) -> Cell:
    return StyledText(str(order.price), Tone.DIM if order.status is OrderStatus.CANCELLED
                 else Tone.PLAIN)  # fmt: skip


def _back(order: Order) -> Cell:
    return StyledText(str(order.refunded) if order.refunded.amount else "", Tone.DIM)
