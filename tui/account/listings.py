"""Listings: what one sells, and its prices, which are edited in place."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec
from textual import on
from textual.app import ComposeResult

from client.formatting import marked, moment, place, seat, there
from contract.base import Page
from contract.feed import FeedEntry
from contract.tickets import (
    LIST_TICKETS,
    VIEW_TICKET,
    WITHDRAW_TICKET,
    Ticket,
    TicketCreated,
    TicketSort,
    TicketsQuery,
    TicketStatus,
    TicketUpdated,
    TicketWithdrawn,
)
from tui.account.price_editor import PriceLine
from tui.account.tab import PAGE, Shelf
from tui.requests import asking
from tui.widgets.columns import Column
from tui.widgets.details_dialog import Details
from tui.widgets.styled_text import Cell, Tone, Words

STATES = {
    TicketStatus.AVAILABLE: Words("on sale", Tone.GOOD),
    TicketStatus.LOCKED: Words("LOCKED", Tone.WARN),
    TicketStatus.SOLD: Words("SOLD", Tone.DIM),
    TicketStatus.WITHDRAWN: Words("withdrawn", Tone.DIM),
}
OVER = frozenset({TicketStatus.SOLD, TicketStatus.WITHDRAWN})
#: More new tickets than this at once, such as an import, are read as a list.
SWARM = 10
FINAL = "This cannot be undone. The same seat can be listed anew."


class Listings(Shelf[Ticket]):
    """One's own tickets, whatever became of them."""

    title = "Listings"
    none = "nothing listed yet; `n` lists a ticket, `i` a whole file"
    does = frozenset({"open", "edit", "withdraw", "bring", "copy"})

    def __init__(self) -> None:
        """Wait for nothing."""
        super().__init__()
        self._new: set[str] = set()

    def compose(self) -> ComposeResult:
        yield from super().compose()
        yield PriceLine()

    @property
    def price(self) -> PriceLine:
        """Where a price is edited."""
        return self.query_one(PriceLine)

    def columns(self) -> Sequence[Column[Ticket]]:
        return (
            Column(title="SHOW", of=lambda t: Words(t.show.name, _tone(t))),
            Column(title="DATE", of=_date, width=9, right=True, spare=2),
            Column(title="CITY", of=lambda t: Words(t.show.city, Tone.DIM), width=14, spare=3),
            Column(title="SEAT", of=lambda t: Words(seat(t) or "no seat", _tone(t)), width=12,
                   spare=1),
            Column(title="PRICE", of=lambda t: Words(str(t.price), _tone(t)), width=13, right=True),
            Column(title="STATUS", of=lambda t: STATES[t.status], width=10),
        )  # fmt: skip

    def key(self, row: Ticket) -> str:
        return row.id

    def words(self, row: Ticket) -> str:
        return f"{row.show.name} {row.show.city} {seat(row)} {STATES[row.status].text} {row.id}"

    async def fetch(self, cursor: str | None) -> Page[Ticket]:
        query = TicketsQuery(mine=True, sort=TicketSort.NEWEST, limit=PAGE, cursor=cursor)
        return await self.session.page(LIST_TICKETS, query)

    def hear(self, entries: Iterable[FeedEntry], *, me: str) -> None:
        for entry in entries:
            fact = entry.event
            if not isinstance(fact, TicketCreated | TicketUpdated | TicketWithdrawn):
                continue
            shown = self.known.get(fact.id)
            if shown is not None and fact.version > shown.version:
                changed = msgspec.structs.replace(
                    shown, status=fact.status, price=fact.price, section=fact.section,
                    row=fact.row, seat=fact.seat, version=fact.version, updated_at=entry.at,
                )  # fmt: skip
                self.put(changed)
                self.price.moved(changed)
            elif shown is None and isinstance(fact, TicketCreated) and fact.seller_id == me:
                self._new.add(fact.id)
        if len(self._new) > SWARM:
            self._new.clear()
            self.load_soon()
        elif self._new and self.loaded:
            self.read_new()

    @asking("new")
    async def read_new(self) -> None:
        """Read what was listed meanwhile, here or elsewhere."""
        for ticket_id in list(self._new):
            self.put(await self.session.call(VIEW_TICKET, ticket_id=ticket_id))
            self._new.discard(ticket_id)  # not before: a newer call may replace this one

    def open(self, row: Ticket) -> None:
        terms = self.session.terms
        show = row.show
        lines: list[tuple[str, object]] = [
            ("Show", show.name), ("Starts", there(show.starts_at)),
            ("Where", f"{show.venue}, {show.city}, {show.country}"), ("Seat", place(row)),
            ("Price", marked(row.price, live=terms.live) if terms else row.price),
            ("Status", STATES[row.status].text), ("Your id", row.external_id or ""),
            ("Listed", moment(row.created_at)), ("Changed", moment(row.updated_at)),
        ]  # fmt: skip
        self.house.push_screen(Details(f"Ticket {row.id}", lines))

    # Prices.

    def edit(self, ticket: Ticket) -> None:
        """Open the line in which a price is edited."""
        if self.changeable(ticket):
            self.price.edit(ticket)

    def changeable(self, ticket: Ticket) -> bool:
        """Whether a ticket can still be changed; say so if it cannot."""
        if ticket.status is TicketStatus.AVAILABLE:
            return True
        said = STATES[ticket.status].text
        self.house.notify(f"{seat(ticket) or ticket.id} is {said}; it cannot be changed.")
        return False

    @on(PriceLine.Saved)
    def saved(self, message: PriceLine.Saved) -> None:
        """Show the new price in its place."""
        message.stop()
        self.put(message.ticket)
        self.board.focus()

    @on(PriceLine.Left)
    def left(self, message: PriceLine.Left) -> None:
        """Go back to the list."""
        message.stop()
        self.board.focus()

    # Off sale.

    def withdraw(self, ticket: Ticket) -> None:
        """Ask whether a ticket is to go off sale."""
        if not self.changeable(ticket):
            return
        from tui.widgets.confirm_dialog import Question

        about = f"{ticket.show.name}\n{place(ticket)}, {ticket.price}\n\n{FINAL}"
        key = self.session.clock.new_key()

        def answered(yes: bool | None) -> None:  # noqa: FBT001  what a dialog returns
            if yes:
                self.take_off(ticket, key)

        asked = Question("Take this ticket off sale?", about, yes="Take it off sale", no="Keep it")
        self.house.push_screen(asked, answered)

    @asking("withdraw")
    async def take_off(self, ticket: Ticket, key: str) -> None:
        """Take a ticket off sale, unless it has changed since it was shown."""
        after = await self.session.call(
            WITHDRAW_TICKET, if_match=ticket.version, key=key, ticket_id=ticket.id
        )
        self.put(after)
        what = f"{seat(after) or after.id} is off sale."
        self.house.notify(f"{what} That cannot be undone; `n` lists it anew.", title="withdrawn")


def _tone(ticket: Ticket) -> Tone:
    return Tone.DIM if ticket.status in OVER else Tone.PLAIN


def _date(ticket: Ticket) -> Cell:
    at = ticket.show.starts_at
    return Words(f"{at.day} {at:%b %y}", Tone.DIM)
