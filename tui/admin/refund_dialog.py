"""Refund dialog: how much of an order is refunded, and what becomes of its ticket."""

from __future__ import annotations

from typing import NamedTuple

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.widgets import Button, Input, Select, Static

from client.formatting import marked
from contract.money import Money, NotMoney, decimal, parse
from contract.orders import Order
from contract.refunds import RefundedTicket
from tui.widgets.text_input import SafeInput


def refundable(order: Order) -> Money:
    """Return how much of an order's price is not refunded yet."""
    left = order.price.amount - order.refunded.amount
    return Money(amount=left, currency=order.price.currency)


#: What becomes of the ticket once everything is refunded, in the words of the dialog.
OUTCOMES = {
    RefundedTicket.VOID: "becomes void",
    RefundedTicket.RETURN: "goes back to its seller",
    RefundedTicket.KEEP: "stays where it is",
}


class RefundChoice(NamedTuple):
    """What an operator refunds, and what becomes of the ticket."""

    amount: Money
    ticket: RefundedTicket


class RefundDialog(ModalScreen[RefundChoice | None]):
    """Returns what was chosen; None refunds nothing."""

    BINDINGS = [("escape", "leave", "leave")]
    AUTO_FOCUS = "#amount"

    def __init__(self, order: Order) -> None:
        """Start with the remaining amount."""
        super().__init__()
        self.order = order

    def compose(self) -> ComposeResult:
        order = self.order
        with Vertical(classes="dialog"):
            yield Static("Refund the buyer", classes="title", markup=False)
            yield Static(f"Order {order.id}", classes="muted", markup=False)
            paid = f"price {marked(order.price, live=order.live)}"
            gone = f", {order.refunded} already refunded" if order.refunded.amount else ""
            yield Static(paid + gone, markup=False)
            yield Static(f"Amount ({order.price.currency})", classes="label", markup=False)
            yield SafeInput(decimal(refundable(order)), id="amount", compact=True)
            yield Static("Once all is refunded, the ticket", classes="label", markup=False)
            yield Select(
                [(words, ticket) for ticket, words in OUTCOMES.items()], allow_blank=False,
                value=RefundedTicket.VOID, compact=True, id="ticket",
            )  # fmt: skip
            yield Static(id="problem", classes="problem", markup=False)
            with Horizontal(classes="buttons"):
                yield Button("Cancel", id="leave", compact=True)
                yield Button("Continue", id="go", variant="primary", compact=True)

    @on(Button.Pressed, "#leave")
    def action_leave(self) -> None:
        self.dismiss(None)

    @on(Input.Submitted)
    @on(Button.Pressed, "#go")
    def go(self) -> None:
        """Return the choice, if the amount is valid and not more than what is left."""
        typed = self.query_one("#amount", Input).value.strip()
        most = refundable(self.order)
        try:
            amount = parse(typed, most.currency)
        except NotMoney as wrong:
            self.query_one("#problem", Static).update(str(wrong))
            return
        if not 0 < amount.amount <= most.amount:
            self.query_one("#problem", Static).update(f"At most {most} can be refunded.")
            return
        chosen = self.query_one("#ticket", Select).value
        self.dismiss(RefundChoice(amount, RefundedTicket(str(chosen))))
