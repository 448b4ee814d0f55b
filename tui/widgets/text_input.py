"""Text input: one line of text. Pasted text is made safe."""

from __future__ import annotations

from textual.widgets import Input

from client.sanitize import safe_text


class SafeInput(Input):
    """Textual's input, which by itself would draw a pasted escape sequence unchanged."""

    def replace(self, text: str, start: int, end: int) -> None:
        """Replace a part of the text; typing and pasting both call this."""
        super().replace(safe_text(text), start, end)
