"""Settling dialog: say what was done about a matter."""

from __future__ import annotations

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.widgets import Button, Input, Static

from contract.attention import Attention
from tui.widgets.line import Line


class Settling(ModalScreen[str]):
    """Returns the note; an empty one leaves the matter open."""

    BINDINGS = [("escape", "leave", "leave")]
    AUTO_FOCUS = "#note"

    def __init__(self, matter: Attention) -> None:
        """Ask about this matter."""
        super().__init__()
        self.matter = matter

    def compose(self) -> ComposeResult:
        matter = self.matter
        with Vertical(classes="dialog"):
            kind = matter.kind.value.replace("_", " ")
            yield Static(f"Settle: {kind}", classes="title", markup=False)
            yield Static(matter.detail, markup=False)
            yield Static("What was done about it", classes="label", markup=False)
            yield Line(placeholder="paid by bank on 3 June", max_length=500, id="note",
                        compact=True)  # fmt: skip
            yield Static(id="problem", classes="problem", markup=False)
            with Horizontal(classes="buttons"):
                yield Button("Leave it open", id="leave", compact=True)
                yield Button("Settle", id="go", variant="primary", compact=True)

    @on(Button.Pressed, "#leave")
    def action_leave(self) -> None:
        self.dismiss("")

    @on(Input.Submitted)
    @on(Button.Pressed, "#go")
    def go(self) -> None:
        """Return what was typed; nothing is no answer."""
        note = self.query_one("#note", Input).value.strip()
        if note:
            self.dismiss(note)
        else:
            self.query_one("#problem", Static).update("Say what was done; it stays in the log.")
