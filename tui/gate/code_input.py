"""Code input: what a scanner types into. It always keeps the focus."""

from __future__ import annotations

from textual import events
from textual.binding import Binding
from textual.message import Message
from textual.widgets import Input


class CodeInput(Input):
    """Accepts one code after the other, each ended by Enter or, from some scanners, a line feed."""

    BINDINGS = [Binding("ctrl+j", "submit", show=False)]

    class CodeEntered(Message):
        """A code was entered."""

        def __init__(self, code: str) -> None:
            """Carry the code."""
            super().__init__()
            self.code = code

    async def action_submit(self) -> None:
        """Submit the code, and clear the input for the next one at once."""
        self._hand_on(self.value)

    def on_paste(self, event: events.Paste) -> None:
        """Accept what a scanner pastes: several lines are several codes."""
        event.stop()
        event.prevent_default()
        for line in event.text.splitlines(keepends=True):
            self.insert_text_at_cursor(line.strip("\r\n"))
            if line.endswith(("\r", "\n")):
                self._hand_on(self.value)

    def _hand_on(self, code: str) -> None:
        self.value = ""
        if code.strip():
            self.post_message(self.CodeEntered(code))
