"""Market: shows and their tickets side by side; on a narrow screen one after the other."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.fuzzy import Matcher
from textual.widgets import Input, Static

from contract.shows import LIST_SHOWS, ShowCancelled, ShowOnSale, ShowsQuery
from contract.tickets import TicketStatus
from tui import actions
from tui.base_screen import View
from tui.market.filters import Facets
from tui.market.offers import Offers
from tui.messages import Heard, LinkMoved, Stale
from tui.requests import asking
from tui.ticket_events import ABOUT
from tui.widgets.columns import Column
from tui.widgets.styled_text import Cell, Tone, Words
from tui.widgets.text_input import Line
from tui.widgets.virtual_table import Board

PAGE = 100
#: How long after a key the server is asked, in seconds; what is loaded is narrowed at once.
DEBOUNCE = 0.15
#: How often the counts of shows that facts spoke of are read again, in seconds.
RECOUNT = 2.0
ORDERS = ("PRICE", "NEWEST", "SECTION")


class Market(View):
    """What is on sale."""

    place = "market"
    CSS_PATH = "screen.tcss"
    BINDINGS = actions.bindings("market")
    HELP = "# Market\n\nShows on the left, the tickets of the one you are on at the right."
    AUTO_FOCUS = "#shows"

    def __init__(self) -> None:
        """Start as it was left."""
        super().__init__()
        self._known: dict[str, ShowOnSale] = {}
        self._found: set[str] | None = None
        self._next: str | None = None
        self._total = 0
        self._changed: set[str] = set()
        self._recounting = False
        self.facets = Facets()

    def body(self) -> ComposeResult:
        with Horizontal(id="market"):
            with Vertical(id="left"):
                with Horizontal(id="find"):
                    yield Line(placeholder="/ filter shows", id="filter", compact=True)
                    yield Static(id="count", markup=False)
                yield Static(id="facet-words", markup=False)
                yield Board[ShowOnSale](
                    (
                        Column(title="SHOW", of=_name),
                        Column(title="DATE", of=self._date, width=9, right=True, spare=1),
                        Column(title="CITY", of=lambda s: s.show.city, width=14, spare=3),
                        Column(title="LEFT", of=_left, width=4, right=True, spare=2),
                        Column(title="FROM", of=_from, width=13, right=True),
                    ),
                    key=lambda show: show.show.id,
                    empty="reading…",
                    id="shows",
                )
            yield Offers(id="right")

    def on_mount(self) -> None:
        memory = self.house.memory
        self.facets = Facets.recalled(memory.facets)
        self.offers.by = memory.sort if memory.sort in ORDERS else "PRICE"
        with self.prevent(Input.Changed):
            self.query_one("#filter", Input).value = memory.search
        self.set_interval(RECOUNT, self.recount)
        self.load()

    @property
    def shows(self) -> Board[ShowOnSale]:
        """The list of shows."""
        return self.query_one("#shows", Board)

    @property
    def offers(self) -> Offers:
        """The tickets of the show the cursor is on."""
        return self.query_one("#right", Offers)

    @property
    def search(self) -> str:
        """What is typed into the filter."""
        return self.query_one("#filter", Input).value.strip()

    # Shows.

    @asking("shows")
    async def load(self) -> None:
        """Read the first page of shows that fit the facets."""
        self._tell_facets()
        page = await self.session.page(LIST_SHOWS, self._query(count=True))
        self._known = {each.show.id: each for each in page.items}
        self._next, self._total = page.next, page.total or len(page.items)
        self._found = None
        self._show()
        self.shows.select(self.house.memory.show_id)
        if self.search:
            self.find()

    @on(Board.NearEnd, "#shows")
    @asking("more shows")
    async def more(self) -> None:
        """Read the next page of shows, if there is one."""
        if self._next is None or self.search:
            return
        page = await self.session.page(LIST_SHOWS, self._query(cursor=self._next))
        self._next = page.next
        self._known |= {each.show.id: each for each in page.items}
        self.shows.extend(page.items)
        self._tell_count()

    @asking("find")
    async def find(self) -> None:
        """Ask the server for shows that fit the search, beyond those that are loaded."""
        query = self.search
        page = await self.session.page(LIST_SHOWS, self._query(q=query))
        if query != self.search:
            return
        self._known = {**self._known, **{each.show.id: each for each in page.items}}
        self._found = {each.show.id for each in page.items}
        self._show()

    def _query(self, *, q: str = "", cursor: str | None = None, count: bool = False) -> ShowsQuery:
        start, end = self.facets.days(self.session.now())
        return ShowsQuery(
            q=q, city=self.facets.city, category=self.facets.category, starts_from=start,
            starts_to=end, limit=PAGE, cursor=cursor, count=count,
        )  # fmt: skip

    def _show(self) -> None:
        """Show what fits the search: what the server found, and what is near by letters."""
        self.shows.empty = "no show fits" if self.search or self.facets else "nothing on sale yet"
        every = self._known.values()
        if not self.search:
            self.shows.show(sorted(every, key=_by_start))
        else:
            matcher = Matcher(self.search)
            scored = [(self._score(matcher, each), each) for each in every]
            best = sorted((s for s in scored if s[0] > 0), key=lambda s: (-s[0], _by_start(s[1])))
            self.shows.show(each for _, each in best)
        self._tell_count()
        self._look()

    def _score(self, matcher: Matcher, each: ShowOnSale) -> float:
        """Say how well a show fits: what the server found fits best."""
        show = each.show
        near = max(matcher.match(show.name), 0.8 * matcher.match(show.city),
                   0.8 * matcher.match(show.venue))  # fmt: skip
        return near + (10.0 if self._found and show.id in self._found else 0.0)

    def _tell_count(self) -> None:
        shown, total = len(self.shows.rows), max(self._total, len(self._known))
        said = f"{shown:,} of {total:,}" if shown != total else f"{total:,}"
        self.query_one("#count", Static).update(f"{said} show{'s' * (total != 1)}")

    def _tell_facets(self) -> None:
        words = self.query_one("#facet-words", Static)
        words.update(self.facets.words)
        words.display = bool(self.facets)
        self.offers.currency, self.offers.max_price = self.facets.currency, self.facets.max_price

    def recount(self) -> None:
        """Count again if facts spoke of a show that is here, or is new; one count at a time."""
        if self._recounting:
            return
        spoken, self._changed = self._changed, set()
        if any(self.shows.has(show_id) or show_id not in self._known for show_id in spoken):
            self._recount()

    @asking("recount")
    async def _recount(self) -> None:
        """Read the first page of shows again."""
        self._recounting = True
        try:
            page = await self.session.page(LIST_SHOWS, self._query(q=self.search, count=True))
        finally:
            self._recounting = False
        new = [each for each in page.items if each.show.id not in self._known]
        self._known |= {each.show.id: each for each in page.items}
        for each in page.items:
            self.shows.put(each)
        if not self.search:
            self._total = page.total or len(self._known)
        if new:
            self._show()

    # What moves.

    @on(Board.Moved, "#shows")
    def _look(self) -> None:
        # The cursor is drawn first: laying out another show's tickets takes longer than a key may.
        self.call_after_refresh(self._look_now)

    def _look_now(self) -> None:
        row = self.shows.row
        self.offers.look_at(row.show if row else None)

    @on(Board.Opened, "#shows")
    def into_show(self) -> None:
        """Go to the tickets of this show; on a narrow screen they take the shows' place."""
        self.add_class("-tickets")
        self.offers.board.focus()

    @on(Board.Opened, "#tickets")
    def open_ticket(self) -> None:
        """Open the ticket the cursor is on."""
        if self.offers.ticket is not None:
            from tui.market.ticket_screen import TicketScreen

            self.house.push_screen(TicketScreen(self.offers.ticket))

    @on(Board.Ordered, "#tickets")
    def order_by(self, message: Board.Ordered) -> None:
        """Order the tickets by a column."""
        if message.by in ORDERS:
            self.offers.by = message.by
            self.offers.load()

    @on(Input.Changed, "#filter")
    def narrow(self) -> None:
        """Narrow what is loaded at once, and ask the server when the typing rests."""
        self._found = None
        self._show()
        if self.search:
            self.set_timer(DEBOUNCE, self._rested(self.search))

    def _rested(self, typed: str) -> Callable[[], None]:
        def ask() -> None:
            if self.search == typed:
                self.find()

        return ask

    @on(Input.Submitted, "#filter")
    def to_list(self) -> None:
        """Go from the filter to what it found."""
        self.shows.focus()

    @on(Heard)
    def hear(self, heard: Heard) -> None:
        """Bring everything up to date with what the feed told."""
        self.offers.hear(heard.entries)
        for entry in heard.entries:
            if isinstance(entry.event, ABOUT):
                self._changed.add(entry.event.show_id)
            elif isinstance(entry.event, ShowCancelled):
                self.load()

    @on(Stale)
    def read_again(self) -> None:
        """Read everything again."""
        self.load()
        self.offers.load()

    @on(LinkMoved)
    def redraw(self) -> None:
        """Draw again what depends on the terms and the person."""
        self.offers.board.refresh_rows()

    # Actions.

    def action_filter(self) -> None:
        self.remove_class("-tickets")
        self.query_one("#filter", Input).focus()

    def action_back(self) -> None:
        """One step back: from the filter, from the tickets, from what was filtered."""
        box = self.query_one("#filter", Input)
        if self.focused is box or (self.focused is self.shows and box.value):
            box.value = ""
            self.shows.focus()
        else:
            self.remove_class("-tickets")
            self.shows.focus()

    def action_order(self) -> None:
        place = (ORDERS.index(self.offers.by) + 1) % len(ORDERS)
        self.offers.by = ORDERS[place]
        self.house.memory.sort = self.offers.by
        self.offers.load()
        self.house.notify(f"Tickets by {self.offers.by.lower()}.", timeout=2)

    def action_facets(self) -> None:
        from tui.market.filter_dialog import FacetsDialog

        def chosen(facets: Facets | None) -> None:
            if facets is not None:
                self.facets = facets
                self.load()
                self.offers.load()

        self.house.push_screen(FacetsDialog(self.facets), chosen)

    def action_reload(self) -> None:
        self.read_again()

    def action_copy(self) -> None:
        if self.offers.ticket is not None:
            self.house.copy(self.offers.ticket.id, "ticket")

    def action_buy(self) -> None:
        ticket = self.offers.ticket
        if ticket is None:
            self.house.notify("Choose a ticket first.")
        elif ticket.status is TicketStatus.AVAILABLE or self.house.holds.order_of(ticket.id):
            self.house.buy(ticket)
        else:
            self.house.notify(f"This ticket is {ticket.status}.", severity="warning")

    def keep(self) -> None:
        """Note how things look, for the next start."""
        memory = self.house.memory
        memory.search, memory.facets, memory.sort = self.search, self.facets.kept, self.offers.by
        memory.show_id = self.offers.show_now.id if self.offers.show_now else ""

    def _date(self, each: ShowOnSale) -> Cell:
        return Words(_day(each.show.starts_at, self.session.now()), Tone.DIM)


def _day(at: datetime, now: datetime) -> str:
    """Write a day as short as it can be told apart: `8 Jun`, another year's `8 Jun 28`."""
    year = "" if at.year == now.year else f" {at:%y}"
    return f"{at.day} {at:%b}{year}"


def _by_start(each: ShowOnSale) -> tuple[datetime, str]:
    return each.show.starts_at, each.show.id


def _name(each: ShowOnSale) -> Cell:
    return Words(each.show.name, Tone.PLAIN if each.on_sale else Tone.DIM)


def _left(each: ShowOnSale) -> Cell:
    return Words(f"{each.on_sale:,}", Tone.DIM)


def _from(each: ShowOnSale) -> Cell:
    if each.show.cancelled:
        return Words("CANCELLED", Tone.LOSS)
    return str(each.prices[0].lowest) if each.prices else Words("sold out", Tone.DIM)
