"""Entry code screen: a bought ticket as the gate scans it, and nothing else."""

from __future__ import annotations

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.widgets import Static

from client.formatting import mode, place, venue_time
from client.validity import entry_code, qr_text, void_notice
from contract.orders import VIEW_WALLET, WalletTicket
from contract.tickets import TicketNotFound, TicketStatus
from tui.messages import FeedEvents
from tui.requests import AppAccess, request
from tui.ticket_events import SHOW_CHANGES
from tui.widgets.large_text import LargeText
from tui.widgets.qr_code import QrCode

ON_SALE = {
    TicketStatus.AVAILABLE: "ON SALE: valid until it is sold",
    TicketStatus.LOCKED: "BEING SOLD: not valid right now",
}
NO_LONGER_YOURS = "This ticket has a new owner; your entry code opens the gate no more."
#: A code of somebody else's, which does not open a gate here.
BARCODE = "Barcode (from the seller)"


class EntryCodeScreen(ModalScreen[None], AppAccess):
    """The code, the seat, the show, its start, and the owner."""

    CSS_PATH = "entry_code.tcss"
    BINDINGS = [("escape,enter,q", "leave", "back"), ("space", "dim", "show the list behind")]
    #: The signed QR code takes 45 columns.
    HORIZONTAL_BREAKPOINTS = [(0, "-slim"), (80, "-broad"), (88, "-wide")]
    HELP = "# Entry code\n\n`space` shows the dimmed wallet behind it; `esc` goes back."

    def __init__(self, bought: WalletTicket) -> None:
        """Show this ticket."""
        super().__init__()
        self.bought = bought

    def compose(self) -> ComposeResult:
        ticket, show = self.bought.ticket, self.bought.ticket.show
        with Horizontal(id="entry"):
            if text := qr_text(self.bought):  # a void ticket must not look valid
                yield QrCode(text, id="code")
            with Vertical(id="beside"):
                yield Static(show.name, id="show", markup=False)
                yield Static(venue_time(show.starts_at), markup=False)
                yield Static(f"{show.venue}, {show.city}", classes="muted", id="at", markup=False)
                yield Static(self._warning(), id="warning", markup=False)
                for part in seat_parts(self.bought):
                    yield LargeText(part, classes="seat")
                yield Static(place(ticket), id="place", markup=False)
                if self.bought.barcode and entry_code(self.bought):
                    yield Static(f"{BARCODE}  {self.bought.barcode}", id="barcode", markup=False)
                yield Static(self.session.email, classes="muted", id="name", markup=False)

    def _warning(self) -> str:
        """Return that this is a test ticket, and why it does not open the gate, or not for long."""
        test = "" if self.bought.live else f"{mode(live=False)} money"
        sale = ON_SALE.get(self.bought.ticket.status, "")
        return "\n".join(filter(None, (test, void_notice(self.bought) or sale)))

    @on(FeedEvents)
    def handle_events(self, message: FeedEvents) -> None:
        """Load the ticket again once its show is cancelled, or it or its order changes."""
        mine = {self.bought.order_id, self.bought.ticket.id} - {None}
        for entry in message.entries:
            event = entry.event
            if isinstance(event, SHOW_CHANGES) or {event.id, event.order} & mine:
                self.load()
                return

    @request("entry code")
    async def load(self) -> None:
        """Load the ticket; draw it again if it has changed, and close if it has another owner."""
        before = self.bought
        try:
            self.bought = await self.session.call(VIEW_WALLET, ticket_id=before.ticket.id)
        except TicketNotFound:
            self.app_base.notify(NO_LONGER_YOURS, severity="warning")
            self.dismiss(None)
            return
        if self.bought != before:
            await self.recompose()

    def action_leave(self) -> None:
        self.dismiss(None)

    def action_dim(self) -> None:
        """Show or hide the dimmed wallet behind the ticket."""
        self.toggle_class("-over")

    def on_click(self) -> None:
        self.dismiss(None)


def seat_parts(bought: WalletTicket) -> list[str]:
    """Return what is drawn large: the section, and the row and seat below it."""
    ticket = bought.ticket
    row = " ".join(part for part in (ticket.row, ticket.seat) if part)
    return [part for part in (ticket.section, row) if part]
