"""Price editor: one line below the listings in which a price is edited."""

from __future__ import annotations

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Button, Input, Static

from client.formatting import seat
from client.terms import for_seller
from client.transport import Unreachable
from contract.money import Money, NotMoney, decimal
from contract.prices import parse_price
from contract.problems import Problem, StaleVersion
from contract.tickets import EDIT_TICKET, VIEW_TICKET, EditTicket, Price, Ticket
from tui.requests import AppAccess, request
from tui.widgets.text_input import SafeInput


class PriceEditor(Vertical, AppAccess):
    """Edits the price of one ticket, based on the version that is shown."""

    BINDINGS = [Binding("escape", "leave", "cancel", show=False)]
    HELP = "# Price\n\n`enter` saves the price, `esc` keeps the old one."
    DEFAULT_CSS = """
    PriceEditor { height: auto; display: none; padding: 0 2; margin-top: 1; background: $panel; }
    PriceEditor.-here { display: block; }
    PriceEditor .row { height: 1; }
    PriceEditor #about {
        width: auto; max-width: 40%; margin-right: 2;
        text-wrap: nowrap; text-overflow: ellipsis;
    }
    PriceEditor Input { width: 16; margin-right: 2; }
    PriceEditor Input, PriceEditor Input:focus { background: $background; }
    PriceEditor Button { margin-right: 1; }
    PriceEditor #message { height: auto; color: $text-muted; }
    """

    class PriceSaved(Message):
        """The price was changed."""

        def __init__(self, ticket: Ticket) -> None:
            """Carry the changed ticket."""
            super().__init__()
            self.ticket = ticket

    class Closed(Message):
        """The editor was closed without a change."""

    def __init__(self) -> None:
        """Start closed."""
        super().__init__()
        self.ticket: Ticket | None = None
        self._key = ""

    def compose(self) -> ComposeResult:
        with Horizontal(classes="row"):
            yield Static(id="about", markup=False)
            yield SafeInput(id="new-price", compact=True)
            yield Button("Save", id="save-price", variant="primary", compact=True)
            yield Button("Cancel", id="leave-price", compact=True)
        yield Static(id="message", markup=False)

    @property
    def input(self) -> Input:
        """The input for the price."""
        return self.query_one("#new-price", Input)

    def edit(self, ticket: Ticket) -> None:
        """Open the editor with the current price."""
        self.ticket = ticket
        self._key = self.session.clock.new_key()
        self.query_one("#about", Static).update(f"{seat(ticket) or ticket.show.name}: new price")
        self.input.value = decimal(ticket.price)
        self.add_class("-here")
        self.input.focus()
        self.validate()

    def ticket_changed(self, ticket: Ticket) -> None:
        """Show that the ticket changed meanwhile; saving still refers to the version shown."""
        if self.ticket is not None and self.ticket.id == ticket.id:
            now = f"changed meanwhile: {ticket.price}, {ticket.status}"
            self.query_one("#message", Static).update(Content.styled(now, "$warning"))

    @on(Input.Changed)
    def validate(self) -> None:
        """Show after each key whether the price is valid, and what the seller would receive."""
        if self.ticket is None:
            return
        self._key = self.session.clock.new_key()
        terms = self.session.terms
        try:
            price = self._price(self.ticket)
        except NotMoney as wrong:
            text = Content.styled(f"{self.ticket.price.currency} {wrong}", "$error")
        else:
            text = Content(for_seller(terms, price) if terms else str(price))
        self.query_one("#message", Static).update(text)

    def _price(self, ticket: Ticket) -> Money:
        return parse_price(self.input.value, ticket.price.currency)

    @on(Button.Pressed, "#save-price")
    @on(Input.Submitted)
    def save(self, message: Message) -> None:
        """Save a valid price; leave an invalid one for the user to fix."""
        message.stop()
        if self.ticket is None or self.app_base.write_block_reason():
            return
        try:
            price = self._price(self.ticket)
        except NotMoney:
            self.app_base.bell()
            return
        if price == self.ticket.price:
            self.action_leave()
        else:
            self.send(self.ticket, price)

    @request("price")
    async def send(self, ticket: Ticket, price: Money) -> None:
        """Change the price, unless the ticket changed since it was shown."""
        body = EditTicket(price=Price(amount=price.amount, currency=price.currency))
        try:
            after = await self.session.call(
                EDIT_TICKET, body, if_match=ticket.version, key=self._key, ticket_id=ticket.id
            )
        except StaleVersion:
            await self.read_again(ticket)
        except (Problem, Unreachable) as refusal:
            self.query_one("#message", Static).update(Content.styled(refusal.detail, "$error"))
        else:
            self.close()
            self.post_message(self.PriceSaved(after))
            self.app_base.notify(
                f"{seat(after) or after.id}: {after.price}.", title="price changed"
            )

    async def read_again(self, ticket: Ticket) -> None:
        """Show the changed ticket; keep the typed price, so that it can be saved again."""
        now = await self.session.call(VIEW_TICKET, ticket_id=ticket.id)
        self.ticket = now
        self._key = self.session.clock.new_key()
        text = f"Not saved: the price is now {now.price}. ⏎ saves yours, esc keeps this one"
        self.query_one("#message", Static).update(Content.styled(text, "$warning"))

    def close(self) -> None:
        """Close the editor."""
        self.ticket = None
        self.remove_class("-here")

    @on(Button.Pressed, "#leave-price")
    def action_leave(self) -> None:
        self.close()
        self.post_message(self.Closed())
