"""The flow: rooms in layers, calls going down, facts going up, as a picture and as text."""

from __future__ import annotations

from contract.wire import Event
from docs.generators import traffic
from docs.generators.code import room, thing
from docs.generators.svg import Canvas, pill_width

LEFT, RIGHT, EDGE = 40, 700, 900
#: Room for the arrows between two layers, with the names of the calls beside them.
BETWEEN = 46
PAD = 16
PILL = 28


def room_about(name: str) -> str:
    """Return what a room says of itself."""
    told = str(thing(f"server.{name}.__doc__")).strip().partition("\n")[0]
    return told.partition(": ")[2] or told


def heard_by(name: str) -> list[tuple[type[Event], str]]:
    """Return the facts a room reacts to, each with what it calls that."""
    return [
        (event, verb)
        for event, entries in traffic.reactions().items()
        for who, verb, _ in entries
        if who == name
    ]


def publisher(event: type[Event]) -> str:
    """Return the room a fact comes from."""
    return room(traffic.publishers()[event][0].path)


def as_text() -> str:
    """Return the flow in lines, the highest layer first."""
    lines: list[str] = []
    for name in traffic.ROOMS:
        lines.append(f"{name:<11} {room_about(name)}")
        for (caller, callee), verbs in traffic.calls().items():
            if caller == name:
                lines.append(f"  calls     v {callee}: {', '.join(verbs)}")
        lines += [f"  publishes ^ {', '.join(e.name for e in traffic.facts_of(name))}"]
        lines += [f"  hears     < {event.name}: {verb}" for event, verb in heard_by(name)]
        lines.append("")
    return "\n".join(lines)


