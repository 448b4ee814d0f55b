"""Sales tab: what the user has sold, the marketplace's fee, and the balance."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import Static

from client import report_text
from client.formatting import Marked, local_time, marked, relative_time
from contract.base import Page
from contract.feed import FeedEntry
from contract.ledger import (
    LIST_SALES,
    VIEW_BALANCE,
    Balance,
    PayoutCreated,
    PayoutUpdated,
    Sale,
    SalesQuery,
    SaleStatus,
)
from contract.orders import OrderReported, OrderReportResolved, ReportStatus
from contract.tickets import TicketStatus, TicketUpdated
from tui.account.tab import PAGE, AccountTab
from tui.widgets.columns import TableColumn
from tui.widgets.details_dialog import DetailsDialog
from tui.widgets.styled_text import Cell, StyledText, Tone

STATES = {
    SaleStatus.WAITING: StyledText("pending", Tone.WARN),
    SaleStatus.RELEASED: StyledText("released", Tone.GOOD),
    SaleStatus.IN_TRANSIT: StyledText("being paid out", Tone.WARN),
    SaleStatus.PAID_OUT: StyledText("paid out", Tone.DIM),
    SaleStatus.REFUNDED: StyledText("refunded", Tone.LOSS),
}


class SalesTab(AccountTab[Sale]):
    """The user's own sales, below the balance."""

    title = "Sales"
    empty_text = "nothing sold yet; `n` lists a ticket"
    actions = frozenset({"open", "copy"})

    def compose(self) -> ComposeResult:
        yield Static(id="balance", markup=False)
        yield from super().compose()

    def columns(self) -> Sequence[TableColumn[Sale]]:
        return (
            TableColumn(title="SHOW", of=lambda s: s.show.name),
            TableColumn(title="SEAT", of=seat_of, width=12, drop_rank=2),
            TableColumn(title="SOLD", of=_sold, width=6, right=True, drop_rank=4),
            TableColumn(
                title="PRICE", of=lambda s: str(s.price), width=14, right=True, drop_rank=3
            ),
            TableColumn(title="FEE", of=_fee, width=13, right=True, drop_rank=3),
            TableColumn(title="YOU GET", of=_net, width=14, right=True),
            TableColumn(title="STATUS", of=self._state, width=20, drop_rank=1),
        )

    def key(self, row: Sale) -> str:
        return row.order_id

    def search_text(self, row: Sale) -> str:
        return f"{row.show.name} {row.show.city} {seat_of(row)} {_state_text(row).text}"

    async def fetch(self, cursor: str | None) -> Page[Sale]:
        return await self.session.page(LIST_SALES, SalesQuery(limit=PAGE, cursor=cursor))

    async def load_related(self) -> None:
        """Load and show the balance."""
        self._show_balance(await self.session.call(VIEW_BALANCE))

    def clear(self) -> None:
        super().clear()
        self.query_one("#balance", Static).display = False

    def _show_balance(self, balance: Balance) -> None:
        lines = []
        for each in balance.currencies:
            amounts = (each.waiting, each.available, each.paid_out, each.in_transit)
            waiting, free, out, moving = (
                Marked(amount, each.currency, balance.live if n == 1 else None)
                for n, amount in enumerate(amounts)
            )
            debt = "$error" if each.available < 0 else "$success"
            lines.append(
                Content.assemble(
                    ("available ", "$text-muted"), (str(free), debt),
                    (" · pending ", "$text-muted"), str(waiting),
                    (" · paid out ", "$text-muted"), str(out),
                )
            )  # fmt: skip
            if each.in_transit:
                lines[-1] += Content.assemble((" · in transit ", "$text-muted"), str(moving))
        strip = self.query_one("#balance", Static)
        strip.update(Content("\n").join(lines))
        strip.display = bool(lines)

    def handle_events(self, entries: Iterable[FeedEntry], *, me: str) -> None:
        for entry in entries:
            event = entry.event
            sold = isinstance(event, TicketUpdated) and event.status is TicketStatus.SOLD
            paid = isinstance(event, PayoutCreated | PayoutUpdated)
            about_me = getattr(event, "seller_id", getattr(event, "user_id", None)) == me
            reported = isinstance(event, OrderReported | OrderReportResolved)
            if (sold or paid or reported) and about_me:
                self.load_soon()

    def open(self, row: Sale) -> None:
        back = marked(row.refunded, live=row.live) if row.refunded.amount else ""
        lines = [
            ("Show", row.show.name), ("Seat", seat_of(row)), ("Ticket", row.ticket_id),
            ("Price", marked(row.price, live=row.live)),
            ("Fee", marked(row.fee, live=row.live)), ("Refunded", back),
            ("You get", marked(row.net, live=row.live)), ("Status", _state_text(row).text),
            ("Sold", local_time(row.sold_at)), ("Pays out", local_time(row.releases_at)),
            ("Payout", row.payout_id or ""),
            ("Reported", report_text.describe(row.report) or ""),
        ]  # fmt: skip
        self.app_base.push_screen(DetailsDialog(f"Sale {row.order_id}", lines))

    def _state(self, sale: Sale) -> Cell:
        """Return the status of a sale; if the money is pending, with the date it is paid out."""
        if sale.status is SaleStatus.WAITING and sale.releases_at > self.session.now():
            return StyledText(_pays_out(sale.releases_at, self.session.now()), Tone.WARN)
        return _state_text(sale)


def _state_text(sale: Sale) -> StyledText:
    """Return the status of a sale; if its money is frozen, with the reason."""
    if sale.status is not SaleStatus.FROZEN:
        return STATES[sale.status]
    reported = sale.report is not None and sale.report.status is ReportStatus.OPEN
    return StyledText(f"frozen: {'reported' if reported else 'disputed'}", Tone.LOSS)


def _pays_out(at: datetime, now: datetime) -> str:
    """Say when a sale is paid out: `pays out 9 Jul 2028`, or `pays out in 10 min`."""
    if at - now < timedelta(days=1):
        return f"pays out {relative_time(at, now)}"
    day = at.astimezone()
    return f"pays out {day.day} {day:%b %Y}"


def seat_of(sale: Sale) -> str:
    """Return the seat of a sale in the short form for tables."""
    return " ".join(filter(None, (sale.section, sale.row, sale.seat))) or "no seat"


def _sold(sale: Sale) -> Cell:
    at = sale.sold_at.astimezone()
    return StyledText(f"{at.day} {at:%b}", Tone.DIM)


def _fee(sale: Sale) -> Cell:
    return StyledText(str(sale.fee), Tone.DIM)


def _net(sale: Sale) -> Cell:
    return StyledText(str(sale.net), Tone.STRONG)
