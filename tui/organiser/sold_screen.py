"""Sold screen: what an organiser has sold for one show, the newest first."""

from __future__ import annotations

from textual import on
from textual.app import ComposeResult
from textual.widgets import Static

from client.formatting import local_time, marked
from contract.base import PageQuery
from contract.ledger import LIST_SHOW_SALES, Sale
from contract.shows import Show
from tui import actions
from tui.account.sales import STATES, seat_of
from tui.base_screen import BaseScreen
from tui.messages import FeedEvents, ReloadNeeded
from tui.requests import request
from tui.ticket_events import TICKET_EVENTS
from tui.widgets.columns import TableColumn
from tui.widgets.styled_text import Cell, StyledText, Tone
from tui.widgets.virtual_table import VirtualTable

PAGE = 100


class SoldScreen(BaseScreen):
    """The sales of one show."""

    scope = "sold"
    CSS = """
    SoldScreen #sold-show { height: 1; padding: 0 2; margin: 1 0; text-style: bold; }
    """
    BINDINGS = actions.bindings("sold")
    HELP = "# Sales of a show\n\nEvery ticket that your organiser sold for this show."

    def __init__(self, show: Show) -> None:
        """Show the sales of this show."""
        super().__init__()
        self.sold_show = show
        self._next: str | None = None

    def body(self) -> ComposeResult:
        yield Static(self.sold_show.name, id="sold-show", markup=False)
        yield VirtualTable[Sale](
            (
                TableColumn(title="SEAT", of=seat_of),
                TableColumn(title="SOLD", of=_sold, width=22, drop_rank=2),
                TableColumn(title="PRICE", of=lambda s: str(s.price), width=14, right=True),
                TableColumn(title="YOU GET", of=_net, width=19, right=True, drop_rank=1),
                TableColumn(title="STATUS", of=_state, width=9),
            ),
            key=lambda sale: sale.order_id,
            empty="reading…",
            id="sold-tickets",
        )

    def on_mount(self) -> None:
        self.table.focus()
        self.load()

    @property
    def table(self) -> VirtualTable[Sale]:
        """The list of sales."""
        return self.query_one("#sold-tickets", VirtualTable)

    @request("sold")
    async def load(self) -> None:
        """Load the newest sales."""
        page = await self._page(None)
        self.table.empty = "nothing sold yet"
        self.table.set_rows(page)

    @on(VirtualTable.NearEnd)
    @request("more sold")
    async def more(self) -> None:
        """Load the next page, if there is one."""
        if self._next is not None:
            self.table.extend(await self._page(self._next))

    async def _page(self, cursor: str | None) -> tuple[Sale, ...]:
        query = PageQuery(limit=PAGE, cursor=cursor)
        page = await self.session.call(LIST_SHOW_SALES, query, show_id=self.sold_show.id)
        self._next = page.next
        return page.items

    @on(FeedEvents)
    def handle_events(self, message: FeedEvents) -> None:
        """Load again when a ticket of this show was sold."""
        events = [entry.event for entry in message.entries]
        if any(
            isinstance(e, TICKET_EVENTS) and e.show_id == self.sold_show.id and e.status == "sold"
            for e in events
        ):
            self.load()

    @on(ReloadNeeded)
    def reload(self) -> None:
        """Reload the list."""
        self.load()

    # Actions.

    def action_back(self) -> None:
        self.dismiss()

    def action_copy(self) -> None:
        if self.table.row is not None:
            self.app_base.copy(self.table.row.order_id, "order")


def _sold(sale: Sale) -> Cell:
    return StyledText(local_time(sale.sold_at), Tone.DIM)


def _net(sale: Sale) -> Cell:
    return StyledText(str(marked(sale.net, live=sale.live)), Tone.STRONG)


def _state(sale: Sale) -> Cell:
    return STATES.get(sale.status, StyledText(sale.status.value, Tone.LOSS))
