"""Charts: the seats of a show as bars, and how many were sold over time as a plot."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from client.show_totals import HOUR, sold_by
from contract.show_overview import SalesHour, SeatCounts, SectionSeats
from tui.widgets.columns import fit_text

#: How sold, locked and free seats are drawn. Each bar has the numbers beside it in words.
SOLD, LOCKED, LEFT = ("█", "$accent"), ("▒", "$warning"), ("░", "$border")
LONGEST_NAME = 16
WIDEST_BAR = 40
BLOCKS = " ▁▂▃▄▅▆▇█"


def cells(seats: SeatCounts, width: int) -> tuple[int, int, int]:
    """Share out the cells of a bar; what there is at all has one cell at least."""
    if not seats.total:
        return 0, 0, width
    sold, locked = (
        min(max(round(width * part / seats.total), int(part > 0)), width - int(part < seats.total))
        for part in (seats.sold, seats.locked)
    )
    sold = min(sold, width - locked - int(seats.left > 0))
    return sold, locked, width - sold - locked


class SeatBars(Widget):
    """One bar for each section, with its numbers."""

    DEFAULT_CSS = """
    SeatBars { height: auto; }
    """

    sections: reactive[tuple[SectionSeats, ...]] = reactive((), layout=True)

    def render(self) -> Content:
        return self._content(self.size.width)

    def get_content_height(self, container: object, viewport: object, width: int) -> int:
        return max(len(self.sections), 1)

    def _content(self, width: int) -> Content:
        if not self.sections:
            return Content.styled("no tickets yet: ticketing issue makes them", "$text-muted")
        names = [each.section or "no section" for each in self.sections]
        side = min(max(map(len, names)), LONGEST_NAME)
        counts = _aligned([each.seats for each in self.sections])
        bar = max(min(width - side - len(counts[0]) - 4, WIDEST_BAR), 5)
        lines = []
        for name, each, words in zip(names, self.sections, counts, strict=True):
            parts = zip(cells(each.seats, bar), (SOLD, LOCKED, LEFT), strict=True)
            lines.append(
                Content("").join([
                    Content.styled(fit_text(name, side) + "  ", "bold"),
                    *(Content.styled(mark * count, style) for count, (mark, style) in parts),
                    Content.styled("  " + words, "$foreground"),
                ])
            )  # fmt: skip
        return Content("\n").join(lines)


def _aligned(counts: Sequence[SeatCounts]) -> list[str]:
    """Return the counts in words, below each other."""
    rows = [(f"{each.sold:,}", f"{each.locked:,}", f"{each.left:,}") for each in counts]
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    return [
        "  ".join(
            f"{number.rjust(width)} {word}"
            for number, width, word in zip(row, widths, ("sold", "locked", "left"), strict=True)
        )
        for row in rows
    ]


class SalesPlot(Widget):
    """How many tickets were sold by when, from the first sale to a moment."""

    DEFAULT_CSS = """
    SalesPlot { height: 7; }
    """

    sales: reactive[tuple[SalesHour, ...]] = reactive(())
    until: reactive[datetime | None] = reactive(None)

    def render(self) -> Content:
        if not self.sales or self.until is None:
            return Content.styled("nothing sold yet", "$text-muted")
        first, last = self.sales[0].at, max(self.until, self.sales[-1].at + HOUR)
        total = sum(hour.tickets for hour in self.sales)
        label = f"{total:,}"
        width = max(self.size.width - len(label) - 2, 1)
        height = max(self.size.height - 1, 1)
        ends = [first + (last - first) * (column + 1) / width for column in range(width)]
        rows = area(sold_by(self.sales, ends), height=height)
        lines = []
        for number, row in enumerate(rows):
            text = label if number == 0 else "0" if number == height - 1 else ""
            lines.append(
                Content.assemble(
                    (text.rjust(len(label)), "$text-muted"), (" │", "$border"), (row, "$accent")
                )
            )
        axis = _axis(first, last, width)
        lines.append(Content.styled(" " * (len(label) + 2) + axis, "$text-muted"))
        return Content("\n").join(lines)


def area(values: Sequence[int], *, height: int) -> list[str]:
    """Draw one column for each value, filled from the bottom; any value above zero is seen."""
    most = max(max(values, default=0), 1)
    eighths = [max(value * height * 8 // most, int(value > 0)) for value in values]
    return [
        "".join(BLOCKS[min(max(each - 8 * below, 0), 8)] for each in eighths)
        for below in range(height - 1, -1, -1)
    ]


def _axis(first: datetime, last: datetime, width: int) -> str:
    """Return the moments at both ends, in the reader's own time zone."""
    ends = [f"{at.day} {at:%b %H:%M}" for at in (first.astimezone(), last.astimezone())]
    gap = width - sum(map(len, ends))
    return ends[0] + " " * gap + ends[1] if gap > 0 else ends[0][:width]
