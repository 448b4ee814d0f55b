"""Flow layout: the positions of the boxes and arrows, for the available width."""

from __future__ import annotations

from dataclasses import dataclass

from contract.flow import Flow
from tui.admin.flow_activity import FEED, STRIPE, Arrow, arrows

#: The width of each box, and the minimum and maximum width of the diagram.
SIZES = {"auth": 10, "tickets": 11, "orders": 11, "payments": 12, STRIPE: 9}
EXPIRATION_BOX = "expiration", 14
MIN_WIDTH, MAX_WIDTH = 78, 118
HEIGHT = 11
#: Rows: the box of expiration, the other boxes, and the feed.
UPPER_ROW, LOWER_ROW, FEED_ROW = 0, 5, 10
BOX = 4


@dataclass(frozen=True)
class Box:
    """A box by its upper left corner; all have the same height."""

    x: int
    y: int
    width: int

    @property
    def right(self) -> int:
        """The first column after it."""
        return self.x + self.width

    @property
    def middle(self) -> int:
        """The column of its vertical arrows."""
        return self.x + self.width // 2


Spot = tuple[int, int, str]


@dataclass(frozen=True)
class FlowLayout:
    """The diagram at one width: boxes, arrows as characters, and labels beside the arrows."""

    width: int
    boxes: dict[str, Box]
    arrows: dict[Arrow, tuple[Spot, ...]]
    labels: tuple[tuple[int, int, str], ...]


def layout(width: int, flow: Flow) -> FlowLayout:
    """Compute the layout for at least MIN_WIDTH columns."""
    width = min(width, MAX_WIDTH)
    free = width - sum(SIZES.values())
    short = 3 + (free - 25) // 6
    long = (free - 2 * short) // 2
    x, boxes = 0, {}
    for (name, size), gap in zip(SIZES.items(), (short, long, long, short, 0), strict=True):
        boxes[name] = Box(x, LOWER_ROW, size)
        x += size + gap
    name, size = EXPIRATION_BOX
    boxes[name] = Box(boxes["orders"].middle - size // 2, UPPER_ROW, size)
    known = arrows(flow)
    drawn = {arrow: spots for arrow, spots in _arrows(boxes).items() if arrow in known}
    return FlowLayout(width, boxes, drawn, _labels(boxes, flow))


def _arrows(boxes: dict[str, Box]) -> dict[Arrow, tuple[Spot, ...]]:
    tickets, orders, payments = boxes["tickets"], boxes["orders"], boxes["payments"]
    expiration, first, second = boxes["expiration"], LOWER_ROW + 1, LOWER_ROW + 2
    drawn: dict[Arrow, tuple[Spot, ...]] = {
        (name, FEED): _down(boxes[name], FEED_ROW - 1) for name in SIZES if name != STRIPE
    }
    drawn["orders", "tickets"] = _left(tickets.right, orders.x, first)
    drawn["payments", "orders"] = _left(orders.right, payments.x, first)
    drawn["orders", "payments"] = _right(orders.right, payments.x, second)
    drawn["payments", STRIPE] = (
        *_left(payments.right, boxes[STRIPE].x, first)[:-1], (boxes[STRIPE].x - 1, first, "►")
    )  # fmt: skip
    drawn["expiration", "orders"] = _down(expiration, LOWER_ROW - 1)
    drawn["expiration", FEED] = _around(expiration, (boxes["auth"].right + tickets.x) // 2)
    return drawn


def _left(start: int, end: int, y: int) -> tuple[Spot, ...]:
    return ((start, y, "◄"), *((x, y, "─") for x in range(start + 1, end)))


def _right(start: int, end: int, y: int) -> tuple[Spot, ...]:
    return (*((x, y, "─") for x in range(start, end - 1)), (end - 1, y, "►"))


def _down(box: Box, y: int) -> tuple[Spot, ...]:
    return ((box.middle, box.y + BOX - 1, "┬"), (box.middle, y, "▼"))


def _around(box: Box, x: int) -> tuple[Spot, ...]:
    """Return the arrow from a box to the left, and down past the others to the feed."""
    y = box.y + 2
    across = ((at, y, "─") for at in range(x + 1, box.x))
    down = ((x, at, "│") for at in range(y + 1, FEED_ROW - 1))
    return (box.x, y, "┤"), *across, (x, y, "┌"), *down, (x, FEED_ROW - 1, "▼")


def _labels(boxes: dict[str, Box], flow: Flow) -> tuple[tuple[int, int, str], ...]:
    """Return the names of calls and events along the longer arrows, as many as fit."""
    tickets, orders, payments = boxes["tickets"], boxes["orders"], boxes["payments"]
    calls = {(call.caller, call.callee): call.functions for call in flow.calls}
    events = tuple(event.name.rpartition(".")[2] for event in flow.events
                   if event.publisher == "orders" and "payments" in event.subscribers)  # fmt: skip
    labels = (
        (tickets.right, orders.x, LOWER_ROW, calls.get(("orders", "tickets"), ())),
        (orders.right, payments.x, LOWER_ROW, calls.get(("payments", "orders"), ())),
        (orders.right, payments.x, LOWER_ROW + BOX - 1, events),
    )
    return tuple(
        (start + 1, y, _fitting(names, end - start - 2)) for start, end, y, names in labels
    )  # fmt: skip


def _fitting(names: tuple[str, ...], width: int) -> str:
    """Return as many names as fit."""
    text = ""
    for name in names:
        longer = f"{text} {name}".strip()
        if len(longer) > width:
            break
        text = longer
    return text
