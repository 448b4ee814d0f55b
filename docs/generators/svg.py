"""SVG: a small canvas whose drawings read well on a light page and on a dark one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from textwrap import wrap
from typing import TypedDict, Unpack

Point = tuple[float, float]

SANS = "system-ui,-apple-system,'Segoe UI','DejaVu Sans',sans-serif"
MONO = "ui-monospace,SFMono-Regular,Menlo,'DejaVu Sans Mono',monospace"
#: How wide a letter is, for one unit of its size.
MONO_WIDTH = 0.605
SANS_WIDTH = 0.52


@dataclass(frozen=True)
class Shade:
    """A colour twice: on a light page and on a dark one."""

    light: str
    dark: str


#: Named for what they are used for. Each pair has a contrast of at least 4.5 to its own page.
SHADES: dict[str, Shade] = {
    "page": Shade("#ffffff", "#0f141b"),
    "card": Shade("#f6f8fa", "#19212c"),
    "edge": Shade("#c3cbd6", "#3a4656"),
    "ink": Shade("#1b2430", "#e8edf4"),
    "soft": Shade("#566273", "#9fadbf"),
    "ledger": Shade("#5a33c9", "#b79dff"),
    "gate": Shade("#0a6683", "#5cc8ec"),
    "cancellation": Shade("#b0146c", "#ff84b0"),
    "payments": Shade("#0b6e66", "#35d3bf"),
    "expiration": Shade("#94540a", "#f2ab55"),
    "orders": Shade("#1f4fd0", "#7fa8ff"),
    "tickets": Shade("#96189f", "#f08df2"),
    "shows": Shade("#2c6e12", "#7ddb5f"),
    "alerts": Shade("#c0281a", "#ff8178"),
    "auth": Shade("#5d5f14", "#cdd06a"),
    "jobs": Shade("#4a5563", "#b4c0d0"),
    "good": Shade("#197338", "#56d67f"),
    "bad": Shade("#b3261e", "#ff8f87"),
}


class Look(TypedDict, total=False):
    """How a box is drawn; dashed with `dash`, such as `5 4`."""

    shade: str
    fill: str
    radius: float
    width: float
    dash: str


class Stroke(TypedDict, total=False):
    """How a line is drawn: `halo` parts it from what it crosses, `radius` rounds its corners."""

    shade: str
    width: float
    dash: str
    arrow: bool
    halo: bool
    radius: float


class Letters(TypedDict, total=False):
    """How a line is written. `anchor` is start, middle or end."""

    shade: str
    size: float
    mono: bool
    bold: bool
    anchor: str


class Canvas:
    """A drawing, in units of a pixel."""

    def __init__(self, width: float, height: float, *, title: str, about: str) -> None:
        """Begin with an empty page. `title` and `about` are for who cannot see it."""
        self.width, self.height = width, height
        self._title, self._about = title, about
        self._parts: list[str] = []
        self._markers: set[str] = set()

    def box(self, at: Point, size: Point, **look: Unpack[Look]) -> None:
        """Draw a rounded rectangle from its upper left corner."""
        shade, fill = look.get("shade", "edge"), look.get("fill", "card")
        self._parts.append(
            f'<rect x="{_n(at[0])}" y="{_n(at[1])}" width="{_n(size[0])}" height="{_n(size[1])}" '
            f'rx="{_n(look.get("radius", 10))}" class="f-{fill} s-{shade}" '
            f'stroke-width="{_n(look.get("width", 1.5))}"{_dashed(look.get("dash", ""))}/>'
        )

    def text(self, at: Point, words: str, **look: Unpack[Letters]) -> None:
        """Write one line from its baseline."""
        kind = ("m" if look.get("mono") else "t") + (" b" if look.get("bold") else "")
        self._parts.append(
            f'<text x="{_n(at[0])}" y="{_n(at[1])}" font-size="{_n(look.get("size", 13))}" '
            f'text-anchor="{look.get("anchor", "start")}" '
            f'class="{kind} f-{look.get("shade", "ink")}">{escape(words)}</text>'
        )

    def paragraph(self, at: Point, words: str, *, within: float, shade: str = "soft",
                  size: float = 12.5) -> float:  # fmt: skip
        """Write a text in lines no wider than `within`; return the height it took."""
        lines = wrap(words, int(within / (size * SANS_WIDTH)))
        for n, line in enumerate(lines):
            self.text((at[0], at[1] + n * size * 1.35), line, shade=shade, size=size)
        return len(lines) * size * 1.35

    def pill(self, at: Point, words: str, *, shade: str, dash: str = "") -> float:
        """Draw a name in a capsule from its upper left corner; return its width."""
        width = pill_width(words)
        self.box(at, (width, 22), shade=shade, fill="page", radius=11, width=1.4, dash=dash)
        self.text((at[0] + width / 2, at[1] + 15), words, shade=shade, size=12, mono=True,
                  anchor="middle")  # fmt: skip
        return width

    def path(self, steps: str, **look: Unpack[Stroke]) -> None:
        """Draw a line along SVG path steps, with an arrow head at its end."""
        shade, width, head = look.get("shade", "soft"), look.get("width", 1.8), ""
        if look.get("halo"):
            self._stroke(steps, "page", width + 6)
        if look.get("arrow", True):
            self._markers.add(shade)
            head = f' marker-end="url(#a-{shade})"'
        self._stroke(steps, shade, width, f"{_dashed(look.get('dash', ''))}{head}")

    def _stroke(self, steps: str, shade: str, width: float, more: str = "") -> None:
        self._parts.append(
            f'<path d="{steps}" fill="none" class="s-{shade}" stroke-width="{_n(width)}"{more}/>'
        )

    def polyline(self, points: Sequence[Point], **look: Unpack[Stroke]) -> None:
        """Draw an arrow along points, its corners rounded."""
        radius = look.get("radius", 10)
        steps = [f"M{_at(points[0])}"]
        for before, corner, after in zip(points, points[1:], points[2:], strict=False):
            steps.append(f"L{_at(_towards(corner, before, radius))}")
            steps.append(f"Q{_at(corner)} {_at(_towards(corner, after, radius))}")
        steps.append(f"L{_at(points[-1])}")
        self.path(" ".join(steps), **look)

    def dot(self, at: Point, radius: float, *, shade: str = "ink") -> None:
        """Draw a filled circle."""
        self._parts.append(
            f'<circle cx="{_n(at[0])}" cy="{_n(at[1])}" r="{_n(radius)}" class="f-{shade}"/>'
        )

    def render(self) -> str:
        """Return the file."""
        width, height = _n(self.width), _n(self.height)
        head = (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
            f'width="{width}" height="{height}" role="img" aria-labelledby="title about">'
        )
        backdrop = (
            f'<rect x=".75" y=".75" width="{_n(self.width - 1.5)}" '
            f'height="{_n(self.height - 1.5)}" rx="14" class="f-page s-edge"/>'
        )
        title = f'<title id="title">{escape(self._title)}</title>'
        about = f'<desc id="about">{escape(self._about)}</desc>'
        markers = "".join(map(_marker, sorted(self._markers)))
        style = f"<style>{_style()}</style>"
        defs = f"<defs>{markers}</defs>"
        return "\n".join([head, title, about, style, defs, backdrop, *self._parts, "</svg>\n"])


def pill_width(words: str) -> float:
    """Return how wide a name's capsule is."""
    return round(len(words) * 12 * MONO_WIDTH + 17)