class Picture:
    """The drawing, laid out from the top down."""

    def __init__(self) -> None:
        """Begin an empty page."""
        self.canvas = Canvas(
            EDGE + 40, 0, title="How calls and facts pass between the rooms", about=as_text()
        )
        self.top = 222.0
        self.bottoms: dict[str, float] = {}

    def draw(self) -> str:
        """Return the drawing."""
        self._after_commit()
        self._log()
        self._first_layer()
        lane = RIGHT + 30.0
        for name in ("orders", "tickets", "shows", "auth"):
            lane = self._layer(name, lane)
        self._legend(self.bottoms["auth"] + 34)
        self.canvas.height = self.bottoms["auth"] + 62
        return self.canvas.render()

    def _after_commit(self) -> None:
        c = self.canvas
        c.box((LEFT, 24), (250, 70))
        c.text((LEFT + PAD, 48), "job runner", bold=True, size=15)
        c.paragraph((LEFT + PAD, 67), "asks Stripe or its sandbox, then decides in a transaction "
                    "of its own", within=228, size=12)  # fmt: skip
        c.box((330, 24), (EDGE - 330, 70))
        c.text((330 + PAD, 48), "feed", bold=True, size=15)
        c.paragraph((330 + PAD, 67), "every fact once, in order, from any cursor on: to the CLI, "
                    "the TUI and whoever else watches; what has an audience only to them",
                    within=540, size=12)  # fmt: skip
        c.path(f"M{LEFT} 122H{EDGE}", shade="edge", dash="2 5", arrow=False, width=2)
        c.text((EDGE, 116), "after COMMIT", shade="soft", size=11.5, anchor="end")
        c.text((EDGE, 135), "one transaction, down to here", shade="soft", size=11.5, anchor="end")
        c.path("M165 146V98", shade="soft", dash="5 4")
        c.path("M560 146V98", shade="soft", dash="5 4")

    def _log(self) -> None:
        c = self.canvas
        c.box((LEFT, 146), (250, 38), shade="soft")
        c.text((LEFT + PAD, 170), "jobs", bold=True, size=14)
        c.text((LEFT + PAD + 44, 170), "work that leaves the process", shade="soft", size=12)
        c.box((330, 146), (EDGE - 330, 38), shade="soft")
        c.text((330 + PAD, 170), "events", bold=True, size=14)
        c.text((330 + PAD + 60, 170), "the log: one row per fact, written with what it tells of",
               shade="soft", size=12)  # fmt: skip

    def _first_layer(self) -> None:
        """Payments and expiration stand side by side, over orders."""
        middle = 490
        bottom = self._room("payments", LEFT, middle, lines=2)
        self._room("expiration", middle + 20, RIGHT, lines=2, bottom=bottom)
        c, top = self.canvas, self.top
        c.polyline([(165, top), (165, 188)], shade="soft")
        c.text((173, 207), "enqueue", shade="soft", size=12, mono=True)
        c.polyline([(360, top), (360, 188)], shade="payments", width=2.4)
        for event, _ in heard_by("payments"):
            c.polyline([(430, 184), (430, top - 2)], shade=publisher(event), width=2.2, dash="6 4")
        c.polyline([(605, top), (605, 188)], shade="expiration", width=2.4)
        self._call("payments", "orders", 255)
        self._call("expiration", "orders", 605)
        self.top = bottom + BETWEEN

    def _layer(self, name: str, lane: float) -> float:
        """Draw one room over the whole width; its facts go up a lane on the right."""
        c, top = self.canvas, self.top
        bottom = self._room(name, LEFT, RIGHT, lines=1)
        middle = (top + bottom) / 2
        for event, _ in heard_by(name):
            points = [(lane, 184.0), (lane, middle - 14), (RIGHT + 3, middle - 14)]
            c.polyline(points, shade=publisher(event), width=2.2, dash="6 4")
            lane += 34
        c.polyline([(RIGHT, middle + 6), (lane, middle + 6), (lane, 188)], shade=name, width=2.4)
        for callee in traffic.ROOMS:
            self._call(name, callee, 255)
        self.top = bottom + (BETWEEN if name in ("orders", "tickets") else 18)
        return lane + 34

    def _room(self, name: str, left: float, right: float, *, lines: int,
              bottom: float | None = None) -> float:  # fmt: skip
        """Draw a room with what it publishes and hears; return where it ends."""
        c, x, y = self.canvas, left + PAD, self.top
        rows = self._rows(name, right - left - 2 * PAD)
        end = bottom or y + (44 if lines == 1 else 86) + len(rows) * PILL
        c.box((left, y), (right - left, end - y), shade=name, width=2)
        c.text((x, y + 25), name, shade=name, bold=True, size=16)
        about = room_about(name)
        if lines == 1:
            c.text((x + 92, y + 25), about[:1].upper() + about[1:], shade="soft", size=12.5)
            y += 20
        else:
            y += 28 + c.paragraph((x, y + 45), about[:1].upper() + about[1:],
                                  within=right - left - 2 * PAD)  # fmt: skip
        for pills in rows:
            self._pills(x, y + 16, pills, own=name)
            y += PILL
        self.bottoms[name] = end
        return end

    def _rows(self, name: str, within: float) -> list[list[tuple[str, str]]]:
        """Break what a room publishes into rows of names; what it hears stands by itself."""
        rows: list[list[tuple[str, str]]] = [[]]
        used = 0.0
        for event in traffic.facts_of(name):
            width = pill_width(event.name) + 8
            if used + width > within + 8:
                rows.append([])
                used = 0
            rows[-1].append((event.name, ""))
            used += width
        return rows + [[(event.name, verb)] for event, verb in heard_by(name)]

    def _pills(self, x: float, y: float, pills: list[tuple[str, str]], *, own: str) -> None:
        c = self.canvas
        for word, verb in pills:
            if verb:
                event = next(e for e in traffic.EVENTS if e.name == word)
                c.text((x, y + 15), "hears", shade="soft", size=12)
                x += 40
                x += c.pill((x, y), word, shade=publisher(event), dash="5 3")
                c.text((x + 8, y + 15), f"→ {verb}", shade="ink", size=12, mono=True)
            else:
                x += c.pill((x, y), word, shade=own) + 8

    def _call(self, caller: str, callee: str, x: float) -> None:
        """Draw the calls from one room down to another, if there are any."""
        verbs = traffic.calls().get((caller, callee))
        if verbs is None or caller not in self.bottoms:
            return
        top = self.bottoms[caller]
        self.canvas.polyline([(x, top), (x, top + BETWEEN - 3)], shade="ink", width=2)
        words = " · ".join(verbs)
        self.canvas.text((x + 12, top + BETWEEN / 2 + 4), words, size=12.5, mono=True)

    def _legend(self, y: float) -> None:
        c = self.canvas
        c.path(f"M{LEFT} {y}h34", shade="ink", width=2)
        c.text((LEFT + 44, y + 4), "a call: down, may refuse", size=12.5)
        c.path(f"M{LEFT + 220} {y}h34", shade="orders", width=2.4)
        c.text((LEFT + 264, y + 4), "a fact: up, may not be refused", size=12.5)
        c.path(f"M{LEFT + 480} {y}h34", shade="orders", width=2.2, dash="6 4")
        c.text((LEFT + 524, y + 4), "the fact is heard, before the commit", size=12.5)


def draw() -> str:
    """Return the picture."""
    return Picture().draw()
