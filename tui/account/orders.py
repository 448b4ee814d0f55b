"""Orders tab: the user's open, paid and cancelled orders."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from client import report_text, validity
from client.formatting import (
    changed_from,
    countdown,
    local_time,
    marked,
    place,
    seat,
    venue_time,
)
from contract.base import Page, PageQuery
from contract.feed import FeedEntry
from contract.orders import (
    LIST_ORDERS,
    LIST_WALLET,
    OPEN_STATUSES,
    VIEW_ORDER,
    CancelReason,
    Order,
    OrderReportResolved,
    OrdersQuery,
    OrderStatus,
    ReportStatus,
)
from contract.tickets import (
    VIEW_TICKET,
    CodeRevocation,
    Ticket,
    TicketCodeRevoked,
    TicketNotFound,
)
from tui.account.tab import PAGE, AccountTab
from tui.requests import request
from tui.ticket_events import SHOW_CHANGES
from tui.widgets.columns import TableColumn
from tui.widgets.details_dialog import DetailsDialog
from tui.widgets.styled_text import Cell, StyledText, Tone

REASONS = {
    CancelReason.EXPIRED: "expired",
    CancelReason.BUYER: "released",
    CancelReason.PAYMENT_FAILED: "card declined",
    CancelReason.ADMIN: "by an operator",
    CancelReason.SHOW_CANCELLED: "show off",
    CancelReason.LISTING_WITHDRAWN: "withdrawn",
}
#: Below this many seconds a countdown is emphasised.
URGENT_SECONDS = 60


class OrdersTab(AccountTab[Order]):
    """The user's own orders. Orders that can still be paid show a countdown."""

    title = "Orders"
    empty_text = "no orders yet; `b` on a ticket in the market buys it"
    actions = frozenset({"open", "pay", "release", "receipt", "report", "return_ticket", "copy"})

    def __init__(self) -> None:
        """Start without tickets: an order contains only the id of its ticket."""
        super().__init__()
        self._tickets: dict[str, Ticket] = {}
        self._changed: set[str] = set()

    def columns(self) -> Sequence[TableColumn[Order]]:
        return (
            TableColumn(title="SHOW", of=self._show),
            TableColumn(title="SEAT", of=self._seat, width=12, drop_rank=2),
            TableColumn(title="ORDERED", of=_ordered, width=12, right=True, drop_rank=3),
            TableColumn(
                title="PRICE", of=lambda o: str(o.price), width=13, right=True, drop_rank=1
            ),
            TableColumn(title="STATUS", of=self._state, width=22),
        )

    def key(self, row: Order) -> str:
        return row.id

    def search_text(self, row: Order) -> str:
        ticket = self._tickets.get(row.ticket_id)
        about = f"{ticket.show.name} {ticket.show.city} {seat(ticket)}" if ticket else ""
        return f"{about} {self._state(row).text} {row.id}"

    async def fetch(self, cursor: str | None) -> Page[Order]:
        return await self.session.page(LIST_ORDERS, OrdersQuery(limit=PAGE, cursor=cursor))

    async def load_related(self) -> None:
        """Load the tickets of the orders: bought ones in one request, the rest one by one."""
        wanted = {o.ticket_id for o in self.known.values()} - self._tickets.keys()
        if len(wanted) > 1:
            bought = await self.session.page(LIST_WALLET, PageQuery(limit=PAGE))
            self._tickets |= {each.ticket.id: each.ticket for each in bought.items}
            self.table.refresh_rows()
        for order in list(self.known.values()):
            if order.ticket_id not in self._tickets:
                await self._load_ticket(order)

    async def _load_ticket(self, order: Order) -> None:
        try:
            ticket = await self.session.call(VIEW_TICKET, ticket_id=order.ticket_id)
        except TicketNotFound:
            return
        self._tickets[ticket.id] = ticket
        self.table.update_row(order)

    def handle_events(self, entries: Iterable[FeedEntry], *, me: str) -> None:
        for entry in entries:
            event = entry.event
            if isinstance(event, SHOW_CHANGES):
                # Their tickets are loaded again, with what the show is now.
                of_show = {i for i, t in self._tickets.items() if t.show.id == event.id}
                self._tickets = {i: t for i, t in self._tickets.items() if i not in of_show}
                self.load_soon()
            if event.order and getattr(event, "buyer_id", None) == me:
                self._changed.add(event.order)
            if isinstance(event, TicketCodeRevoked) and event.owner_id == me:
                self._changed.add(event.order_id)  # sold on, given away, refunded
            if isinstance(event, OrderReportResolved) and event.id in self.known:
                self._changed.add(event.id)
        if self._changed and self.loaded:
            self.read_changed()

    @request("changed")
    async def read_changed(self) -> None:
        """Load the orders that events concerned."""
        for order_id in list(self._changed):
            self.put(await self.session.call(VIEW_ORDER, order_id=order_id))
            self._changed.discard(order_id)  # only now: a newer call may replace this one
        await self.load_related()

    def tick(self) -> None:
        self.table.tick(lambda order: order.status in OPEN_STATUSES)

    def open(self, row: Order) -> None:
        if row.status in OPEN_STATUSES:
            from tui.checkout.screen import CheckoutScreen

            self.app_base.push_screen(CheckoutScreen(row))
        else:
            self.app_base.push_screen(DetailsDialog(f"Order {row.id}", self._details(row)))

    def _details(self, order: Order) -> list[tuple[str, object]]:
        ticket = self._tickets.get(order.ticket_id)
        back = marked(order.refunded, live=order.live) if order.refunded.amount else ""
        return [
            *(_about(ticket) if ticket else ()),
            ("Ticket", order.ticket_id),
            ("Status", self._state(order).text),
            ("Show cancelled", "yes" if order.show_cancelled else ""),
            ("Price", marked(order.price, live=order.live)),
            ("Fee included", marked(order.fee, live=order.live)),
            ("Refunded", back),
            ("Reported", report_text.describe(order.report) or ""),
            ("Return until", local_time(order.refund_until) if order.refund_until else ""),
            ("Passed on", validity.passed_on(order) or ""),
            ("Ordered", local_time(order.created_at)),
        ]

    # Texts.

    def _show(self, order: Order) -> Cell:
        ticket = self._tickets.get(order.ticket_id)
        if ticket is None:
            return StyledText(order.ticket_id, Tone.DIM)
        return StyledText(ticket.show.name, _tone(order))

    def _seat(self, order: Order) -> Cell:
        ticket = self._tickets.get(order.ticket_id)
        return StyledText(seat(ticket) or "no seat" if ticket else "", _tone(order))

    def _state(self, order: Order) -> StyledText:
        """Return the status of an order as the list shows it."""
        if order.status is OrderStatus.AWAITING_PAYMENT:
            seconds = (order.expires_at - self.session.now()).total_seconds()
            tone = Tone.LOSS if seconds < URGENT_SECONDS else Tone.WARN
            return StyledText(f"awaiting payment {countdown(seconds)}", tone)
        if order.status is OrderStatus.CONFIRMING:
            return StyledText("confirming", Tone.WARN)
        if order.report is not None and order.report.status is ReportStatus.OPEN:
            return StyledText("reported", Tone.WARN)
        return _ended(order)