def row(widths: Iterable[float], *, gap: float) -> list[float]:
    """Return where each of some things in a row begins."""
    places, x = [], 0.0
    for width in widths:
        places.append(x)
        x += width + gap
    return places


def _dashed(dash: str) -> str:
    return f' stroke-dasharray="{dash}"' if dash else ""


def _style() -> str:
    text = f".t{{font-family:{SANS}}}.m{{font-family:{MONO}}}.b{{font-weight:650}}"
    light = "".join(_rules(name, shade.light) for name, shade in SHADES.items())
    dark = "".join(_rules(name, shade.dark) for name, shade in SHADES.items())
    return f"{text}{light}@media(prefers-color-scheme:dark){{{dark}}}"


def _rules(name: str, color: str) -> str:
    return f".f-{name}{{fill:{color}}}.s-{name}{{stroke:{color}}}"


def _marker(shade: str) -> str:
    return (
        f'<marker id="a-{shade}" viewBox="0 0 10 10" refX="8.6" refY="5" markerWidth="9" '
        f'markerHeight="9" markerUnits="userSpaceOnUse" orient="auto">'
        f'<path d="M0 .6 9.2 5 0 9.4z" class="f-{shade}"/></marker>'
    )


def _towards(start: Point, end: Point, most: float) -> Point:
    dx, dy = end[0] - start[0], end[1] - start[1]
    length = max((dx * dx + dy * dy) ** 0.5, 0.001)
    step = min(most, length / 2) / length
    return start[0] + dx * step, start[1] + dy * step


def _at(point: Point) -> str:
    return f"{_n(point[0])} {_n(point[1])}"


def _n(number: float) -> str:
    return f"{number:.1f}".removesuffix(".0")
