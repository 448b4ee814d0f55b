"""Offers: the tickets of one show, kept up to date by the feed, and its recent sale prices."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from msgspec.structs import replace
from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.timer import Timer
from textual.widgets import Static

from client.formatting import relative_time, venue_time
from contract.feed import FeedEntry
from contract.money import Money
from contract.shows import VIEW_PRICES, PastSale, PriceHistory, PriceHistoryQuery, Show
from contract.tickets import (
    LIST_TICKETS,
    Ticket,
    TicketSort,
    TicketsQuery,
    TicketStatus,
)
from tui.market.sparkline import sparkline
from tui.requests import AppAccess, request
from tui.ticket_events import TICKET_EVENTS, TicketEvent, apply_event, lock_line
from tui.widgets.columns import TableColumn
from tui.widgets.styled_text import Cell, StyledText, Tone
from tui.widgets.virtual_table import VirtualTable

#: How long a sold or withdrawn ticket stays in the list.
KEEP_GONE = timedelta(minutes=1)
PAGE = 100
#: How many past sales the sparkline shows.
SALES = 60
#: Shows that the cursor leaves within this many seconds are not loaded.
SETTLE_SECONDS = 0.12
#: Below this many seconds a countdown is emphasised.
URGENT_SECONDS = 60
SORTS = {"PRICE": TicketSort.PRICE, "NEWEST": TicketSort.NEWEST, "SECTION": TicketSort.PRICE}


@dataclass(frozen=True)
class Offer:
    """A row of the list. `gone_at` is when the ticket left the market."""

    ticket: Ticket
    gone_at: datetime | None = None


class OfferList(Vertical, AppAccess):
    """One show's tickets, the cheapest first. Rows change in place as events arrive."""

    def __init__(self, *, id: str | None = None) -> None:
        """Start without a show."""
        super().__init__(id=id)
        self.current_show: Show | None = None
        self.by = "PRICE"
        self.currency: str | None = None
        self.max_price: int | None = None
        self._history: PriceHistory | None = None
        self._last_change = float("-inf")
        self._settle_timer: Timer | None = None
        self._next: str | None = None
        self._total = 0

    def compose(self) -> ComposeResult:
        yield Static(id="show-name", markup=False)
        yield Static(id="show-venue", markup=False)
        yield Static(id="show-prices", markup=False)
        yield VirtualTable[Offer](
            (
                TableColumn(title="SECTION", of=_section, width=7, sortable=True),
                TableColumn(title="ROW", of=lambda o: o.ticket.row, width=4, drop_rank=2),
                TableColumn(title="SEAT", of=lambda o: o.ticket.seat, width=4, drop_rank=1),
                TableColumn(title="PRICE", of=self._price, width=13, right=True, sortable=True),
                TableColumn(title="", of=self._state),
            ),
            key=lambda offer: offer.ticket.id,
            empty="",
            id="tickets",
        )

    def on_mount(self) -> None:
        self.set_interval(1.0, self.tick)

    @property
    def table(self) -> VirtualTable[Offer]:
        """The list of tickets."""
        return self.query_one("#tickets", VirtualTable)

    @property
    def ticket(self) -> Ticket | None:
        """The ticket under the cursor."""
        return self.table.row.ticket if self.table.row else None

    def show_tickets_of(self, show: Show | None) -> None:
        """Show another show's tickets, or none."""
        if show == self.current_show:
            return
        self.current_show = show
        self._history = None
        self.table.set_rows(())
        self._show_description()
        self.table.empty = "" if show is None else "reading…"
        if self._settle_timer is not None:
            self._settle_timer.stop()
        if show is not None:
            self._load_when_settled()

    def _load_when_settled(self) -> None:
        """Load at once, unless the cursor moves quickly through the shows: then where it stops."""
        now = self.session.clock.monotonic()
        runs, self._last_change = now - self._last_change < SETTLE_SECONDS, now
        if runs:
            self._settle_timer = self.set_timer(SETTLE_SECONDS, self.load)
        else:
            self.load()

    @request("offers")
    async def load(self) -> None:
        """Load the show's tickets, including locked ones, and its past sales."""
        show = self.current_show
        if show is None:
            return
        first = await self.session.page(LIST_TICKETS, self._query(count=True))
        locked = await self.session.page(LIST_TICKETS, self._query(status=TicketStatus.LOCKED))
        self._next, self._total = first.next, first.total or 0
        gone = [offer for offer in self.table.rows if offer.gone_at]
        tickets = (*first.items, *locked.items)
        offers = {offer.ticket.id: offer for offer in gone}
        offers |= {ticket.id: Offer(ticket) for ticket in tickets}
        self.table.empty = "no tickets on sale for this show"
        self.table.order("" if self.by == "NEWEST" else self.by)
        self.table.set_rows(self._sorted(offers.values()))
        query = PriceHistoryQuery(limit=SALES)
        self._history = await self.session.call(VIEW_PRICES, query, show_id=show.id)
        self._show_description()

    @on(VirtualTable.NearEnd)
    @request("more offers")
    async def more(self) -> None:
        """Load the next page, if there is one."""
        if self._next is None:
            return
        page = await self.session.page(LIST_TICKETS, self._query(cursor=self._next))
        self._next = page.next
        self.table.extend(Offer(ticket) for ticket in page.items)

    def _query(
        self, *, cursor: str | None = None, status: TicketStatus | None = None, count: bool = False
    ) -> TicketsQuery:
        return TicketsQuery(
            show_id=self.current_show.id if self.current_show else None,
            sort=SORTS[self.by],
            limit=PAGE,
            currency=self.currency,
            max_price=self.max_price,
            cursor=cursor,
            status=status,
            count=count,
        )

    def _sorted(self, offers: Iterable[Offer]) -> list[Offer]:
        if self.by == "NEWEST":
            return sorted(offers, key=lambda o: (-o.ticket.created_at.timestamp(), o.ticket.id))
        if self.by == "SECTION":
            return sorted(offers, key=lambda o: (*_seat(o.ticket), o.ticket.id))
        return sorted(
            offers, key=lambda o: (o.ticket.price.currency, o.ticket.price.amount, o.ticket.id)
        )

    # Events.

    def handle_events(self, entries: Sequence[FeedEntry]) -> None:
        """Update the rows; insert new ones where they belong."""
        show = self.current_show
        if show is None:
            return
        new: dict[str, Offer] = {}
        for entry in entries:
            event = entry.event
            if not isinstance(event, TICKET_EVENTS) or event.show_id != show.id:
                continue
            if event.status is TicketStatus.SOLD:
                self._note_sale(PastSale(at=entry.at, section=event.section, price=event.price))
            shown = new.get(event.id) or self.table.find(event.id)
            if shown is not None and shown.ticket.version >= event.version:
                continue
            offer = _offer_after(event, entry.at, shown.ticket if shown else None, show)
            if shown is None and (offer.gone_at or not self._fits(offer.ticket)):
                continue
            if not self.table.update_row(offer):
                new[event.id] = offer
        if new:
            self.table.set_rows(self._sorted([*self.table.rows, *new.values()]))
        self._show_description()

    def _note_sale(self, sale: PastSale) -> None:
        """Add a sale to the history, unless it was loaded with it."""
        past = self._history
        if past is not None and (not past.sales or past.sales[0].at < sale.at):
            self._history = replace(past, sales=(sale, *past.sales[: SALES - 1]))

    def _fits(self, ticket: Ticket) -> bool:
        """Whether a new ticket belongs to the loaded part of the list."""
        if self.currency and ticket.price.currency != self.currency:
            return False
        if self.max_price is not None and ticket.price.amount > self.max_price:
            return False
        if self._next is None or not self.table.rows:
            return True
        last = self.table.rows[-1]
        return self._sorted([last, Offer(ticket)])[-1] is last

    def tick(self) -> None:
        """Update the countdowns, and drop tickets that left the market a minute ago."""
        now = self.session.now()
        for offer in [o for o in self.table.rows if o.gone_at and now - o.gone_at >= KEEP_GONE]:
            self.table.remove_row(offer.ticket.id)
        self.table.tick(lambda offer: offer.ticket.status is TicketStatus.LOCKED)

    # Texts.

    def _price(self, offer: Offer) -> Cell:
        return StyledText(str(offer.ticket.price), Tone.DIM if offer.gone_at else Tone.PLAIN)

    def _state(self, offer: Offer) -> Cell:
        ticket = offer.ticket
        if offer.gone_at:
            return StyledText(
                f"{ticket.status.value.upper()} {offer.gone_at.astimezone():%H:%M}", Tone.DIM
            )
        if ticket.status is TicketStatus.LOCKED:
            return self._locked(ticket)
        mine = self.session.account and ticket.seller_id == self.session.account.id
        return (
            StyledText("yours, on sale", Tone.DIM) if mine else StyledText("available", Tone.ACCENT)
        )

    def _locked(self, ticket: Ticket) -> StyledText:
        word = "YOUR LOCK" if self.app_base.own_locks.order_of(ticket.id) else "LOCKED"
        return StyledText(lock_line(word, ticket, self.session.now()), Tone.WARN)

    def _show_description(self) -> None:
        show = self.current_show
        if show is None:
            for name in ("#show-name", "#show-venue", "#show-prices"):
                self._set_text(name, Content(""))
            return
        cancelled = [Content.styled("  CANCELLED", "bold $error")] if show.cancelled else []
        self._set_text(
            "#show-name",
            Content("").join([Content.styled(show.name, "bold"), _origin(show), *cancelled]),
        )
        where = f"{venue_time(show.starts_at)} · {show.venue}, {show.city}"
        self._set_text("#show-venue", Content.styled(where, "$text-muted"))
        self._set_text("#show-prices", self._price_summary())

    def _set_text(self, name: str, words: Content) -> None:
        """Change a line only if it differs: a new layout costs more than an event."""
        line = self.query_one(name, Static)
        before = line.content
        if isinstance(before, Content) and before.is_same(words):
            return
        width = line.content_size.width
        one_line = (
            isinstance(before, Content) and max(before.cell_length, words.cell_length) <= width
        )
        line.update(words, layout=name == "#show-venue" and not one_line)

    def _price_summary(self) -> Content:
        """Return the lowest price now, and a sparkline of the last sales."""
        parts: list[Content] = []
        if (low := self._lowest()) is not None:
            parts.append(
                Content.assemble(("lowest ", "$text-muted"), (str(low), "bold $foreground"))
            )
        sales = self._history.sales if self._history else ()
        if sales:
            currency = (low or sales[0].price).currency
            values = [sale.price.amount for sale in reversed(sales)]
            same = [v for v, s in zip(values, reversed(sales), strict=True)
                    if s.price.currency == currency]  # fmt: skip
            parts.append(Content.styled(sparkline(same, 20), "$accent"))
            ago = relative_time(sales[0].at, self.session.now())
            parts.append(Content.styled(f"last sale {ago}", "$text-muted"))
        elif self._history is not None:
            parts.append(Content.styled("no sales yet", "$text-muted"))
        return Content("   ").join(parts)

    def _lowest(self) -> Money | None:
        """Return the lowest available price, in the currency of the first available ticket."""
        prices = [o.ticket.price for o in self.table.rows
                  if o.ticket.status is TicketStatus.AVAILABLE]  # fmt: skip
        if not prices:
            return None
        currency = prices[0].currency
        return min((p for p in prices if p.currency == currency), key=lambda price: price.amount)


def _offer_after(event: TicketEvent, at: datetime, known: Ticket | None, show: Show) -> Offer:
    """Return the offer after an event. An unknown ticket is built from the event alone."""
    gone = event.status in {TicketStatus.SOLD, TicketStatus.WITHDRAWN}
    return Offer(apply_event(event, at, known, show), gone_at=at if gone else None)


def _origin(show: Show) -> Content:
    """Return the mark that says whether the show's organiser vouches for its tickets."""
    if show.official:
        return Content.styled("  official", "$success")
    return Content.styled("  unverified", "$text-muted")


def _section(offer: Offer) -> str:
    return offer.ticket.section or "·"


def _seat(ticket: Ticket) -> tuple[tuple[int, str], ...]:
    """Sort seats numerically: 2 before 10."""
    parts = (ticket.section, ticket.row, ticket.seat)
    return tuple((int(p), "") if p.isdecimal() else (10**9, p) for p in parts)
