"""Line: a place to type one line in. What is pasted may be anybody's."""

from __future__ import annotations

from textual.widgets import Input

from client.sanitize import safe_text


class Line(Input):
    """Textual's input, which would draw a pasted escape sequence as it is."""

    def replace(self, text: str, start: int, end: int) -> None:
        """Put a text in the place of another; typing and pasting come through here."""
        super().replace(safe_text(text), start, end)
