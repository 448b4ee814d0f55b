"""Flow diagram: the services as boxes, and the events between them as arrows that light up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from rich.segment import Segment
from textual.reactive import reactive
from textual.strip import Strip
from textual.widget import Widget

from tui.admin.flow_activity import FEED, SERVICES, STRIPE, Arrow, FlowActivity, other_services
from tui.admin.flow_layout import BOX, FEED_ROW, HEIGHT, MIN_WIDTH, Box, FlowLayout, layout
from tui.widgets.columns import fit_text

#: A lit arrow is also heavier, for users who do not see the colour.
HEAVY = str.maketrans("─│┌┐└┘┤┬", "━┃┏┓┗┛┫┳")
ASIDE = 17
Grid = list[list[tuple[str, str]]]
State = tuple[
    frozenset[Arrow], frozenset[str], tuple[tuple[str, int], ...], tuple[tuple[str, str], ...]
]


class FlowDiagram(Widget):
    """Draws a `FlowActivity`. It changes only when `refresh_content` is called with the time."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "flow--plain", "flow--dim", "flow--wire", "flow--lit", "flow--wrong", "flow--name",
    }  # fmt: skip
    DEFAULT_CSS = f"""
    FlowDiagram {{
        height: {HEIGHT}; width: 1fr;
        .flow--plain {{ color: $foreground; }}
        .flow--dim {{ color: $text-muted; }}
        .flow--wire {{ color: $border-blurred; }}
        .flow--lit {{ color: $accent; text-style: bold; }}
        .flow--wrong {{ color: $warning; text-style: bold; }}
        .flow--name {{ color: $foreground; text-style: bold; }}
    }}
    """  # one place defines the height

    state: reactive[State] = reactive((frozenset(), frozenset(), (), ()), init=False)

    def __init__(self, activity: FlowActivity, *, id: str | None = None) -> None:
        """Draw this activity."""
        super().__init__(id=id)
        self.activity = activity
        #: A few words in the second line of a box, such as the number of due jobs.
        self.notes: Mapping[str, str] = {}
        self._grid: Grid = []

    def refresh_content(self, now: float) -> None:
        """Redraw if anything lit, counted or noted has changed."""
        activity = self.activity
        self.state = (
            activity.lit(now),
            activity.failing(now),
            tuple(sorted(activity.per_minute(now).items())),
            tuple(sorted(self.notes.items())),
        )

    def redraw(self) -> None:
        """Draw everything again, after the flow was loaded."""
        self._grid = []
        self.refresh()

    def watch_state(self) -> None:
        self._grid = []

    def on_resize(self) -> None:
        self._grid = []

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._grid = []

    def render_line(self, y: int) -> Strip:
        """Draw one line; the whole diagram is redrawn when anything in it has changed."""
        width = self.size.width
        if width < MIN_WIDTH or y >= HEIGHT:
            return Strip.blank(width, self.rich_style)
        if not self._grid:
            self._grid = self._draw(layout(width, self.activity.flow))
        styles = {name: self.get_component_rich_style(name) for name in self.COMPONENT_CLASSES}
        line = self._grid[y]
        segments = [Segment(letter, styles[f"flow--{tone}"]) for letter, tone in line]
        return Strip(Segment.simplify(segments)).adjust_cell_length(width, self.rich_style)

    def _draw(self, drawn: FlowLayout) -> Grid:
        lit, failing, counts, notes = self.state
        grid: Grid = [[(" ", "plain")] * drawn.width for _ in range(HEIGHT)]
        count, note = dict(counts), dict(notes)
        _ground(grid, count.get(FEED, 0), lit=any(arrow[1] == FEED for arrow in lit))
        for name, box in drawn.boxes.items():
            text = "" if name == STRIPE else f"{count.get(name, 0):,}/min"
            _box(grid, box, tone="wrong" if name in failing else "dim")
            _title(grid, box, name, failing=name in failing)
            space = box.width - 3
            _write(grid, box.x + 1, box.y + 1, text.rjust(space), "plain")
            text = fit_text(note.get(name, ""), space, right=True)
            _write(grid, box.x + 1, box.y + 2, text, "dim")
        for x, y, words in drawn.labels:
            _write(grid, x, y, words, "dim")
        for arrow, spots in sorted(drawn.arrows.items(), key=lambda each: each[0] in lit):
            tone = "lit" if arrow in lit else "dim"
            for x, y, letter in spots:
                grid[y][x] = (letter.translate(HEAVY) if arrow in lit else letter, tone)
        others = other_services(self.activity.flow)
        _aside(grid, drawn.boxes["expiration"].right + 2, others, self.state)
        return grid


def counts_text(activity: FlowActivity, now: float) -> str:
    """Return the counts in one line, for screens too small for the diagram."""
    count = activity.per_minute(now)
    names = (*SERVICES, *other_services(activity.flow))
    text = [f"{name} {count[name]:,}" for name in names if count[name]]
    return "per minute: " + (" · ".join(text) or "nothing")


def _ground(grid: Grid, count: int, *, lit: bool) -> None:
    width = len(grid[FEED_ROW])
    tone = "lit" if lit else "dim"
    for x in range(width):
        grid[FEED_ROW][x] = ("━" if lit else "─", tone)
    text = f" feed  {count:,}/min "
    _write(grid, (width - len(text)) // 2, FEED_ROW, text, "name")


def _box(grid: Grid, box: Box, *, tone: str) -> None:
    inner = box.width - 2
    _write(grid, box.x, box.y, "┌" + "─" * inner + "┐", tone)
    for y in range(box.y + 1, box.y + BOX - 1):
        _write(grid, box.x, y, "│", tone)
        _write(grid, box.right - 1, y, "│", tone)
    _write(grid, box.x, box.y + BOX - 1, "└" + "─" * inner + "┘", tone)


def _title(grid: Grid, box: Box, name: str, *, failing: bool) -> None:
    title = "Stripe" if name == STRIPE else name
    text = f"{title}!" if failing else title
    text = f" {text} " if len(text) <= box.width - 4 else text
    _write(grid, box.x + 1, box.y, text, "wrong" if failing else "name")


def _aside(grid: Grid, x: int, names: Sequence[str], state: State) -> None:
    """List the services without a box, in two columns."""
    _, failing, counts, _ = state
    count = dict(counts)
    for position, name in enumerate(names):
        across, down = divmod(position, BOX - 1)
        mark = "wrong" if name in failing else "dim"
        text = f"{name}{' !' if name in failing else ''}".ljust(11) + f"{count.get(name, 0):,}"
        _write(grid, x + across * ASIDE, down, text, mark)


def _write(grid: Grid, x: int, y: int, text: str, tone: str) -> None:
    for position, letter in enumerate(text, start=x):
        if 0 <= position < len(grid[y]):
            grid[y][position] = (letter, tone)
