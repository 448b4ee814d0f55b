"""Resolve alert dialog: record what was done about an alert."""

from __future__ import annotations

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.widgets import Button, Input, Static

from contract.alerts import Alert
from tui.widgets.text_input import SafeInput


class ResolveAlertDialog(ModalScreen[str]):
    """Returns the note; an empty one leaves the alert open."""

    BINDINGS = [("escape", "leave", "leave")]
    AUTO_FOCUS = "#note"

    def __init__(self, alert: Alert) -> None:
        """Ask about this alert."""
        super().__init__()
        self.alert = alert

    def compose(self) -> ComposeResult:
        alert = self.alert
        with Vertical(classes="dialog"):
            kind = alert.kind.value.replace("_", " ")
            yield Static(f"Resolve: {kind}", classes="title", markup=False)
            yield Static(alert.detail, markup=False)
            yield Static("What was done about it", classes="label", markup=False)
            yield SafeInput(
                placeholder="e.g. paid by bank transfer on 3 June",
                max_length=500,
                id="note",
                compact=True,
            )
            yield Static(id="problem", classes="problem", markup=False)
            with Horizontal(classes="buttons"):
                yield Button("Cancel", id="leave", compact=True)
                yield Button("Resolve", id="go", variant="primary", compact=True)

    @on(Button.Pressed, "#leave")
    def action_leave(self) -> None:
        self.dismiss("")

    @on(Input.Submitted)
    @on(Button.Pressed, "#go")
    def go(self) -> None:
        """Return the note; it must not be empty."""
        note = self.query_one("#note", Input).value.strip()
        if note:
            self.dismiss(note)
        else:
            self.query_one("#problem", Static).update("Enter what was done; it is kept in the log.")
