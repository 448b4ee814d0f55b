"""Resell dialog: put a ticket from the wallet on sale."""

from __future__ import annotations

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Button, Input, Static

from client.formatting import place
from client.terms import for_seller
from client.transport import Unreachable
from contract.money import Money, NotMoney, decimal
from contract.orders import WalletTicket
from contract.prices import parse_price
from contract.problems import Problem
from contract.tickets import RELIST_TICKET, Price, RelistTicket, Ticket
from tui.requests import AppAccess, request
from tui.widgets.text_input import SafeInput

STILL_VALID = "Until somebody buys it, your entry code opens the gate."


class ResellDialog(ModalScreen[Ticket | None], AppAccess):
    """Asks for the price, and returns the ticket once it is on sale."""

    BINDINGS = [("escape", "leave", "cancel")]
    AUTO_FOCUS = "#price"
    HELP = "# Selling a ticket of yours\n\n`enter` puts it on sale, `esc` keeps it."

    def __init__(self, owned: WalletTicket) -> None:
        """Start with the price that the owner paid."""
        super().__init__()
        self.ticket = owned.ticket
        self._first = owned.paid or owned.ticket.price
        self._key = ""
        self._busy = False

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Static("Sell this ticket", classes="title", markup=False)
            yield Static(self.ticket.show.name, markup=False)
            yield Static(place(self.ticket), markup=False)
            yield Static(f"Price ({self._first.currency})", classes="label", markup=False)
            yield SafeInput(decimal(self._first), id="price", compact=True)
            yield Static(id="message", markup=False)
            yield Static(STILL_VALID, classes="muted", markup=False)
            with Horizontal(classes="buttons"):
                yield Button("Cancel", id="leave", compact=True)
                yield Button("Sell", id="go", variant="primary", compact=True)

    def on_mount(self) -> None:
        self.validate()

    @on(Input.Changed)
    def validate(self) -> None:
        """Show after each key whether the price is valid, and what the seller would receive."""
        self._key = self.session.clock.new_key()
        terms = self.session.terms
        try:
            price = self._price()
        except NotMoney as wrong:
            self._show(Content.styled(f"{self._first.currency} {wrong}", "$error"))
        else:
            self._show(Content(for_seller(terms, price) if terms else str(price)))

    def _price(self) -> Money:
        return parse_price(self.query_one("#price", Input).value, self._first.currency)

    @on(Input.Submitted)
    @on(Button.Pressed, "#go")
    def go(self) -> None:
        """Put the ticket on sale, once."""
        if self._busy or self.app_base.write_block_reason():
            return
        try:
            price = self._price()
        except NotMoney:
            self.app_base.bell()
            return
        self._busy = True
        self.send(price)

    @request("resell")
    async def send(self, price: Money) -> None:
        """Put the ticket on sale; a refusal is shown below the price."""
        body = RelistTicket(price=Price(amount=price.amount, currency=price.currency))
        try:
            made = await self.session.call(
                RELIST_TICKET, body, key=self._key, ticket_id=self.ticket.id
            )
        except (Problem, Unreachable) as refusal:
            self._show(Content.styled(refusal.detail, "$error"))
        else:
            self.dismiss(made)
        finally:
            self._busy = False

    def _show(self, text: Content) -> None:
        self.query_one("#message", Static).update(text)

    @on(Button.Pressed, "#leave")
    def action_leave(self) -> None:
        self.dismiss(None)
