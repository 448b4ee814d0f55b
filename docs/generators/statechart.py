"""Statecharts: states as boxes on a grid, moves as arrows with their names."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise

from docs.generators.machines import MACHINES, Machine, Place, Port
from docs.generators.svg import MONO_WIDTH, Canvas, Point

WIDTH, LEFT = 1000, 44
#: Where the middle of the first column is, and how far the next column and row are.
FIRST, COLUMN, ROW = 140, 180, 122
HEIGHT, NARROWEST = 40, 76
SIZE = 13
#: What is left free around the states of a frame, and below a machine's name.
AROUND, TITLE = 15, 56
Rect = tuple[float, float, float, float]
OUT = {"n": (0, -1), "e": (1, 0), "s": (0, 1), "w": (-1, 0)}


def draw() -> str:
    """Return the picture of every machine, one below the other."""
    about = "; ".join(
        f"{machine.name}: "
        + ", ".join(f"{a} to {b} by {' or '.join(v)}" for (a, b), v in machine.arrows().items())
        for machine in MACHINES
    )
    title = "The states of tickets, orders, payments, refunds and card setups"
    canvas = Canvas(WIDTH, 0, title=title, about=about)
    top = 14.0
    for n, machine in enumerate(MACHINES):
        if n:
            canvas.path(f"M{LEFT} {top}H{WIDTH - LEFT}", shade="edge", arrow=False, width=1)
        shade = machine.shade or machine.name
        canvas.text((LEFT, top + 34), machine.name, shade=shade, bold=True, size=18)
        highest, _ = _Chart(canvas, machine, 0).extent()
        chart = _Chart(canvas, machine, top + TITLE - highest)
        chart.draw()
        top = chart.extent()[1] + 28
    canvas.height = top
    return canvas.render()


class _Chart:
    """One machine; its first row is at `top`."""

    def __init__(self, canvas: Canvas, machine: Machine, top: float) -> None:
        self.canvas, self.machine, self.top = canvas, machine, top
        self.rects: dict[str, Rect] = {
            state.value: self._rect(state.value, machine.places[state.value])
            for state in machine.moves
        }
        self.drawn = machine.framed()
        for frame, members in reversed(machine.frames.items()):
            inner = [f for f, held in machine.frames.items() if set(held) < set(members)]
            self.rects[frame] = _around([self.rects[name] for name in (*members, *inner)])

    def extent(self) -> tuple[float, float]:
        """Return how high up and how far down it reaches."""
        curves = (_at(self._curve(*pair), way / 10) for pair in self.drawn for way in range(11))
        heights = [y for _, y in curves]
        heights += [y for _, top, _, height in self.rects.values() for y in (top, top + height)]
        return min(heights), max(heights)

    def draw(self) -> None:
        """Draw it."""
        c, machine = self.canvas, self.machine
        for frame in machine.frames:
            x, y, width, height = self.rects[frame]
            c.box((x, y), (width, height), fill="page", dash="5 4", radius=14)
        x, y, _, _ = self.rects[machine.first]
        start = min(self.rects[name][0] for name in (machine.first, *machine.frames)) - 26
        c.dot((start, y + HEIGHT / 2), 5, shade="soft")
        c.path(f"M{start + 5} {y + HEIGHT / 2}H{x - 3}")
        for pair in self.drawn:
            self._arrow(*pair)
        for state in machine.moves:
            self._state(state.value, last=machine.is_last(state))
        if machine.named:
            for (before, after), verbs in self.drawn.items():
                self._name(before, after, " · ".join(verbs))

    def _rect(self, name: str, place: Place) -> Rect:
        width = max(round(len(name) * SIZE * MONO_WIDTH + 28), NARROWEST)
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
        start, *rest = self._curve(before, after)
        steps = " ".join(f"{x:.1f} {y:.1f}" for x, y in rest)
        shade = self._shade(after)
        self.canvas.path(
            f"M{start[0]:.1f} {start[1]:.1f} C{steps}", halo=True,
            shade=shade if shade == "good" else "soft",
        )  # fmt: skip

    def _curve(self, before: str, after: str) -> Sequence[Point]:
        """Return where an arrow begins, the two points it bends towards, and where it ends."""
        a, b = self.rects[before], self.rects[after]
        route = self.machine.routes.get((before, after))
        if before == after:
            middle = a[0] + a[2] / 2
            return ((middle - 22, a[1]), (middle - 34, a[1] - 42), (middle + 34, a[1] - 42),
                    (middle + 22, a[1] - 3))  # fmt: skip
        if route is None:
            start, end = _edge(a, _centre(b), 1), _edge(b, _centre(a), 4)
            return start, start, end, end
        start, end = _port(a, route.leaves, _centre(b)), _port(b, route.enters, _centre(a))
        if route.leaves[1] is None:
            start = _port(a, route.leaves, end)
        if route.enters[1] is None:
            end = _port(b, route.enters, start)
        end = _along(end, route.enters[0], 4)
        return (start, _pulled(start, route.leaves[0], end, route.pull),
                _pulled(end, route.enters[0], start, route.pull), end)  # fmt: skip

    def _name(self, before: str, after: str, words: str) -> None:
        """Write a move's name over its arrow, on a patch of the page."""
        route = self.machine.routes.get((before, after))
        x, y = _at(self._curve(before, after), route.along if route else 0.5)
        width = len(words) * 12 * MONO_WIDTH + 10
        self.canvas.box((x - width / 2, y - 9), (width, 18), shade="page", fill="page", radius=6,
                        width=0)  # fmt: skip
        self.canvas.text((x, y + 4), words, size=12, mono=True, anchor="middle")


def _at(curve: Sequence[Point], way: float) -> Point:
    """Return the point of a curve that is `way` of the way along it."""
    points = list(curve)
    while len(points) > 1:
        pairs = pairwise(points)
        points = [(a[0] + (b[0] - a[0]) * way, a[1] + (b[1] - a[1]) * way) for a, b in pairs]
    return points[0]


def _port(rect: Rect, port: Port, other: Point) -> Point:
    """Return where a port is on the edge of a box."""
    x, y, width, height = rect
    side, part = port
    if side in "ns":
        across = other[0] if part is None else x + width * part
        return across, y if side == "n" else y + height
    down = other[1] if part is None else y + height * part
    return x if side == "w" else x + width, down


def _pulled(point: Point, side: str, other: Point, pull: float | None) -> Point:
    """Return what an arrow bends towards from a port, half of the way to its other end."""
    reach = abs(other[0] - point[0]) if side in "ew" else abs(other[1] - point[1])
    return _along(point, side, reach * 0.6 if pull is None else pull)


def _along(point: Point, side: str, step: float) -> Point:
    return point[0] + OUT[side][0] * step, point[1] + OUT[side][1] * step


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


def _around(rects: Iterable[Rect]) -> Rect:
    known = list(rects)
    left, top = min(r[0] for r in known) - AROUND, min(r[1] for r in known) - AROUND
    right = max(r[0] + r[2] for r in known) + AROUND
    bottom = max(r[1] + r[3] for r in known) + AROUND
    return left, top, right - left, bottom - top
