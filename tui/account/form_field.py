"""Form field: a labelled input with its error below it."""

from __future__ import annotations

from collections.abc import Sequence

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.widgets import Input, Select, Static

from client.sanitize import safe_text
from tui.widgets.text_input import SafeInput


class FormField(Vertical):
    """One value, by its column's name. Its error is shown only after the field was touched."""

    DEFAULT_CSS = """
    FormField { height: auto; width: 1fr; }
    FormField .line { height: 1; }
    FormField .name { width: 10; color: $text-muted; }
    FormField .name.-short { width: auto; margin: 0 1; }
    FormField Input { width: 1fr; }
    FormField Select { width: 1fr; height: 1; }
    FormField SelectCurrent { border: none; height: 1; padding: 0 1; background: $panel; }
    FormField Select:focus > SelectCurrent { border: none; background: $boost; }
    FormField .wrong { color: $error; height: auto; padding-left: 11; display: none; }
    FormField.-wrong .wrong { display: block; }
    """

    class Changed(Message):
        """The value changed, or the field lost the focus."""

    def __init__(
        self, column: str, label: str, *, hint: str = "", choices: Sequence[str] = (),
        short: bool = False,
    ) -> None:  # fmt: skip
        """With `choices` the value is one of them. A `short` label is only as wide as its text."""
        super().__init__(id=f"field-{column}")
        self.column, self.label, self.hint, self.choices = column, label, hint, tuple(choices)
        self.short = short
        self.touched = False

    def compose(self) -> ComposeResult:
        with Horizontal(classes="line"):
            yield Static(self.label, classes="name -short" if self.short else "name", markup=False)
            if self.choices:
                yield Select(
                    [(each, each) for each in self.choices], prompt=self.hint or "choose",
                    compact=True, id=self.column,
                )  # fmt: skip
            else:
                yield SafeInput(placeholder=self.hint, compact=True, id=self.column)
        yield Static(classes="wrong", markup=False)

    @property
    def value(self) -> str:
        """The typed or chosen value, without surrounding blanks."""
        if self.choices:
            chosen = self.query_one(Select).value
            return chosen if isinstance(chosen, str) else ""
        return self.query_one(Input).value.strip()

    def fill(self, value: str) -> None:
        """Set the value without marking the field as touched."""
        with self.prevent(Input.Changed, Select.Changed):
            if not self.choices:
                self.query_one(Input).value = safe_text(value)
            elif value in self.choices:
                self.query_one(Select).value = value

    def show_error(self, wrong: str) -> None:
        """Show an error; an empty text removes it."""
        self.set_class(bool(wrong), "-wrong")
        self.query_one(".wrong", Static).update(wrong)

    def focus_input(self) -> None:
        """Focus the field."""
        self.query_one(Select if self.choices else Input).focus()

    @on(Input.Changed)
    @on(Select.Changed)
    def changed(self, message: Message) -> None:
        """Mark the field as touched."""
        message.stop()
        self.touched = True
        self.post_message(self.Changed())

    def on_descendant_blur(self, event: events.DescendantBlur) -> None:
        self.touched = self.touched or bool(self.value)
        self.post_message(self.Changed())
