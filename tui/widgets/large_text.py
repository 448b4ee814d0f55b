"""Large text: a few letters that can be read at arm's length."""

from __future__ import annotations

from textual.content import Content
from textual.reactive import reactive
from textual.widgets import Static

#: Glyphs on a 3 x 5 grid, one octal digit for each row from the top: 4 is the left column, 1 the
#: right one.
GLYPHS = {
    "A": "25755", "B": "65656", "C": "34443", "D": "65556", "E": "74647", "F": "74644",
    "G": "34553", "H": "55755", "I": "72227", "J": "11152", "K": "55655", "L": "44447",
    "M": "57755", "N": "65555", "O": "25552", "P": "65644", "Q": "25563", "R": "65655",
    "S": "34216", "T": "72222", "U": "55557", "V": "55552", "W": "55775", "X": "55255",
    "Y": "55222", "Z": "71247", "0": "75557", "1": "26227", "2": "61247", "3": "61216",
    "4": "55711", "5": "74616", "6": "34757", "7": "71222", "8": "75757", "9": "75716",
    "-": "00700", "/": "11244", ".": "00002", " ": "00000", "+": "02720", "#": "57575",
}  # fmt: skip
ROWS = 5


class LargeText(Static):
    """Draws a short text large, or at normal size if it is too wide or has other characters."""

    DEFAULT_CSS = "LargeText { height: auto; text-style: bold; }"

    text: reactive[str] = reactive("", layout=True)

    def __init__(self, text: str, *, id: str | None = None, classes: str | None = None) -> None:
        """Draw this text."""
        super().__init__(id=id, classes=classes, markup=False)
        self.set_reactive(LargeText.text, text)

    def on_mount(self) -> None:
        self._draw()

    def on_resize(self) -> None:
        self._draw()

    def watch_text(self) -> None:
        self._draw()

    def _draw(self) -> None:
        self.update(Content(drawn(self.text, self.size.width)))


def drawn(text: str, width: int) -> str:
    """Draw a text as large as it fits: six cells for each letter, three, or normal size."""
    letters = text.upper()
    if not letters or any(letter not in GLYPHS for letter in letters):
        return text
    for cell in (2, 1):
        if len(letters) * 4 * cell - cell <= width:
            return "\n".join(_row(letters, row, cell) for row in range(ROWS))
    return text


def _row(letters: str, row: int, cell: int) -> str:
    gap = " " * cell
    return gap.join(
        "".join(("█" if int(GLYPHS[letter][row]) & bit else " ") * cell for bit in (4, 2, 1))
        for letter in letters
    )