def _about(ticket: Ticket) -> list[tuple[str, object]]:
    """Return the lines about the show and the seat; if the show was changed, what it was before."""
    show = ticket.show
    return [
        ("Show", show.name), ("Starts", venue_time(show.starts_at)),
        ("Before", changed_from(show) or ""), ("Venue", f"{show.venue}, {show.city}"),
        ("Seat", place(ticket)),
    ]  # fmt: skip


def _ended(order: Order) -> StyledText:
    """Return how an order ended: cancelled and why, refunded, disputed, passed on or complete."""
    if order.disputed:
        return StyledText("disputed", Tone.LOSS)
    if order.status is OrderStatus.CANCELLED:
        why = REASONS[order.reason] if order.reason else ""
        return StyledText(f"cancelled: {why}" if why else "cancelled", Tone.DIM)
    if order.refunded == order.price:
        return StyledText("refunded", Tone.DIM)
    if order.show_cancelled:
        return StyledText("SHOW CANCELLED", Tone.LOSS)
    if order.refunded.amount:
        return StyledText("partly refunded", Tone.DIM)
    return _passed_on(order) or StyledText("complete", Tone.GOOD)


def _passed_on(order: Order) -> StyledText | None:
    """Return what became of a ticket that has a newer owner; None if it has none."""
    if order.replaced_at is None:
        return None
    given = order.replaced_by is CodeRevocation.TRANSFERRED
    return StyledText("given away" if given else "sold on", Tone.DIM)


def _tone(order: Order) -> Tone:
    return Tone.DIM if order.status is OrderStatus.CANCELLED else Tone.PLAIN


def _ordered(order: Order) -> Cell:
    at = order.created_at.astimezone()
    return StyledText(f"{at.day} {at:%b %H:%M}", Tone.DIM)
