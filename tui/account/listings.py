"""Listings tab: the user's listings; prices are edited in place."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from textual import on
from textual.app import ComposeResult

from client.formatting import local_time, marked, place, seat, venue_time
from client.validity import why_withdrawn
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
from tui.account.price_editor import PriceEditor
from tui.account.tab import PAGE, AccountTab
from tui.requests import request
from tui.ticket_events import SHOW_CHANGES, apply_event
from tui.widgets.columns import TableColumn
from tui.widgets.details_dialog import DetailsDialog
from tui.widgets.styled_text import Cell, StyledText, Tone

STATES = {
    TicketStatus.AVAILABLE: StyledText("on sale", Tone.GOOD),
    TicketStatus.LOCKED: StyledText("LOCKED", Tone.WARN),
    TicketStatus.SOLD: StyledText("SOLD", Tone.DIM),
    TicketStatus.WITHDRAWN: StyledText("withdrawn", Tone.DIM),
}
CLOSED = frozenset({TicketStatus.SOLD, TicketStatus.WITHDRAWN})
#: If more new tickets than this appear at once, as after an import, the list is loaded again.
RELOAD_ABOVE = 10
FINAL = (
    "This cannot be undone, but the seat can be listed again. "
    "A ticket that you bought or were given goes back to your wallet instead."
)


class ListingsTab(AccountTab[Ticket]):
    """The user's own tickets, in every status."""

    title = "Listings"
    empty_text = "nothing listed yet; `n` lists a ticket, `i` imports a file"
    actions = frozenset({"open", "edit", "withdraw", "import", "copy"})

    def __init__(self) -> None:
        """Start without new tickets."""
        super().__init__()
        self._new: set[str] = set()

    def compose(self) -> ComposeResult:
        yield from super().compose()
        yield PriceEditor()

    @property
    def price(self) -> PriceEditor:
        """The price editor."""
        return self.query_one(PriceEditor)

    def columns(self) -> Sequence[TableColumn[Ticket]]:
        return (
            TableColumn(title="SHOW", of=lambda t: StyledText(t.show.name, _tone(t))),
            TableColumn(title="DATE", of=_date, width=9, right=True, drop_rank=2),
            TableColumn(
                title="CITY", of=lambda t: StyledText(t.show.city, Tone.DIM), width=14, drop_rank=3
            ),
            TableColumn(
                title="SEAT",
                of=lambda t: StyledText(seat(t) or "no seat", _tone(t)),
                width=12,
                drop_rank=1,
            ),
            TableColumn(
                title="PRICE", of=lambda t: StyledText(str(t.price), _tone(t)), width=13, right=True
            ),
            TableColumn(title="STATUS", of=_state, width=10),
        )

    def key(self, row: Ticket) -> str:
        return row.id

    def search_text(self, row: Ticket) -> str:
        return f"{row.show.name} {row.show.city} {seat(row)} {_state(row).text} {row.id}"

    async def fetch(self, cursor: str | None) -> Page[Ticket]:
        query = TicketsQuery(mine=True, sort=TicketSort.NEWEST, limit=PAGE, cursor=cursor)
        return await self.session.page(LIST_TICKETS, query)

    def handle_events(self, entries: Iterable[FeedEntry], *, me: str) -> None:
        for entry in entries:
            event = entry.event
            if isinstance(event, SHOW_CHANGES):
                self.load_soon()
            if not isinstance(event, TicketCreated | TicketUpdated | TicketWithdrawn):
                continue
            shown = self.known.get(event.id)
            # Read again: it says why, or whether the ticket is in the wallet again.
            sold = event.status is TicketStatus.SOLD and event.seller_id == me
            if shown is not None and (isinstance(event, TicketWithdrawn) or sold):
                self._new.add(event.id)
            if shown is not None and event.version > shown.version:
                changed = apply_event(event, entry.at, shown, shown.show)
                self.put(changed)
                self.price.ticket_changed(changed)
            elif shown is None and isinstance(event, TicketCreated) and event.seller_id == me:
                self._new.add(event.id)
        if len(self._new) > RELOAD_ABOVE:
            self._new.clear()
            self.load_soon()
        elif self._new and self.loaded:
            self.read_new()

    @request("new")
    async def read_new(self) -> None:
        """Load tickets that were listed meanwhile, here or elsewhere."""
        for ticket_id in list(self._new):
            self.put(await self.session.call(VIEW_TICKET, ticket_id=ticket_id))
            self._new.discard(ticket_id)  # only now: a newer call may replace this one

    def open(self, row: Ticket) -> None:
        terms = self.session.terms
        show = row.show
        lines: list[tuple[str, object]] = [
            ("Show", show.name), ("Starts", venue_time(show.starts_at)),
            ("Where", f"{show.venue}, {show.city}, {show.country}"), ("Seat", place(row)),
            ("Price", marked(row.price, live=terms.live) if terms else row.price),
            ("Status", _state(row).text),
            ("Locked until", local_time(row.locked_until) if row.locked_until else ""),
            ("Withdrawn", why_withdrawn(row) or ""), ("Your id", row.external_id or ""),
            ("Listed", local_time(row.created_at)), ("Changed", local_time(row.updated_at)),
        ]  # fmt: skip
        self.app_base.push_screen(DetailsDialog(f"Ticket {row.id}", lines))

    # Prices.

    def edit(self, ticket: Ticket) -> None:
        """Open the price editor."""
        if self.check_changeable(ticket):
            self.price.edit(ticket)

    def check_changeable(self, ticket: Ticket) -> bool:
        """Whether a ticket can still be changed; notify the user if not."""
        if ticket.status is TicketStatus.AVAILABLE:
            return True
        message = STATES[ticket.status].text
        self.app_base.notify(f"{seat(ticket) or ticket.id} is {message}; it cannot be changed.")
        return False

    @on(PriceEditor.PriceSaved)
    def saved(self, message: PriceEditor.PriceSaved) -> None:
        """Show the new price in the list."""
        message.stop()
        self.put(message.ticket)
        self.table.focus()

    @on(PriceEditor.Closed)
    def editor_closed(self, message: PriceEditor.Closed) -> None:
        """Return to the list."""
        message.stop()
        self.table.focus()

    # Withdrawing.

    def withdraw(self, ticket: Ticket) -> None:
        """Confirm the withdrawal of a ticket."""
        if not self.check_changeable(ticket):
            return
        from tui.widgets.confirm_dialog import ConfirmDialog

        about = f"{ticket.show.name}\n{place(ticket)}, {ticket.price}\n\n{FINAL}"
        key = self.session.clock.new_key()

        def answered(yes: bool | None) -> None:  # noqa: FBT001  what a dialog returns
            if yes:
                self.withdraw_ticket(ticket, key)

        asked = ConfirmDialog("Withdraw this ticket?", about, yes="Withdraw", no="Keep it")
        self.app_base.push_screen(asked, answered)

    @request("withdraw")
    async def withdraw_ticket(self, ticket: Ticket, key: str) -> None:
        """Withdraw a ticket, unless it changed since it was shown."""
        after = await self.session.call(
            WITHDRAW_TICKET, if_match=ticket.version, key=key, ticket_id=ticket.id
        )
        self.put(after)
        what = seat(after) or after.id
        if after.status is TicketStatus.SOLD:
            self.app_base.notify(f"{what} is back in your wallet.", title="taken back")
        else:
            self.app_base.notify(f"{what} is withdrawn. `n` lists it again.", title="withdrawn")


def _tone(ticket: Ticket) -> Tone:
    return Tone.DIM if ticket.status in CLOSED else Tone.PLAIN


def _date(ticket: Ticket) -> Cell:
    at = ticket.show.starts_at
    return StyledText(f"{at.day} {at:%b %y}", Tone.DIM)


def _state(ticket: Ticket) -> StyledText:
    if ticket.show.cancelled:
        return StyledText("CANCELLED", Tone.LOSS)
    if ticket.suspended:
        return StyledText("suspended", Tone.WARN)
    if ticket.owned:
        return StyledText("owned", Tone.GOOD)
    return STATES[ticket.status]
