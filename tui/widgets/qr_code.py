"""QR code: black on white in every theme, so that a phone can scan it."""

from __future__ import annotations

from rich.segment import Segment
from rich.style import Style
from textual.geometry import Size
from textual.reactive import reactive
from textual.strip import Strip
from textual.widget import Widget

from client.qr import halves

#: Fixed, independent of the theme: phones do not read other colours or an inverted code.
BLACK_ON_WHITE = Style(color="#000000", bgcolor="#ffffff")


class QrCode(Widget):
    """Draws `text`, as large as the code with its white border; nothing is cut off."""

    DEFAULT_CSS = """
    QrCode { width: auto; height: auto; }
    """

    text: reactive[str] = reactive("", layout=True)

    def __init__(self, text: str = "", *, id: str | None = None) -> None:
        """Draw this text; nothing while it is empty."""
        super().__init__(id=id)
        self.set_reactive(QrCode.text, text)
        self._lines = halves(text) if text else []

    def watch_text(self, text: str) -> None:
        self._lines = halves(text) if text else []

    def get_content_width(self, container: Size, viewport: Size) -> int:
        return len(self._lines[0]) if self._lines else 0

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return len(self._lines)

    def render_line(self, y: int) -> Strip:
        """Draw one line: two rows of the code."""
        if y >= len(self._lines):
            return Strip.blank(self.size.width)
        return Strip([Segment(self._lines[y], BLACK_ON_WHITE)])
