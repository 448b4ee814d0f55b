"""Give dialog: offer a ticket to somebody, and show the claim code if they have no account."""

from __future__ import annotations

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.widgets import Button, Input, Static

from client.formatting import place
from client.transport import Unreachable
from contract.problems import Problem
from contract.tickets import Ticket
from contract.transfers import (
    DAY,
    DEFAULT_LIFETIME,
    LONGEST_LIFETIME,
    OFFER_TRANSFER,
    OfferTransfer,
    Transfer,
    TransferOffer,
)
from tui.requests import AppAccess, request
from tui.widgets.text_input import SafeInput

MOST_DAYS = LONGEST_LIFETIME // DAY


class GiveDialog(ModalScreen[Transfer | None], AppAccess):
    """Asks for the address, and returns the transfer once the ticket is offered."""

    CSS_PATH = "give_dialog.tcss"
    BINDINGS = [("escape", "leave", "close")]
    AUTO_FOCUS = "#email"
    HELP = "# Giving a ticket away\n\nIt stays yours until they accept; until then you can cancel."

    def __init__(self, ticket: Ticket) -> None:
        """Start without an address."""
        super().__init__()
        self.ticket = ticket
        self._made: TransferOffer | None = None
        self._key = ""
        self._busy = False

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog", id="ask"):
            yield Static("Give this ticket away", classes="title", markup=False)
            yield Static(self.ticket.show.name, markup=False)
            yield Static(place(self.ticket), markup=False)
            yield Static("Email of the person who gets it", classes="label", markup=False)
            yield SafeInput(id="email", compact=True)
            yield Static("Days to accept it", classes="label", markup=False)
            yield SafeInput(str(DEFAULT_LIFETIME // DAY), id="days", compact=True)
            yield Static(id="problem", classes="problem", markup=False)
            yield Static(
                "It stays yours until they accept; then your entry code is replaced by theirs.",
                classes="muted", markup=False,
            )  # fmt: skip
            with Horizontal(classes="buttons"):
                yield Button("Cancel", id="leave", compact=True)
                yield Button("Offer", id="go", variant="primary", compact=True)
        with Vertical(classes="dialog", id="claim"):
            yield Static("Pass this claim code on", classes="title", markup=False)
            yield Static(id="claim-for", markup=False)
            yield Static(id="claim-code", markup=False)
            yield Static("It is not shown again.", classes="muted", markup=False)
            with Horizontal(classes="buttons"):
                yield Button("Copy", id="copy", compact=True)
                yield Button("Close", id="close", variant="primary", compact=True)

    @on(Input.Changed)
    def changed(self) -> None:
        """Make the next offer another intent."""
        self._key = self.session.clock.new_key()

    @on(Input.Submitted, "#email")
    def to_days(self) -> None:
        """Go to the days."""
        self.query_one("#days", Input).focus()

    @on(Input.Submitted, "#days")
    @on(Button.Pressed, "#go")
    def go(self) -> None:
        """Offer the ticket, once."""
        if self._busy or self.app_base.write_block_reason():
            return
        email = self.query_one("#email", Input).value.strip()
        days = self.query_one("#days", Input).value.strip()
        if not (days.isascii() and days.isdecimal() and 1 <= int(days) <= MOST_DAYS):
            self._refuse(f"Days must be a whole number from 1 to {MOST_DAYS}.", "#days")
        elif not email:
            self._refuse("Enter the email of the person who gets it.", "#email")
        else:
            self._busy = True
            self.send(OfferTransfer(to=email, lifetime=int(days) * DAY))

    @request("give")
    async def send(self, body: OfferTransfer) -> None:
        """Offer the ticket; a refusal is shown below the fields, which keep their values."""
        try:
            made = await self.session.call(
                OFFER_TRANSFER, body, key=self._key, ticket_id=self.ticket.id
            )
        except (Problem, Unreachable) as refusal:
            wrong = [f"{e.field}: {e.message}" for e in getattr(refusal, "errors", ())]
            self._refuse("\n".join(wrong) or refusal.detail, "#email")
        else:
            self._offered(made)
        finally:
            self._busy = False

    def _refuse(self, why: str, field: str) -> None:
        self.app_base.bell()
        self.query_one("#problem", Static).update(why)
        self.query_one(field, Input).focus()

    def _offered(self, made: TransferOffer) -> None:
        """Close, or show the claim code first."""
        self._made = made
        if made.claim_code is None:
            self.dismiss(made.transfer)
            return
        self.query_one("#claim-for", Static).update(
            f"Nobody has an account with the address {made.transfer.to} yet. They sign up with it, "
            "and accept the ticket in their wallet with this code:"
        )
        self.query_one("#claim-code", Static).update(made.claim_code)
        self.add_class("-claim")
        self.query_one("#close", Button).focus()

    @on(Button.Pressed, "#copy")
    def copy(self) -> None:
        """Copy the claim code."""
        if self._made is not None and self._made.claim_code is not None:
            self.app_base.copy(self._made.claim_code, "claim code")

    @on(Button.Pressed, "#leave")
    @on(Button.Pressed, "#close")
    def action_leave(self) -> None:
        self.dismiss(None if self._made is None else self._made.transfer)
