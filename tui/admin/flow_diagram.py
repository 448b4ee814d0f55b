"""Flow: the services as boxes, and what passes between them as arrows that light up."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from rich.segment import Segment
from textual.reactive import reactive
from textual.strip import Strip
from textual.widget import Widget

from tui.admin.flow_activity import FEED, OTHERS, SERVICES, STRIPE, Rooms, Wire
from tui.admin.flow_layout import BOX, GROUND, HEIGHT, NARROWEST, Box, Plan, plan
from tui.widgets.columns import fitted

#: A lit arrow is heavier too: colour alone tells nobody who cannot see it.
HEAVY = str.maketrans("─│┌┐└┘┤┬", "━┃┏┓┗┛┫┳")
ASIDE = 17
Grid = list[list[tuple[str, str]]]
State = tuple[
    frozenset[Wire], frozenset[str], tuple[tuple[str, int], ...], tuple[tuple[str, str], ...]
]


class Flow(Widget):
    """Draws what `rooms` knows. `catch_up` is told the time; nothing moves by itself."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "flow--plain", "flow--dim", "flow--wire", "flow--lit", "flow--wrong", "flow--name",
    }  # fmt: skip
    DEFAULT_CSS = f"""
    Flow {{
        height: {HEIGHT}; width: 1fr;
        .flow--plain {{ color: $foreground; }}
        .flow--dim {{ color: $text-muted; }}
        .flow--wire {{ color: $border-blurred; }}
        .flow--lit {{ color: $accent; text-style: bold; }}
        .flow--wrong {{ color: $warning; text-style: bold; }}
        .flow--name {{ color: $foreground; text-style: bold; }}
    }}
    """  # one place says how high it is

    state: reactive[State] = reactive((frozenset(), frozenset(), (), ()), init=False)

    def __init__(self, rooms: Rooms, *, id: str | None = None) -> None:
        """Draw these rooms."""
        super().__init__(id=id)
        self.rooms = rooms
        #: A few words in the second line of a box, such as how much work is due.
        self.notes: Mapping[str, str] = {}
        self._grid: Grid = []

    def catch_up(self, now: float) -> None:
        """Draw again if anything is lit, counted or said now that was not before."""
        rooms = self.rooms
        self.state = (
            rooms.lit(now), rooms.wrong(now), tuple(sorted(rooms.per_minute(now).items())),
            tuple(sorted(self.notes.items())),
        )  # fmt: skip

    def watch_state(self) -> None:
        self._grid = []

    def on_resize(self) -> None:
        self._grid = []

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._grid = []

    def render_line(self, y: int) -> Strip:
        """Draw one line; the whole picture is made when anything in it has changed."""
        width = self.size.width
        if width < NARROWEST or y >= HEIGHT:
            return Strip.blank(width, self.rich_style)
        if not self._grid:
            self._grid = self._draw(plan(width))
        styles = {name: self.get_component_rich_style(name) for name in self.COMPONENT_CLASSES}
        line = self._grid[y]
        segments = [Segment(letter, styles[f"flow--{tone}"]) for letter, tone in line]
        return Strip(Segment.simplify(segments)).adjust_cell_length(width, self.rich_style)

    def _draw(self, drawn: Plan) -> Grid:
        lit, wrong, counts, notes = self.state
        grid: Grid = [[(" ", "plain")] * drawn.width for _ in range(HEIGHT)]
        count, note = dict(counts), dict(notes)
        _ground(grid, count.get(FEED, 0), lit=any(wire[1] == FEED for wire in lit))
        for name, box in drawn.boxes.items():
            said = "" if name == STRIPE else f"{count.get(name, 0):,}/min"
            _box(grid, box, tone="wrong" if name in wrong else "dim")
            _title(grid, box, name, wrong=name in wrong)
            room = box.width - 3
            _write(grid, box.x + 1, box.y + 1, said.rjust(room), "plain")
            told = fitted(note.get(name, ""), room, right=True)
            _write(grid, box.x + 1, box.y + 2, told, "dim")
        for x, y, words in drawn.words:
            _write(grid, x, y, words, "dim")
        for wire, spots in sorted(drawn.wires.items(), key=lambda each: each[0] in lit):
            tone = "lit" if wire in lit else "dim"
            for x, y, letter in spots:
                grid[y][x] = (letter.translate(HEAVY) if wire in lit else letter, tone)
        _aside(grid, drawn.boxes["expiration"].right + 2, count, wrong)
        return grid


def counts_in_words(rooms: Rooms, now: float) -> str:
    """Say in a line what the picture shows, for where there is no room for it."""
    count = rooms.per_minute(now)
    said = [f"{name} {count[name]:,}" for name in (*SERVICES, *OTHERS) if count[name]]
    return "per minute: " + (" · ".join(said) or "nothing")


def _ground(grid: Grid, count: int, *, lit: bool) -> None:
    width = len(grid[GROUND])
    tone = "lit" if lit else "dim"
    for x in range(width):
        grid[GROUND][x] = ("━" if lit else "─", tone)
    said = f" feed  {count:,}/min "
    _write(grid, (width - len(said)) // 2, GROUND, said, "name")


def _box(grid: Grid, box: Box, *, tone: str) -> None:
    inner = box.width - 2
    _write(grid, box.x, box.y, "┌" + "─" * inner + "┐", tone)
    for y in range(box.y + 1, box.y + BOX - 1):
        _write(grid, box.x, y, "│", tone)
        _write(grid, box.right - 1, y, "│", tone)
    _write(grid, box.x, box.y + BOX - 1, "└" + "─" * inner + "┘", tone)


def _title(grid: Grid, box: Box, name: str, *, wrong: bool) -> None:
    title = "Stripe" if name == STRIPE else name
    said = f"{title}!" if wrong else title
    said = f" {said} " if len(said) <= box.width - 4 else said
    _write(grid, box.x + 1, box.y, said, "wrong" if wrong else "name")


def _aside(grid: Grid, x: int, count: Mapping[str, int], wrong: frozenset[str]) -> None:
    """List the rooms that have no box, in two columns."""
    for place, name in enumerate(OTHERS):
        across, down = divmod(place, BOX - 1)
        mark = "wrong" if name in wrong else "dim"
        said = f"{name}{' !' if name in wrong else ''}".ljust(11) + f"{count.get(name, 0):,}"
        _write(grid, x + across * ASIDE, down, said, mark)


def _write(grid: Grid, x: int, y: int, said: str, tone: str) -> None:
    for place, letter in enumerate(said, start=x):
        if 0 <= place < len(grid[y]):
            grid[y][place] = (letter, tone)
