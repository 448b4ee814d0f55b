"""Price plot: recent sale prices in order, and how the asking price compares."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from contract.money import Money, decimal

#: By which halves of a cell are filled: the upper, the lower.
DOTS = {(False, False): " ", (True, False): "▀", (False, True): "▄", (True, True): "█"}
FILLED = "▀▄█"
DASH = "┄"
#: The label at the end of the asking price's line.
HERE = " this one"
#: The maximum distance between two values, in columns.
WIDE = 6


class Drawn(NamedTuple):
    """A plot: its rows from the top, its lowest and highest value, and the row of the mark."""

    rows: tuple[str, ...]
    low: int
    high: int
    mark: int | None


def drawn(values: Sequence[int], *, width: int, height: int, mark: int | None = None) -> Drawn:
    """Draw values from left to right as dots, two for each cell of height.

    If there are more values than columns, groups are averaged. The plot is extended to contain
    `mark`, and returns its row. Equal values are drawn in the middle.
    """
    means = _grouped(values, width)
    apart = max(min((width - 1) // max(len(means) - 1, 1), WIDE), 1)
    all_ = [*means, *([] if mark is None else [mark])]
    low, high = min(all_, default=0), max(all_, default=0)
    steps = 2 * height - 1
    columns = apart * (len(means) - 1) + 1 if means else 0
    cells = [[[False, False] for _ in range(columns)] for _ in range(height)]
    for column, value in enumerate(means):
        row, half = divmod(_step(value, low, high, steps), 2)
        cells[row][column * apart][half] = True
    rows = tuple("".join(DOTS[a, b] for a, b in row) for row in cells)
    at = None if mark is None else _step(mark, low, high, steps) // 2
    return Drawn(rows, low, high, at)


def _step(value: int, low: int, high: int, steps: int) -> int:
    """Return how far below the top a value is, in half cells, in exact integer arithmetic."""
    if low == high:
        return steps // 2
    return (2 * (high - value) * steps + (high - low)) // (2 * (high - low))


def _grouped(values: Sequence[int], width: int) -> list[int]:
    if len(values) <= width:
        return list(values)
    bounds = [n * len(values) // width for n in range(width + 1)] if width > 0 else []
    return [sum(values[a:b]) // (b - a) for a, b in pairwise(bounds)]


class PricePlot(Widget):
    """The plot with a scale on the left and the asking price as a dashed line."""

    DEFAULT_CSS = """
    PricePlot { height: 6; }
    """

    sold: reactive[tuple[Money, ...]] = reactive(())
    """Oldest first, all in the currency of the asking price."""
    asked: reactive[Money | None] = reactive(None)
    """The asking price."""

    def render(self) -> Content:
        asked = self.asked
        if asked is None or not self.sold:
            return Content.styled("no sales yet" if asked else "", "$text-muted")
        height = max(self.size.height, 1)
        labels = [decimal(money, grouped=True) for money in (*self.sold, asked)]
        label_width = max(map(len, labels))
        plot = drawn(
            [money.amount for money in self.sold],
            width=max(self.size.width - label_width - 3, 1), height=height, mark=asked.amount,
        )  # fmt: skip
        lines = [self._line(plot, row, label_width, asked.currency) for row in range(height)]
        return Content("\n").join(lines)

    def _line(self, plot: Drawn, row: int, label_width: int, currency: str) -> Content:
        """Draw one row: the scale, the dots, and the dashed line of the asking price."""
        marked = row == plot.mark
        text = {0: plot.high, len(plot.rows) - 1: plot.low} if plot.low != plot.high else {}
        value = self.asked.amount if marked and self.asked else text.get(row)
        label = "" if value is None else decimal(
            Money(amount=value, currency=currency), grouped=True)  # fmt: skip
        scale = Content.styled(label.rjust(label_width), "$foreground" if marked else "$text-muted")
        edge = Content.styled(" ┼" if marked else " │", "$border")
        width = max(self.size.width - label_width - 3, 1)
        dots = plot.rows[row].ljust(width)
        if not marked:
            return Content("").join([scale, edge, Content.styled(dots, "$accent")])
        if len(dots.rstrip()) < width - len(HERE):
            dots = dots[: -len(HERE)] + HERE
        parts = [Content.styled(dot, "$accent") if dot in FILLED
                 else Content.styled(DASH if dot == " " else dot, "$warning")
                 for dot in dots.replace(HERE, HERE.replace(" ", "\u00a0"))]  # fmt: skip
        return Content("").join([scale, edge, *parts])
