"""Statecharts: states as boxes on a grid, moves as curved arrows with their names."""

from __future__ import annotations

from collections.abc import Iterable

from docs.generators.machines import MACHINES, Machine, Place
from docs.generators.svg import MONO_WIDTH, Canvas, Point

WIDTH, LEFT = 940, 44
#: Where the middle of the first column is, and how far the next column and row are.
FIRST, COLUMN, ROW = 165, 180, 122
HEIGHT = 40
SIZE = 13
TITLE = 50
Rect = tuple[float, float, float, float]


def draw() -> str:
    """Return the picture of every machine, one below the other."""
    about = "; ".join(
        f"{machine.room}: "
        + ", ".join(f"{a} to {b} by {' or '.join(v)}" for (a, b), v in machine.arrows().items())
        for machine in MACHINES
    )
    canvas = Canvas(WIDTH, 0, title="The states of tickets, orders and payments", about=about)
    top = 20.0
    for n, machine in enumerate(MACHINES):
        if n:
            canvas.path(f"M{LEFT} {top}H{WIDTH - LEFT}", shade="edge", arrow=False, width=1)
        top = _Chart(canvas, machine, top).draw() + 34
    canvas.height = top - 14
    return canvas.render()


class _Chart:
    """One machine."""

    def __init__(self, canvas: Canvas, machine: Machine, top: float) -> None:
        self.canvas, self.machine = canvas, machine
        highest = min([0.0, *(b for b in machine.bends.values() if b < -40)])  # noqa: PLR2004  room for an arc
        self.top = top + TITLE + 20 - highest * 0.45
        self.title_at = top + 30
        self.rects: dict[str, Rect] = {
            state.value: self._rect(state.value, machine.places[state.value])
            for state in machine.moves
        }
        for frame, members in machine.frames.items():
            self.rects[frame] = _around([self.rects[m] for m in members], 20)

    def draw(self) -> float:
        """Draw it and return where it ends."""
        c, machine = self.canvas, self.machine
        c.text((LEFT, self.title_at), machine.room, shade=machine.room, bold=True, size=18)
        for frame in machine.frames:
            x, y, width, height = self.rects[frame]
            c.box((x, y), (width, height), fill="page", dash="5 4", radius=14)
        begin = self.rects[machine.first]
        c.dot((begin[0] - 34, begin[1] + HEIGHT / 2), 5, shade="soft")
        c.path(f"M{begin[0] - 29} {begin[1] + HEIGHT / 2}H{begin[0] - 3}")
        drawn = machine.framed()
        for pair in drawn:
            self._arrow(*pair)
        for state in machine.moves:
            self._state(state.value, last=machine.is_last(state))
        for (before, after), verbs in drawn.items():
            self._name(before, after, " · ".join(verbs))
        deepest = max([0.0, *(b for b in machine.bends.values() if b > 40)])  # noqa: PLR2004  as above
        return max(y + height for _, y, _, height in self.rects.values()) + deepest * 0.45

    def _rect(self, name: str, place: Place) -> Rect:
        width = round(len(name) * SIZE * MONO_WIDTH + 28)
        return FIRST + place[0] * COLUMN - width / 2, self.top + place[1] * ROW, width, HEIGHT

    def _shade(self, name: str) -> str:
        if name in self.machine.good:
            return "good"
        return "bad" if name in self.machine.bad else "soft"

    def _state(self, name: str, *, last: bool) -> None:
        x, y, width, height = self.rects[name]
        shade = self._shade(name)
        self.canvas.box((x, y), (width, height), shade=shade, width=1.8)
        if last:
            self.canvas.box((x + 4, y + 4), (width - 8, height - 8), shade=shade, width=1, radius=7)
        self.canvas.text((x + width / 2, y + 25), name, mono=True, size=SIZE, anchor="middle")

    def _arrow(self, before: str, after: str) -> None:
        if before == after:
            x, y, width, _ = self.rects[before]
            middle = x + width / 2
            self.canvas.path(
                f"M{middle - 22} {y} C{middle - 34} {y - 42} {middle + 34} {y - 42} "
                f"{middle + 22} {y - 3}"
            )
            return
        start, control, end = self._curve(before, after)
        self.canvas.path(
            f"M{start[0]:.1f} {start[1]:.1f} Q{control[0]:.1f} {control[1]:.1f} "
            f"{end[0]:.1f} {end[1]:.1f}", shade=self._tint(after),
        )  # fmt: skip

    def _tint(self, after: str) -> str:
        shade = self._shade(after)
        return shade if shade == "good" else "soft"

    def _curve(self, before: str, after: str) -> tuple[Point, Point, Point]:
        """Return where an arrow begins, what it bends towards, and where it ends."""
        a, b = self.rects[before], self.rects[after]
        bend = self.machine.bends.get((before, after), 0)
        ca, cb = _centre(a), _centre(b)
        dx, dy = cb[0] - ca[0], cb[1] - ca[1]
        length = (dx * dx + dy * dy) ** 0.5 or 1
        control = (
            (ca[0] + cb[0]) / 2 - dy / length * bend * 2,
            (ca[1] + cb[1]) / 2 + dx / length * bend * 2,
        )
        return _edge(a, control, 1), control, _edge(b, control, 4)

    def _name(self, before: str, after: str, words: str) -> None:
        if before == after:
            x, y, width, _ = self.rects[before]
            self._label((x + width / 2, y - 32), words)
            return
        start, control, end = self._curve(before, after)
        way = self.machine.along.get((before, after), 0.5)
        parts = ((1 - way) ** 2, 2 * way * (1 - way), way**2)
        x, y = (
            sum(part * point[n] for part, point in zip(parts, (start, control, end), strict=True))
            for n in (0, 1)
        )
        self._label((x, y), words)

    def _label(self, middle: Point, words: str) -> None:
        """Write a move's name over its arrow, on a patch of the page."""
        width = len(words) * 12 * MONO_WIDTH + 10
        self.canvas.box((middle[0] - width / 2, middle[1] - 9), (width, 18), shade="page",
                        fill="page", radius=6, width=0)  # fmt: skip
        self.canvas.text((middle[0], middle[1] + 4), words, size=12, mono=True, anchor="middle")


def _centre(rect: Rect) -> Point:
    return rect[0] + rect[2] / 2, rect[1] + rect[3] / 2


def _edge(rect: Rect, towards: Point, gap: float) -> Point:
    """Return where the line from a box's middle leaves it, and a little beyond."""
    x, y = _centre(rect)
    dx, dy = towards[0] - x, towards[1] - y
    across = (rect[2] / 2 + gap) / abs(dx) if dx else 1e9
    along = (rect[3] / 2 + gap) / abs(dy) if dy else 1e9
    step = min(across, along)
    return x + dx * step, y + dy * step


def _around(rects: Iterable[Rect], gap: float) -> Rect:
    known = list(rects)
    left, top = min(r[0] for r in known) - gap, min(r[1] for r in known) - gap
    right = max(r[0] + r[2] for r in known) + gap
    bottom = max(r[1] + r[3] for r in known) + gap
    return left, top, right - left, bottom - top
