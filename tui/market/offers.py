"""Offers: the tickets of one show as they are this second, and what tickets went for before."""

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

from client.formatting import countdown, left, there
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
from tui.market.sparkline import spark
from tui.requests import Asks, asking
from tui.ticket_events import ABOUT, About, after
from tui.widgets.columns import Column
from tui.widgets.styled_text import Cell, Tone, Words
from tui.widgets.virtual_table import Board

#: How long a ticket that was sold or withdrawn stays to be seen.
LINGER = timedelta(minutes=1)
PAGE = 100
#: How many past sales the line of prices is drawn from.
SALES = 60
#: Shows looked at in quicker succession than this, in seconds, are passed over.
REST = 0.12
#: Below this a countdown is said louder.
SHORT = 60
SORTS = {"PRICE": TicketSort.PRICE, "NEWEST": TicketSort.NEWEST, "SECTION": TicketSort.PRICE}


@dataclass(frozen=True)
class Offer:
    """A ticket as it is shown. `gone_at` is when it left the market."""

    ticket: Ticket
    gone_at: datetime | None = None


class Offers(Vertical, Asks):
    """One show's tickets, the cheapest first. Rows change in place as the feed speaks."""

    def __init__(self, *, id: str | None = None) -> None:
        """Show nothing yet."""
        super().__init__(id=id)
        self.show_now: Show | None = None
        self.by = "PRICE"
        self.currency: str | None = None
        self.max_price: int | None = None
        self._history: PriceHistory | None = None
        self._looked = float("-inf")
        self._resting: Timer | None = None
        self._next: str | None = None
        self._total = 0

    def compose(self) -> ComposeResult:
        yield Static(id="show-name", markup=False)
        yield Static(id="show-place", markup=False)
        yield Static(id="show-prices", markup=False)
        yield Board[Offer](
            (
                Column(title="SECTION", of=_section, width=7, orders=True),
                Column(title="ROW", of=lambda o: o.ticket.row, width=4, spare=2),
                Column(title="SEAT", of=lambda o: o.ticket.seat, width=4, spare=1),
                Column(title="PRICE", of=self._price, width=13, right=True, orders=True),
                Column(title="", of=self._state),
            ),
            key=lambda offer: offer.ticket.id,
            empty="",
            id="tickets",
        )

    def on_mount(self) -> None:
        self.set_interval(1.0, self.tick)

    @property
    def board(self) -> Board[Offer]:
        """The tickets."""
        return self.query_one("#tickets", Board)

    @property
    def ticket(self) -> Ticket | None:
        """The ticket the cursor is on."""
        return self.board.row.ticket if self.board.row else None

    def look_at(self, show: Show | None) -> None:
        """Show another show's tickets, or none."""
        if show == self.show_now:
            return
        self.show_now = show
        self._history = None
        self.board.show(())
        self._describe()
        self.board.empty = "" if show is None else "reading…"
        if self._resting is not None:
            self._resting.stop()
        if show is not None:
            self._rest()

    def _rest(self) -> None:
        """Read at once, unless the cursor runs through the shows: then where it comes to rest."""
        now = self.session.clock.monotonic()
        runs, self._looked = now - self._looked < REST, now
        if runs:
            self._resting = self.set_timer(REST, self.load)
        else:
            self.load()

    @asking("offers")
    async def load(self) -> None:
        """Read the show's tickets, its locked ones among them, and what was paid before."""
        show = self.show_now
        if show is None:
            return
        first = await self.session.page(LIST_TICKETS, self._query(count=True))
        locked = await self.session.page(LIST_TICKETS, self._query(status=TicketStatus.LOCKED))
        self._next, self._total = first.next, first.total or 0
        gone = [offer for offer in self.board.rows if offer.gone_at]
        tickets = (*first.items, *locked.items)
        offers = {offer.ticket.id: offer for offer in gone}
        offers |= {ticket.id: Offer(ticket) for ticket in tickets}
        self.board.empty = "nothing on sale for this show"
        self.board.order("" if self.by == "NEWEST" else self.by)
        self.board.show(self._sorted(offers.values()))
        query = PriceHistoryQuery(limit=SALES)
        self._history = await self.session.call(VIEW_PRICES, query, show_id=show.id)
        self._describe()

    @on(Board.NearEnd)
    @asking("more offers")
    async def more(self) -> None:
        """Read the next page, if there is one."""
        if self._next is None:
            return
        page = await self.session.page(LIST_TICKETS, self._query(cursor=self._next))
        self._next = page.next
        self.board.extend(Offer(ticket) for ticket in page.items)

    def _query(
        self, *, cursor: str | None = None, status: TicketStatus | None = None, count: bool = False
    ) -> TicketsQuery:
        return TicketsQuery(
            show_id=self.show_now.id if self.show_now else None, sort=SORTS[self.by], limit=PAGE,
            currency=self.currency, max_price=self.max_price, cursor=cursor, status=status,
            count=count,
        )  # fmt: skip

    def _sorted(self, offers: Iterable[Offer]) -> list[Offer]:
        if self.by == "NEWEST":
            return sorted(offers, key=lambda o: (-o.ticket.created_at.timestamp(), o.ticket.id))
        if self.by == "SECTION":
            return sorted(offers, key=lambda o: (*_seat(o.ticket), o.ticket.id))
        return sorted(
            offers, key=lambda o: (o.ticket.price.currency, o.ticket.price.amount, o.ticket.id)
        )

    # What the feed tells.

    def hear(self, entries: Sequence[FeedEntry]) -> None:
        """Bring the rows up to date; those that are new find their place."""
        show = self.show_now
        if show is None:
            return
        new: dict[str, Offer] = {}
        for entry in entries:
            fact = entry.event
            if not isinstance(fact, ABOUT) or fact.show_id != show.id:
                continue
            if fact.status is TicketStatus.SOLD:
                self._note_sale(PastSale(at=entry.at, section=fact.section, price=fact.price))
            shown = new.get(fact.id) or self.board.has(fact.id)
            if shown is not None and shown.ticket.version >= fact.version:
                continue
            offer = _told(fact, entry.at, shown.ticket if shown else None, show)
            if shown is None and (offer.gone_at or not self._fits(offer.ticket)):
                continue
            if not self.board.put(offer):
                new[fact.id] = offer
        if new:
            self.board.show(self._sorted([*self.board.rows, *new.values()]))
        self._describe()

    def _note_sale(self, sale: PastSale) -> None:
        """Put a sale before the others, unless it was read with them."""
        past = self._history
        if past is not None and (not past.sales or past.sales[0].at < sale.at):
            self._history = replace(past, sales=(sale, *past.sales[: SALES - 1]))

    def _fits(self, ticket: Ticket) -> bool:
        """Whether a ticket that came up belongs among those shown: not beyond what was read."""
        if self.currency and ticket.price.currency != self.currency:
            return False
        if self.max_price is not None and ticket.price.amount > self.max_price:
            return False
        if self._next is None or not self.board.rows:
            return True
        last = self.board.rows[-1]
        return self._sorted([last, Offer(ticket)])[-1] is last

    def tick(self) -> None:
        """Count the locks down, and let go of what left the market a minute ago."""
        now = self.session.now()
        for offer in [o for o in self.board.rows if o.gone_at and now - o.gone_at >= LINGER]:
            self.board.drop(offer.ticket.id)
        self.board.tick(lambda offer: offer.ticket.status is TicketStatus.LOCKED)

    # How it reads.

    def _price(self, offer: Offer) -> Cell:
        return Words(str(offer.ticket.price), Tone.DIM if offer.gone_at else Tone.PLAIN)

    def _state(self, offer: Offer) -> Cell:
        ticket = offer.ticket
        if offer.gone_at:
            return Words(
                f"{ticket.status.value.upper()} {offer.gone_at.astimezone():%H:%M}", Tone.DIM
            )
        if ticket.status is TicketStatus.LOCKED:
            return self._locked(ticket)
        mine = self.session.account and ticket.seller_id == self.session.account.id
        return Words("yours, on sale", Tone.DIM) if mine else Words("available", Tone.ACCENT)

    def _locked(self, ticket: Ticket) -> Words:
        terms = self.session.terms
        word = "YOUR LOCK" if self.house.holds.order_of(ticket.id) else "LOCKED"
        if terms is None:
            return Words(word, Tone.WARN)
        ends = ticket.updated_at + timedelta(seconds=terms.lock_seconds)
        return Words(f"{word} {countdown((ends - self.session.now()).total_seconds())}", Tone.WARN)

    def _describe(self) -> None:
        show = self.show_now
        if show is None:
            for name in ("#show-name", "#show-place", "#show-prices"):
                self._say(name, Content(""))
            return
        cancelled = [Content.styled("  CANCELLED", "bold $error")] if show.cancelled else []
        self._say("#show-name", Content("").join([Content.styled(show.name, "bold"), *cancelled]))
        where = f"{there(show.starts_at)} · {show.venue}, {show.city}"
        self._say("#show-place", Content.styled(where, "$text-muted"))
        self._say("#show-prices", self._strip())

    def _say(self, name: str, words: Content) -> None:
        """Change a line, if it has changed: laying the screen out anew costs more than a fact."""
        line = self.query_one(name, Static)
        before = line.content
        if isinstance(before, Content) and before.is_same(words):
            return
        width = line.content_size.width
        one_line = (
            isinstance(before, Content) and max(before.cell_length, words.cell_length) <= width
        )
        line.update(words, layout=name == "#show-place" and not one_line)

    def _strip(self) -> Content:
        """Say the lowest price now, and draw what was paid for the last tickets."""
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
            parts.append(Content.styled(spark(same, 20), "$accent"))
            ago = left(sales[0].at, self.session.now())
            parts.append(Content.styled(f"last sale {ago}", "$text-muted"))
        elif self._history is not None:
            parts.append(Content.styled("none sold yet", "$text-muted"))
        return Content("   ").join(parts)

    def _lowest(self) -> Money | None:
        """Return the lowest price that can be bought now, in the currency most are in."""
        prices = [o.ticket.price for o in self.board.rows
                  if o.ticket.status is TicketStatus.AVAILABLE]  # fmt: skip
        if not prices:
            return None
        currency = prices[0].currency
        return min((p for p in prices if p.currency == currency), key=lambda price: price.amount)


def _told(fact: About, at: datetime, known: Ticket | None, show: Show) -> Offer:
    """Return the offer after a fact; a ticket not known before is made from the fact alone."""
    gone = fact.status in {TicketStatus.SOLD, TicketStatus.WITHDRAWN}
    return Offer(after(fact, at, known, show), gone_at=at if gone else None)


def _section(offer: Offer) -> str:
    return offer.ticket.section or "·"


def _seat(ticket: Ticket) -> tuple[tuple[int, str], ...]:
    """Order seats as people count them: 2 before 10."""
    parts = (ticket.section, ticket.row, ticket.seat)
    return tuple((int(p), "") if p.isdecimal() else (10**9, p) for p in parts)
