"""Room cards: a room of the flow as a card, with who calls it, what it tells, hears and leaves."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from docs.generators import traffic
from docs.generators.flow import heard_by, left_by, publisher, room_about
from docs.generators.svg import MONO_WIDTH, Canvas, pill_width

PAD, LABEL, LINE, PILL = 16, 104, 20, 27
#: The title's line, and what is left free below the last row.
HEAD, FOOT = 37, 11
SMALL = 12
LABELS = {"leaves": "leaves work"}


@dataclass(frozen=True)
class Piece:
    """A word in a row; with a shade it stands in a capsule. `note` follows it."""

    word: str
    shade: str = ""
    dash: str = ""
    note: str = ""

    @property
    def width(self) -> float:
        """How much of a row it takes, the gap behind it too."""
        word = pill_width(self.word) if self.shade else len(self.word) * SMALL * MONO_WIDTH
        note = len(self.note) * SMALL * MONO_WIDTH + 18 if self.note else 0
        return word + note + 7


@dataclass(frozen=True)
class Row:
    """What a card says of one thing. `way` is calls, tells, hears or leaves, `who` is the other."""

    way: str
    who: str
    lines: tuple[tuple[Piece, ...], ...]

    @property
    def pitch(self) -> float:
        """How far it is from one of its lines to the next."""
        return PILL if self.way in ("tells", "hears") else LINE

    @property
    def height(self) -> float:
        """How much of a card it takes."""
        return self.pitch * len(self.lines) + (0 if self.pitch == PILL else 4)


@dataclass
class Card:
    """A room in its place: `at[way, who]` is where an arrow of that row meets its edge."""

    name: str
    left: float
    right: float
    top: float
    rows: Sequence[Row] = ()
    at: dict[tuple[str, str], float] = field(default_factory=dict)
    bottom: float = 0

    def __post_init__(self) -> None:
        """Lay it out."""
        self.rows = tuple(_rows(self.name, self.right - self.left - 2 * PAD - LABEL))
        y = self.top + HEAD
        for row in self.rows:
            self.at[row.way, row.who] = y + row.pitch / 2
            y += row.height
        self.bottom = y + FOOT

    @property
    def exit(self) -> float:
        """Where its calls leave it."""
        return self.bottom - 10

    def draw(self, canvas: Canvas) -> None:
        """Draw it."""
        x, y = self.left + PAD, self.top + 26
        canvas.box((self.left, self.top), (self.right - self.left, self.bottom - self.top),
                   shade=self.name, width=2)  # fmt: skip
        canvas.text((x, y), self.name, shade=self.name, bold=True, size=16)
        about = room_about(self.name)
        beside = x + max(LABEL, len(self.name) * 16 * 0.6 + 10)
        canvas.text((beside, y), about[:1].upper() + about[1:], shade="soft", size=SMALL)
        for row in self.rows:
            self._row(canvas, row)

    def _row(self, canvas: Canvas, row: Row) -> None:
        middle = self.at[row.way, row.who]
        is_call = row.way == "calls"
        label = row.who if is_call else LABELS.get(row.way, row.way)
        canvas.text((self.left + PAD, middle + 4), label, size=SMALL,
                    shade=row.who if is_call else "soft", bold=is_call)  # fmt: skip
        for pieces in row.lines:
            x = self.left + PAD + LABEL
            for piece in pieces:
                self._piece(canvas, piece, x, middle)
                x += piece.width
            middle += row.pitch

    def _piece(self, canvas: Canvas, piece: Piece, x: float, middle: float) -> None:
        if not piece.shade:
            canvas.text((x, middle + 4), piece.word, size=SMALL, mono=True)
            return
        end = x + canvas.pill((x, middle - 11), piece.word, shade=piece.shade, dash=piece.dash)
        if piece.note:
            canvas.text((end + 8, middle + 4), piece.note, size=SMALL, mono=True)


def _rows(name: str, within: float) -> Iterable[Row]:
    """Yield what a card says: what comes from above, what goes up, what comes from below."""
    for caller in traffic.ROOMS:
        verbs = traffic.calls().get((caller, name), ())
        if verbs:
            yield Row("calls", caller, _lines(map(Piece, _dotted(verbs)), within))
    heard = _heard(name)
    above = traffic.ROOMS[: traffic.ROOMS.index(name)]
    yield from (_hears(who, heard[who], within) for who in heard if who in above)
    told = [Piece(event.name, name) for event in traffic.facts_of(name)]
    if told:
        yield Row("tells", name, _lines(told, within))
    yield from (_hears(who, heard[who], within) for who in heard if who not in above)
    kinds = left_by(name)
    if kinds:
        yield Row("leaves", name, _lines(map(Piece, _dotted(kinds)), within))


def _heard(name: str) -> dict[str, list[Piece]]:
    """Return what a room hears, by who tells it, the nearest first."""
    found: dict[str, list[Piece]] = {}
    for event, verb in heard_by(name):
        note = "" if verb == event.name.partition(".")[2] else f"→ {verb}"
        piece = Piece(event.name, publisher(event), "5 3", note)
        found.setdefault(publisher(event), []).append(piece)
    return found


def _hears(who: str, pieces: list[Piece], within: float) -> Row:
    return Row("hears", who, _lines(pieces, within))


def _dotted(words: Sequence[str]) -> list[str]:
    return [f"{word} ·" for word in words[:-1]] + [words[-1]]


def _lines(pieces: Iterable[Piece], within: float) -> tuple[tuple[Piece, ...], ...]:
    """Break a row where it grows too wide."""
    lines: list[list[Piece]] = [[]]
    used = 0.0
    for piece in pieces:
        if lines[-1] and used + piece.width > within + 7:
            lines.append([])
            used = 0
        lines[-1].append(piece)
        used += piece.width
    return tuple(map(tuple, lines))
