"""History: how the ticket under the cursor came to its owner, without names."""

from __future__ import annotations

from textual.content import Content
from textual.timer import Timer
from textual.widgets import Static

from client.transport import Unreachable
from client.validity import custody_lines
from contract.orders import VIEW_WALLET, WalletTicket
from contract.tickets import TicketNotFound
from tui.requests import AppAccess, request

#: Tickets that the cursor leaves within this many seconds are not asked about.
SETTLE_SECONDS = 0.12
#: Only the last steps are shown; `ticketing wallet view` lists all.
MOST_STEPS = 4


class TicketHistory(Static, AppAccess):
    """The steps of one ticket, the latest last. A list of tickets comes without them."""

    def __init__(self) -> None:
        """Start without a ticket."""
        super().__init__(id="ticket-history", classes="muted", markup=False)
        self._shown: WalletTicket | None = None
        self._timer: Timer | None = None

    def show_history_of(self, bought: WalletTicket | None) -> None:
        """Show the history of another ticket, or of none."""
        if bought == self._shown:
            return
        if bought is None or self._shown is None or bought.ticket.id != self._shown.ticket.id:
            self.update("")
        self._shown = bought
        if self._timer is not None:
            self._timer.stop()
        if bought is not None and not self.app_base.offline_message():
            self._timer = self.set_timer(SETTLE_SECONDS, self.load)

    @request("history")
    async def load(self) -> None:
        """Load the history; without it, everything else about the ticket is shown all the same."""
        bought = self._shown
        if bought is None:
            return
        try:
            found = await self.session.call(VIEW_WALLET, ticket_id=bought.ticket.id)
        except (Unreachable, TicketNotFound):
            return
        if bought is self._shown:
            self.update(
                Content.styled("\n".join(custody_lines(found)[-MOST_STEPS:]), "$text-muted")
            )
