"""Code box: where a scanner types. It keeps the focus whatever else is touched."""

from __future__ import annotations

from textual import events
from textual.message import Message
from textual.widgets import Input


class CodeBox(Input):
    """Takes one code after the other, each ended by enter. Whatever is typed belongs to a code."""

    class Scanned(Message):
        """A code came."""

        def __init__(self, code: str) -> None:
            """Hand the code on."""
            super().__init__()
            self.code = code

    async def action_submit(self) -> None:
        """Hand on what was typed, and be empty for the next code at once."""
        self._hand_on(self.value)

    def on_paste(self, event: events.Paste) -> None:
        """Take what a scanner pastes: several lines are several codes."""
        event.stop()
        event.prevent_default()
        for line in event.text.splitlines(keepends=True):
            self.insert_text_at_cursor(line.strip("\r\n"))
            if line.endswith(("\r", "\n")):
                self._hand_on(self.value)

    def _hand_on(self, code: str) -> None:
        self.value = ""
        if code.strip():
            self.post_message(self.Scanned(code))
