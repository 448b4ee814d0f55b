"""Market screen: shows and their tickets side by side; on a narrow screen one at a time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.fuzzy import Matcher
from textual.widgets import Input, Static

from contract.shows import (
    LIST_SHOWS,
    ShowOnSale,
    ShowsQuery,
)
from contract.tickets import TicketStatus
from tui import actions
from tui.base_screen import BaseScreen
from tui.market.filters import ShowFilter
from tui.market.offers import OfferList
from tui.messages import ConnectionChanged, FeedEvents, ReloadNeeded
from tui.requests import request
from tui.ticket_events import SHOW_CHANGES, TICKET_EVENTS
from tui.widgets.columns import TableColumn
from tui.widgets.styled_text import Cell, StyledText, Tone
from tui.widgets.text_input import SafeInput
from tui.widgets.virtual_table import VirtualTable

PAGE = 100
#: How long after a key press the server is asked, in seconds; loaded shows are filtered at once.
DEBOUNCE = 0.15
#: How often the counts of shows with new events are loaded again, in seconds.
RECOUNT = 2.0
ORDERS = ("PRICE", "NEWEST", "SECTION")


class MarketScreen(BaseScreen):
    """The shows and tickets on sale."""

    scope = "market"
    CSS_PATH = "screen.tcss"
    BINDINGS = actions.bindings("market")
    HELP = "# Market\n\nShows are on the left, the tickets of the selected show on the right."
    AUTO_FOCUS = "#shows"

    def __init__(self) -> None:
        """Start with no filter; the saved one is applied on mount."""
        super().__init__()
        self._known: dict[str, ShowOnSale] = {}
        self._found: set[str] | None = None
        self._next: str | None = None
        self._total = 0
        self._changed: set[str] = set()
        self._recounting = False
        self.filters = ShowFilter()

    def body(self) -> ComposeResult:
        with Horizontal(id="market"):
            with Vertical(id="left"):
                with Horizontal(id="find"):
                    yield SafeInput(placeholder="/ filter shows", id="filter", compact=True)
                    yield Static(id="count", markup=False)
                yield Static(id="filter-summary", markup=False)
                yield VirtualTable[ShowOnSale](
                    (
                        TableColumn(title="SHOW", of=_name),
                        TableColumn(title="DATE", of=self._date, width=9, right=True, drop_rank=1),
                        TableColumn(title="CITY", of=lambda s: s.show.city, width=14, drop_rank=3),
                        TableColumn(title="LEFT", of=_left, width=4, right=True, drop_rank=2),
                        TableColumn(title="FROM", of=_from, width=13, right=True),
                    ),
                    key=lambda show: show.show.id,
                    empty="reading…",
                    id="shows",
                )
            yield OfferList(id="right")

    def on_mount(self) -> None:
        saved_state = self.app_base.saved_state
        self.filters = ShowFilter.from_saved(saved_state.filters)
        self.offers.by = saved_state.sort if saved_state.sort in ORDERS else "PRICE"
        with self.prevent(Input.Changed):
            self.query_one("#filter", Input).value = saved_state.search
        self.set_interval(RECOUNT, self.update_counts)
        self.load()

    @property
    def shows(self) -> VirtualTable[ShowOnSale]:
        """The list of shows."""
        return self.query_one("#shows", VirtualTable)

    @property
    def offers(self) -> OfferList:
        """The tickets of the show under the cursor."""
        return self.query_one("#right", OfferList)

    @property
    def search(self) -> str:
        """The text filter."""
        return self.query_one("#filter", Input).value.strip()

    # Shows.

    @request("shows")
    async def load(self) -> None:
        """Load the first page of shows that match the filters."""
        self._show_filters()
        page = await self.session.page(LIST_SHOWS, self._query(count=True))
        self._known = {each.show.id: each for each in page.items}
        self._next, self._total = page.next, page.total or len(page.items)
        self._found = None
        self._show()
        self.shows.select(self.app_base.saved_state.show_id)
        if self.search:
            self.find()

    @on(VirtualTable.NearEnd, "#shows")
    @request("more shows")
    async def more(self) -> None:
        """Load the next page of shows, if there is one."""
        if self._next is None or self.search:
            return
        page = await self.session.page(LIST_SHOWS, self._query(cursor=self._next))
        self._next = page.next
        self._known |= {each.show.id: each for each in page.items}
        self.shows.extend(page.items)
        self._show_count()

    @request("find")
    async def find(self) -> None:
        """Search the server for shows beyond those that are loaded."""
        query = self.search
        page = await self.session.page(LIST_SHOWS, self._query(q=query))
        if query != self.search:
            return
        self._known = {**self._known, **{each.show.id: each for each in page.items}}
        self._found = {each.show.id for each in page.items}
        self._show()

    def _query(self, *, q: str = "", cursor: str | None = None, count: bool = False) -> ShowsQuery:
        start, end = self.filters.date_bounds(self.session.now())
        return ShowsQuery(
            q=q, city=self.filters.city, category=self.filters.category, day_from=start,
            day_to=end, limit=PAGE, cursor=cursor, count=count,
        )  # fmt: skip

    def _show(self) -> None:
        """Show the shows that match: found by the server, or fuzzy matches of loaded ones."""
        self.shows.empty = "no match" if self.search or self.filters else "nothing on sale yet"
        every = self._known.values()
        if not self.search:
            self.shows.set_rows(sorted(every, key=_by_start))
        else:
            matcher = Matcher(self.search)
            scored = [(self._score(matcher, each), each) for each in every]
            best = sorted((s for s in scored if s[0] > 0), key=lambda s: (-s[0], _by_start(s[1])))
            self.shows.set_rows(each for _, each in best)
        self._show_count()
        self._show_tickets_soon()

    def _score(self, matcher: Matcher, each: ShowOnSale) -> float:
        """Rate how well a show matches; what the server found ranks first."""
        show = each.show
        near = max(matcher.match(show.name), 0.8 * matcher.match(show.city),
                   0.8 * matcher.match(show.venue))  # fmt: skip
        return near + (10.0 if self._found and show.id in self._found else 0.0)

    def _show_count(self) -> None:
        shown, total = len(self.shows.rows), max(self._total, len(self._known))
        text = f"{shown:,} of {total:,}" if shown != total else f"{total:,}"
        self.query_one("#count", Static).update(f"{text} show{'s' * (total != 1)}")

    def _show_filters(self) -> None:
        words = self.query_one("#filter-summary", Static)
        words.update(self.filters.summary)
        words.display = bool(self.filters)
        self.offers.currency, self.offers.max_price = self.filters.currency, self.filters.max_price

    def update_counts(self) -> None:
        """Update the counts if events concern a visible or a new show; one request at a time."""
        if self._recounting:
            return
        spoken, self._changed = self._changed, set()
        if any(self.shows.find(show_id) or show_id not in self._known for show_id in spoken):
            self._load_counts()

    @request("recount")
    async def _load_counts(self) -> None:
        """Load the first page of shows again."""
        self._recounting = True
        try:
            page = await self.session.page(LIST_SHOWS, self._query(q=self.search, count=True))
        finally:
            self._recounting = False
        new = [each for each in page.items if each.show.id not in self._known]
        self._known |= {each.show.id: each for each in page.items}
        for each in page.items:
            self.shows.update_row(each)
        if not self.search:
            self._total = page.total or len(self._known)
        if new:
            self._show()

    # Updates.

    @on(VirtualTable.CursorMoved, "#shows")
    def _show_tickets_soon(self) -> None:
        # The cursor is drawn first: the layout of another show's tickets takes longer than a key
        # may.
        self.call_after_refresh(self._show_tickets)

    def _show_tickets(self) -> None:
        row = self.shows.row
        self.offers.show_tickets_of(row.show if row else None)

    @on(VirtualTable.RowOpened, "#shows")
    def into_show(self) -> None:
        """Go to the tickets of this show; on a narrow screen they replace the shows."""
        self.add_class("-tickets")
        self.offers.table.focus()

    @on(VirtualTable.RowOpened, "#tickets")
    def open_ticket(self) -> None:
        """Open the ticket under the cursor."""
        if self.offers.ticket is not None:
            from tui.market.ticket_screen import TicketScreen

            self.app_base.push_screen(TicketScreen(self.offers.ticket))

    @on(VirtualTable.SortRequested, "#tickets")
    def order_by(self, message: VirtualTable.SortRequested) -> None:
        """Sort the tickets by a column."""
        if message.by in ORDERS:
            self.offers.by = message.by
            self.offers.load()

    @on(Input.Changed, "#filter")
    def filter_changed(self) -> None:
        """Filter the loaded shows at once, and search the server when typing pauses."""
        self._found = None
        self._show()
        if self.search:
            self.set_timer(DEBOUNCE, self._search_if_unchanged(self.search))

    def _search_if_unchanged(self, typed: str) -> Callable[[], None]:
        def ask() -> None:
            if self.search == typed:
                self.find()

        return ask

    @on(Input.Submitted, "#filter")
    def focus_list(self) -> None:
        """Go from the filter to the list."""
        self.shows.focus()

    @on(FeedEvents)
    def handle_events(self, message: FeedEvents) -> None:
        """Apply events to the tickets, and note which shows need new counts."""
        self.offers.handle_events(message.entries)
        for entry in message.entries:
            if isinstance(entry.event, TICKET_EVENTS):
                self._changed.add(entry.event.show_id)
            elif isinstance(entry.event, SHOW_CHANGES):
                self.load()

    @on(ReloadNeeded)
    def reload(self) -> None:
        """Reload shows and tickets."""
        self.load()
        self.offers.load()

    @on(ConnectionChanged)
    def redraw(self) -> None:
        """Redraw what depends on the terms and the account."""
        self.offers.table.refresh_rows()

    # Actions.

    def action_filter(self) -> None:
        self.remove_class("-tickets")
        self.query_one("#filter", Input).focus()

    def action_back(self) -> None:
        """Go one step back: clear the filter, or leave the tickets."""
        box = self.query_one("#filter", Input)
        if self.focused is box or (self.focused is self.shows and box.value):
            box.value = ""
            self.shows.focus()
        else:
            self.remove_class("-tickets")
            self.shows.focus()

    def action_sort(self) -> None:
        position = (ORDERS.index(self.offers.by) + 1) % len(ORDERS)
        self.offers.by = ORDERS[position]
        self.app_base.saved_state.sort = self.offers.by
        self.offers.load()
        self.app_base.notify(f"Tickets sorted by {self.offers.by.lower()}.", timeout=2)

    def action_filters(self) -> None:
        from tui.market.filter_dialog import FilterDialog

        def chosen(filters: ShowFilter | None) -> None:
            if filters is not None:
                self.filters = filters
                self.load()
                self.offers.load()

        self.app_base.push_screen(FilterDialog(self.filters), chosen)

    def action_refresh(self) -> None:
        self.reload()

    def action_copy(self) -> None:
        if self.offers.ticket is not None:
            self.app_base.copy(self.offers.ticket.id, "ticket")

    def action_buy(self) -> None:
        ticket = self.offers.ticket
        if ticket is None:
            self.app_base.notify("Choose a ticket first.")
        elif ticket.status is TicketStatus.AVAILABLE or self.app_base.own_locks.order_of(ticket.id):
            self.app_base.buy(ticket)
        else:
            self.app_base.notify(f"This ticket is {ticket.status}.", severity="warning")

    def update_saved_state(self) -> None:
        """Copy what the next start restores into the saved state."""
        saved_state = self.app_base.saved_state
        saved_state.search, saved_state.filters, saved_state.sort = (
            self.search,
            self.filters.as_saved,
            self.offers.by,
        )
        saved_state.show_id = self.offers.current_show.id if self.offers.current_show else ""

    def _date(self, each: ShowOnSale) -> Cell:
        return StyledText(_day(each.show.starts_at, self.session.now()), Tone.DIM)


def _day(at: datetime, now: datetime) -> str:
    """Return a short date: `8 Jun`, in another year `8 Jun 28`."""
    year = "" if at.year == now.year else f" {at:%y}"
    return f"{at.day} {at:%b}{year}"


def _by_start(each: ShowOnSale) -> tuple[datetime, str]:
    return each.show.starts_at, each.show.id


def _name(each: ShowOnSale) -> Cell:
    return StyledText(each.show.name, Tone.PLAIN if each.on_sale else Tone.DIM)


def _left(each: ShowOnSale) -> Cell:
    return StyledText(f"{each.on_sale:,}", Tone.DIM)


def _from(each: ShowOnSale) -> Cell:
    if each.show.cancelled:
        return StyledText("CANCELLED", Tone.LOSS)
    return str(each.prices[0].lowest) if each.prices else StyledText("sold out", Tone.DIM)
