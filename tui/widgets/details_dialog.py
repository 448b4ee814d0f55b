"""Details dialog: everything about one item, a label and a value on each line."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Button, Static

#: Rows taken by what is above and below the lines.
CHROME_ROWS = 8


class DetailsDialog(ModalScreen[None]):
    """Shows lines until it is closed."""

    CSS_PATH = Path(__file__).with_suffix(".tcss")  # also for subclasses in other folders
    BINDINGS = [
        ("escape,enter", "leave", "close"), ("down,j", "scroll(1)"), ("up,k", "scroll(-1)"),
    ]  # fmt: skip
    AUTO_FOCUS = "#leave"

    def __init__(self, title: str, lines: Sequence[tuple[str, object]]) -> None:
        """Lines with an empty value are left out; a line without a label is plain text."""
        super().__init__()
        self.text, self.lines = title, [(label, str(value)) for label, value in lines if value]

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Static(self.text, classes="title", markup=False)
            with VerticalScroll(classes="lines", can_focus=False):
                for label, value in self.lines:
                    if not label:
                        yield Static(value, classes="sentence", markup=False)
                        continue
                    with Horizontal(classes="line"):
                        yield Static(Content.styled(label, "$text-muted"), classes="of")
                        yield Static(value, classes="is", markup=False)
            with Horizontal(classes="buttons"):
                yield Button("Close", id="leave", variant="primary", compact=True)

    def on_resize(self) -> None:
        # The lines must push neither the title nor the button off the screen.
        self.query_one(".lines").styles.max_height = max(self.size.height - CHROME_ROWS, 1)

    def action_scroll(self, by: int) -> None:
        self.query_one(".lines").scroll_relative(y=by, animate=False)

    @on(Button.Pressed)
    def action_leave(self) -> None:
        self.dismiss(None)
