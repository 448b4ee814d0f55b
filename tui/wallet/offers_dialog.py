"""Offers dialog: the tickets that others offer to the user, to accept or decline."""

from __future__ import annotations

from collections.abc import Sequence

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.widgets import Button, Input, Static

from client.formatting import place, relative_time, seat, venue_time
from client.transport import Unreachable
from contract.problems import Problem
from contract.transfers import (
    ACCEPT_TRANSFER,
    DECLINE_TRANSFER,
    AcceptTransfer,
    ClaimCodeNeeded,
    Transfer,
    TransferEnded,
    TransferOver,
)
from tui.messages import FeedEvents
from tui.requests import AppAccess, request
from tui.widgets.columns import TableColumn
from tui.widgets.styled_text import StyledText, Tone
from tui.widgets.text_input import SafeInput
from tui.widgets.virtual_table import VirtualTable


class OffersDialog(ModalScreen[None], AppAccess):
    """Accepts or declines the ticket under the cursor; closes after the last one."""

    CSS_PATH = "offers_dialog.tcss"
    BINDINGS = [
        ("escape", "leave", "close"),
        ("a", "accept", "accept"),
        ("d", "decline", "decline"),
    ]
    AUTO_FOCUS = "#offers"
    HELP = "# Tickets for you\n\n`a` accepts the ticket, `d` declines it, `esc` decides later."

    def __init__(self, offered: Sequence[Transfer]) -> None:
        """Show these."""
        super().__init__()
        self._offered = list(offered)
        #: The transfer that needs a claim code.
        self._claiming = ""

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Static("Tickets offered to you", classes="title", markup=False)
            yield VirtualTable[Transfer](
                (
                    TableColumn(title="SHOW", of=lambda t: StyledText(t.ticket.show.name)),
                    TableColumn(title="SEAT", of=lambda t: StyledText(seat(t.ticket)), width=12),
                    TableColumn(title="ENDS", of=self._ends, width=9, right=True),
                ),
                key=lambda transfer: transfer.id,
                id="offers",
            )
            yield Static(id="about", markup=False)
            yield Static("Claim code, from the giver", classes="label", id="claim-label",
                         markup=False)  # fmt: skip
            yield SafeInput(id="claim-code", compact=True)
            yield Static(id="problem", classes="problem", markup=False)
            with Horizontal(classes="buttons"):
                yield Button("Close", id="leave", compact=True)
                yield Button("Decline", id="decline", compact=True)
                yield Button("Accept", id="accept", variant="primary", compact=True)

    def on_mount(self) -> None:
        self.table.set_rows(self._offered)
        self.describe()

    @property
    def table(self) -> VirtualTable[Transfer]:
        """The list of offers."""
        return self.query_one("#offers", VirtualTable)

    @on(VirtualTable.CursorMoved)
    def describe(self) -> None:
        """Show the ticket under the cursor, and the field for its claim code if it needs one."""
        offer = self.table.row
        if offer is None:
            return
        show = offer.ticket.show
        self.query_one("#about", Static).update(
            f"{show.name}\n{venue_time(show.starts_at)} · {show.venue}, {show.city}\n"
            f"{place(offer.ticket)} · from {offer.giver}"
        )
        self.query_one("#problem", Static).update("")
        self.set_class(offer.id == self._claiming, "-claim")

    @on(FeedEvents)
    def handle_events(self, message: FeedEvents) -> None:
        """Remove offers that their giver has ended."""
        ended = {entry.event.id for entry in message.entries
                 if isinstance(entry.event, TransferEnded)}  # fmt: skip
        for offer in [each for each in self._offered if each.id in ended]:
            self._remove(offer)

    @on(Input.Submitted)
    @on(Button.Pressed, "#accept")
    def action_accept(self) -> None:
        if self.table.row is not None and not self.app_base.write_block_reason():
            self.accept(self.table.row)

    @on(Button.Pressed, "#decline")
    def action_decline(self) -> None:
        if self.table.row is not None and not self.app_base.write_block_reason():
            self.decline(self.table.row)

    @request("offer")
    async def accept(self, offer: Transfer) -> None:
        """Accept a ticket; ask for the claim code if it needs one."""
        typed = self.query_one("#claim-code", Input).value.strip()
        body = AcceptTransfer(claim_code=typed if offer.id == self._claiming else None)
        try:
            await self.session.call(ACCEPT_TRANSFER, body, transfer_id=offer.id)
        except ClaimCodeNeeded as needed:
            again = offer.id == self._claiming
            self._claiming = offer.id
            self.describe()
            if again:
                self._refuse("This is not the claim code." if typed else needed.detail)
            self.query_one("#claim-code", Input).focus()
        except (Problem, Unreachable) as refusal:
            self._failed(offer, refusal)
        else:
            self.app_base.notify(f"{_summary(offer)} is in your wallet.", title="accepted")
            self._remove(offer)

    @request("offer")
    async def decline(self, offer: Transfer) -> None:
        """Decline a ticket."""
        try:
            await self.session.call(DECLINE_TRANSFER, transfer_id=offer.id)
        except (Problem, Unreachable) as refusal:
            self._failed(offer, refusal)
        else:
            self.app_base.notify(f"{_summary(offer)} stays with its owner.", title="declined")
            self._remove(offer)

    def _failed(self, offer: Transfer, refusal: Problem | Unreachable) -> None:
        if isinstance(refusal, TransferOver):
            self.app_base.notify(refusal.detail, severity="warning")
            self._remove(offer)
        else:
            self._refuse(refusal.detail)

    def _refuse(self, why: str) -> None:
        self.app_base.bell()
        self.query_one("#problem", Static).update(why)

    def _remove(self, offer: Transfer) -> None:
        self._offered = [each for each in self._offered if each.id != offer.id]
        if not self._offered:
            self.dismiss(None)
            return
        self.table.set_rows(self._offered)
        self.table.focus()
        self.describe()

    def _ends(self, offer: Transfer) -> StyledText:
        return StyledText(relative_time(offer.expires_at, self.session.now()), Tone.WARN)

    @on(Button.Pressed, "#leave")
    def action_leave(self) -> None:
        self.dismiss(None)


def _summary(offer: Transfer) -> str:
    return f"{offer.ticket.show.name}, {place(offer.ticket)}"
