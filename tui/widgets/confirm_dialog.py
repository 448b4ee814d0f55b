"""Confirm dialog: a yes-or-no question, with no as the default."""

from __future__ import annotations

from collections.abc import Callable

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Button, Static


class ConfirmDialog(ModalScreen[bool]):
    """Asks, and returns whether the answer was yes."""

    BINDINGS = [
        ("escape", "no", "no"),
        ("left,h", "app.focus_previous"),
        ("right", "app.focus_next"),
    ]
    AUTO_FOCUS = "#no"

    def __init__(self, title: str, detail: str = "", *, yes: str, no: str = "Cancel") -> None:
        """`detail` may have several lines; `yes` and `no` are the labels of the buttons."""
        super().__init__()
        self.asked, self.detail, self.yes, self.no = title, detail, yes, no

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Static(self.asked, classes="title", markup=False)
            if self.detail:
                yield Static(self.detail, markup=False)
            with Horizontal(classes="buttons"):
                yield Button(Content(self.no), id="no", compact=True)
                yield Button(Content(self.yes), id="yes", variant="primary", compact=True)

    @on(Button.Pressed)
    def answer(self, pressed: Button.Pressed) -> None:
        """Return the answer."""
        self.dismiss(pressed.button.id == "yes")

    def action_no(self) -> None:
        self.dismiss(result=False)


def on_yes(do: Callable[[], object]) -> Callable[[bool | None], None]:
    """Return a callback that calls `do` if the answer is yes."""

    def answered(yes: bool | None) -> None:  # noqa: FBT001  as a dialog answers
        if yes:
            do()

    return answered
