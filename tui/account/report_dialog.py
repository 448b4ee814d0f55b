"""Report dialog: what is wrong with a ticket that one has paid for."""

from __future__ import annotations

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.widgets import Button, Input, Select, Static

from client.report_text import PROBLEMS
from contract.orders import Order, ReportProblem
from contract.reports import ReportOrder
from tui.widgets.text_input import SafeInput


class ReportDialog(ModalScreen[ReportOrder | None]):
    """Returns what is reported; None reports nothing."""

    BINDINGS = [("escape", "leave", "leave")]
    AUTO_FOCUS = "#problem-choice"

    def __init__(self, order: Order) -> None:
        """Ask about the ticket of this order."""
        super().__init__()
        self.order = order

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Static("Report a problem", classes="title", markup=False)
            yield Static(f"Order {self.order.id}", classes="muted", markup=False)
            yield Static(
                "The seller is not paid until an operator has decided whether you get the money "
                "back. You can report an order once.",
                markup=False,
            )
            yield Static("The ticket was", classes="label", markup=False)
            yield Select(
                [(words, problem) for problem, words in PROBLEMS.items()], allow_blank=False,
                value=ReportProblem.REFUSED_AT_DOOR, compact=True, id="problem-choice",
            )  # fmt: skip
            yield Static("What happened", classes="label", markup=False)
            yield SafeInput(max_length=500, id="details", compact=True)
            with Horizontal(classes="buttons"):
                yield Button("Cancel", id="leave", compact=True)
                yield Button("Report", id="go", variant="primary", compact=True)

    @on(Button.Pressed, "#leave")
    def action_leave(self) -> None:
        self.dismiss(None)

    @on(Input.Submitted)
    @on(Button.Pressed, "#go")
    def go(self) -> None:
        """Return what is reported."""
        problem = self.query_one("#problem-choice", Select).value
        details = self.query_one("#details", Input).value.strip()
        if isinstance(problem, ReportProblem):
            self.dismiss(ReportOrder(problem=problem, details=details))
