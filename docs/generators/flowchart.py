"""The flow as a picture: calls go down the lanes on the left, events go up those on the right."""

from __future__ import annotations

from docs.generators import flow, traffic
from docs.generators.flow import publisher
from docs.generators.roomcard import Card
from docs.generators.svg import Canvas

WIDTH, EDGE, PAD = 1000, 24, 16
#: How far it is from one lane to the next, and from a card to the nearest.
CALL, FACT, FIRST = 16, 22, 18
#: Where the tables' lower edge is, and the first card's upper one.
LOG, TOP = 198, 236
GAP = 14
#: How wide the job runner and its table are, left of the feed and the log.
SPLIT = 350
#: The lanes of events from the cards outwards: the order in which the fewest lines cross.
LANES = (
    "ledger", "payments", "alerts", "expiration", "orders", "tickets", "shows", "jobs", "auth",
)  # fmt: skip
DOTTED, DASHED = "2 4", "6 4"


class Picture:
    """The drawing, laid out from the top down."""

    def __init__(self) -> None:
        """Lay every card out, and give everything that is told a lane."""
        self.canvas = Canvas(
            WIDTH, 0, title="How calls and events pass between the rooms", about=flow.as_text()
        )
        told = [name for name in (*traffic.ROOMS, traffic.RUNNER) if traffic.facts_of(name)]
        lanes = sorted(told, key=lambda n: LANES.index(n) if n in LANES else len(LANES))
        callers = [n for n in traffic.ROOMS if any(a == n for a, _ in traffic.calls())]
        self.left = EDGE + 2 * FIRST + CALL * (len(_columns(callers)) + 1)
        self.right = WIDTH - EDGE - FIRST - FACT * (len(lanes) - 1) - 6
        self.lane: dict[str, float] = {
            name: self.right + FIRST + n * FACT for n, name in enumerate(lanes)
        }
        self.calls = {
            name: self.left - FIRST - n * CALL
            for n, names in enumerate(_columns(callers))
            for name in names
        }
        self.cards: dict[str, Card] = {}
        top: float = TOP
        for name in traffic.ROOMS:
            self.cards[name] = Card(name, self.left, self.right, top)
            top = self.cards[name].bottom + GAP

    def draw(self) -> str:
        """Return the drawing."""
        for name in self.lane:
            self._tell(name)
        self._hear()
        self._leave()
        for name in self.calls:
            self._call(name)
        for name in self.calls:
            self._branch(name)
        self._after_commit()
        self._tables()
        for card in self.cards.values():
            card.draw(self.canvas)
        end = max(card.bottom for card in self.cards.values())
        self._legend(end + 30)
        self.canvas.height = end + 52
        return self.canvas.render()

    def _tell(self, name: str) -> None:
        """Draw the events of a room up its lane."""
        if name in self.cards:
            start = self.cards[name].at["tells", name]
            points = [(self.right, start), (self.lane[name], start), (self.lane[name], LOG + 4.0)]
            self.canvas.polyline(points, shade=name, width=2.2, halo=True)

    def _hear(self) -> None:
        """Draw from each lane to who hears of it: across, or down from where it begins."""
        dots: list[tuple[float, float, str]] = []
        for card in self.cards.values():
            for who in dict.fromkeys(publisher(event) for event, _ in flow.heard_by(card.name)):
                x, y = self.lane[who], card.at["hears", who]
                start = self.cards[who].at["tells", who] if who in self.cards else LOG + 9.0
                points = [(x, y), (self.right + 4, y)]
                if start < y:
                    points.insert(0, (x, start))
                self.canvas.polyline(points, shade=who, dash=DASHED, halo=True)
                dots.append((x, points[0][1], who))
        for x, y, who in dots:
            self.canvas.dot((x, y), 4, shade=who)

    def _call(self, name: str) -> None:
        """Draw the calls of a room down its lane."""
        x, card = self.calls[name], self.cards[name]
        ends = [self.cards[b].at["calls", name] for a, b in traffic.calls() if a == name]
        far = max(ends)
        points = [(self.left, card.exit), (x, card.exit), (x, far), (self.left - 4, far)]
        self.canvas.polyline(points, shade=name, radius=7, halo=True)

    def _branch(self, name: str) -> None:
        """Draw from a lane of calls to each room on its way."""
        x = self.calls[name]
        ends = [self.cards[b].at["calls", name] for a, b in traffic.calls() if a == name]
        for y in sorted(ends)[:-1]:
            self.canvas.polyline([(x + 1, y), (self.left - 4, y)], shade=name, halo=True)

    def _leave(self) -> None:
        """Draw the work that rooms leave, up to its table."""
        x = EDGE + FIRST
        for name, card in self.cards.items():
            if flow.left_by(name):
                y = card.at["leaves", name]
                points = [(self.left, y), (x, y), (x, LOG + 4.0)]
                self.canvas.polyline(points, shade="jobs", dash=DOTTED, radius=7, halo=True)

    def _after_commit(self) -> None:
        c, right = self.canvas, WIDTH - EDGE
        c.box((EDGE, 24), (SPLIT, 88), shade="jobs")
        c.text((EDGE + PAD, 49), "job runner", shade="jobs", bold=True, size=16)
        c.paragraph((EDGE + PAD + 104, 47), "asks Stripe or its sandbox, then decides in a "
                    "transaction of its own", within=240, size=12)  # fmt: skip
        x: float = EDGE + PAD + 104
        c.text((EDGE + PAD, 92), "tells", shade="soft", size=12)
        for event in traffic.facts_of(traffic.RUNNER):
            x += c.pill((x, 77), event.name, shade="jobs") + 8
        down = EDGE + SPLIT + 28
        c.polyline([(x - 8, 88), (down, 88), (down, 156)], shade="jobs", width=2.2)
        c.box((down + 20, 24), (right - down - 20, 88))
        c.text((down + 20 + PAD, 49), "feed", bold=True, size=16)
        c.paragraph((down + 20 + PAD, 70), "every event once, in order, from any cursor on: to the "
                    "CLI, the TUI and whoever else watches; what has an audience only to them",
                    within=500, size=12)  # fmt: skip
        c.path(f"M{EDGE} 136H{right}", shade="edge", dash="2 5", arrow=False, width=2)
        c.text((right, 130), "after COMMIT", shade="soft", size=11.5, anchor="end")
        c.text((right, 149), "one transaction, down to here", shade="soft", size=11.5,
               anchor="end")  # fmt: skip
        c.path("M200 160V116", shade="jobs", dash=DOTTED, halo=True)
        c.path("M640 160V116", shade="soft", dash=DASHED, halo=True)
        c.polyline([(down, 128), (down, 156)], shade="jobs", width=2.2, halo=True)

    def _tables(self) -> None:
        c, top, height = self.canvas, 160, LOG - 160
        c.box((EDGE, top), (SPLIT, height), shade="jobs")
        c.text((EDGE + PAD, top + 24), "jobs", bold=True, size=14)
        c.text((EDGE + PAD + 104, top + 24), "work that leaves the process", shade="soft", size=12)
        x = EDGE + SPLIT + 16
        c.box((x, top), (WIDTH - EDGE - x, height), shade="soft")
        x += 32 + PAD
        c.text((x, top + 24), "events", bold=True, size=14)
        c.text((x + 64, top + 24), "the log: one row per event, written with what it tells of",
               shade="soft", size=12)  # fmt: skip

    def _legend(self, y: float) -> None:
        c, x = self.canvas, float(EDGE)
        for words, shade, dash in (
            ("a call: down, may refuse", "orders", ""),
            ("an event: up, may not be refused", "payments", ""),
            ("it is heard, before the commit", "payments", DASHED),
            ("work for afterwards", "jobs", DOTTED),
        ):
            c.path(f"M{x} {y}h30", shade=shade, width=2, dash=dash)
            c.text((x + 38, y + 4), words, size=12)
            x += 38 + len(words) * 6.3 + 26


def _columns(callers: list[str]) -> list[list[str]]:
    """Put callers whose lanes do not meet into one column, those that reach furthest outermost."""
    order = traffic.ROOMS.index
    reach = {a: max(order(b) for c, b in traffic.calls() if c == a) for a in callers}
    columns: list[list[str]] = []
    for name in sorted(callers, key=lambda n: (reach[n] - order(n), order(n))):
        for column in columns:
            if all(reach[n] <= order(name) or reach[name] <= order(n) for n in column):
                column.append(name)
                break
        else:
            columns.append([name])
    return columns


def draw() -> str:
    """Return the picture."""
    return Picture().draw()
