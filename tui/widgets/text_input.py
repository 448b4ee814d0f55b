"""Text input: one line of text. Pasted text is made safe."""

from __future__ import annotations

from textual import events
from textual.widgets import Input

from client.sanitize import safe_text


class LineInput(Input):
    """Textual's input, which by itself would paste nothing of a text that begins with a newline."""

    def on_paste(self, event: events.Paste) -> None:
        """Insert the first line of a pasted text that is not blank, without the tabs around it."""
        event.stop()
        event.prevent_default()
        lines = [line.strip("\t") for line in event.text.splitlines() if line.strip()]
        if lines:
            self.replace(lines[0].replace("\t", " "), *self.selection)


class SafeInput(LineInput):
    """A line input, which by itself would draw a pasted escape sequence unchanged."""

    def replace(self, text: str, start: int, end: int) -> None:
        """Replace a part of the text; typing and pasting both call this."""
        super().replace(safe_text(text), start, end)
