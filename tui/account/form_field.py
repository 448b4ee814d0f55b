"""Field: a labelled place to type in, with what is wrong said below it."""

from __future__ import annotations

from collections.abc import Sequence

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.widgets import Input, Select, Static

from client.sanitize import safe_text
from tui.widgets.text_input import Line


class Field(Vertical):
    """One value by its column's name. What is wrong is said only once the field was touched."""

    DEFAULT_CSS = """
    Field { height: auto; width: 1fr; }
    Field .line { height: 1; }
    Field .name { width: 10; color: $text-muted; }
    Field .name.-short { width: auto; margin: 0 1; }
    Field Input { width: 1fr; }
    Field Select { width: 1fr; height: 1; }
    Field SelectCurrent { border: none; height: 1; padding: 0 1; background: $panel; }
    Field Select:focus > SelectCurrent { border: none; background: $boost; }
    Field .wrong { color: $error; height: auto; padding-left: 11; display: none; }
    Field.-wrong .wrong { display: block; }
    """

    class Changed(Message):
        """The value is another, or the field was left."""

    def __init__(
        self, column: str, label: str, *, hint: str = "", choices: Sequence[str] = (),
        short: bool = False,
    ) -> None:  # fmt: skip
        """With `choices` one of them is chosen. A `short` label takes only the room it needs."""
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
                yield Line(placeholder=self.hint, compact=True, id=self.column)
        yield Static(classes="wrong", markup=False)

    @property
    def value(self) -> str:
        """What is typed or chosen, without blanks around it."""
        if self.choices:
            chosen = self.query_one(Select).value
            return chosen if isinstance(chosen, str) else ""
        return self.query_one(Input).value.strip()

    def fill(self, value: str) -> None:
        """Say something in it that nobody typed."""
        with self.prevent(Input.Changed, Select.Changed):
            if not self.choices:
                self.query_one(Input).value = safe_text(value)
            elif value in self.choices:
                self.query_one(Select).value = value

    def say(self, wrong: str) -> None:
        """Say what is wrong; nothing for an empty text."""
        self.set_class(bool(wrong), "-wrong")
        self.query_one(".wrong", Static).update(wrong)

    def enter(self) -> None:
        """Put the cursor here."""
        self.query_one(Select if self.choices else Input).focus()

    @on(Input.Changed)
    @on(Select.Changed)
    def changed(self, message: Message) -> None:
        """Note that somebody typed here."""
        message.stop()
        self.touched = True
        self.post_message(self.Changed())

    def on_descendant_blur(self, event: events.DescendantBlur) -> None:
        self.touched = self.touched or bool(self.value)
        self.post_message(self.Changed())
