"""Machines: the states of tickets, orders, payments and more, and where each is drawn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NamedTuple

from contract.refunds import RefundStatus
from server.cards import states as setups
from server.orders import states as orders
from server.payments import states as payments
from server.payments.refunds.repository import BEFORE
from server.tickets import states as tickets

Place = tuple[float, float]
Pair = tuple[str, str]
#: A side, n e s w, and how far along it from its left or upper end; None is level with the other.
Port = tuple[str, float | None]


class Route(NamedTuple):
    """How an arrow is drawn that a straight line would not do for.

    It leaves at a right angle through one port and comes in through another; `pull` is how far it
    keeps to that, in pixels; `along` how much of the way its name stands at.
    """

    leaves: Port
    enters: Port
    along: float = 0.5
    pull: float | None = None


@dataclass(frozen=True)
class Machine:
    """The moves of one kind of entity, and how they are laid out.

    `places` are columns and rows; `routes` the arrows that are not straight; `frames` hold states
    whose common moves are drawn once, from the frame: those that hold others come first.
    """

    name: str
    moves: Mapping[StrEnum, Mapping[str, StrEnum]]
    places: dict[str, Place]
    good: tuple[str, ...]
    bad: tuple[str, ...] = ()
    routes: dict[Pair, Route] = field(default_factory=dict)
    frames: dict[str, tuple[str, ...]] = field(default_factory=dict)
    shade: str = ""
    #: Whether a move has a name of its own, beside that of the state it leads to.
    named: bool = True

    @property
    def kind(self) -> type[StrEnum]:
        """The statuses it has."""
        return type(next(iter(self.moves)))

    @property
    def first(self) -> str:
        """The state it begins in."""
        return next(iter(self.moves)).value

    def arrows(self) -> dict[Pair, tuple[str, ...]]:
        """Return the verbs that lead from one state to another, each pair once."""
        found: dict[Pair, tuple[str, ...]] = {}
        for state, verbs in self.moves.items():
            for verb, after in verbs.items():
                pair = (state.value, after.value)
                found[pair] = (*found.get(pair, ()), verb)
        return found

    def framed(self) -> dict[Pair, tuple[str, ...]]:
        """Return the arrows as drawn: what every state of a frame can do leaves from the frame."""
        drawn = dict(self.arrows())
        for frame, members in self.frames.items():
            reached = [after for before, after in drawn if before in members]
            for target in dict.fromkeys(t for t in reached if t not in members):
                verbs = {drawn.get((member, target)) for member in members}
                if len(verbs) == 1:
                    (common,) = verbs
                    for member in members:
                        del drawn[member, target]
                    drawn[frame, target] = common or ()
        return drawn

    def is_last(self, state: StrEnum) -> bool:
        """Whether nothing leads on from a state."""
        return not self.moves[state]


def _placed(machine: Machine) -> Machine:
    """Give a place below all others to a state that was added and has none yet."""
    free = max(row for _, row in machine.places.values()) + 1
    for n, state in enumerate(s for s in machine.moves if s.value not in machine.places):
        machine.places[state.value] = (n, free)
    return machine


def _there_and_back(left: str, right: str) -> dict[Pair, Route]:
    """Route two arrows between states beside one another, one above the other."""
    return {
        (left, right): Route(("e", 0.22), ("w", 0.22)),
        (right, left): Route(("w", 0.78), ("e", 0.78)),
    }


def _tickets() -> Machine:
    moves: Any = tickets.MOVES
    return Machine(
        "tickets", moves,
        places={"available": (0, 0), "locked": (1.8, 0), "sold": (3.4, 0), "withdrawn": (0, 0.85)},
        good=("sold",), bad=("withdrawn",), routes=_there_and_back("available", "locked"),
    )  # fmt: skip


def _orders() -> Machine:
    moves: Any = orders.MOVES
    routes = _there_and_back("awaiting_payment", "confirming")
    routes["awaiting_payment", "cancelled"] = Route(("s", 0.5), ("w", 0.5))
    return Machine(
        "orders", moves,
        places={"awaiting_payment": (0, 0), "confirming": (1.8, 0), "complete": (3.4, 0),
                "cancelled": (1.8, 0.85)},
        good=("complete",), bad=("cancelled",), routes=routes,
    )  # fmt: skip


def _payments() -> Machine:
    moves: Any = payments.MOVES
    return Machine(
        "payments", moves,
        places={"new": (0, 0), "open": (0, 0.75), "authorised": (1.15, 0.375),
                "surplus": (0, 1.9), "void": (1.15, 1.9), "paid": (3.2, 0.2),
                "refund_due": (2.3, 1.15), "refund_failed": (4.15, 1.15), "refunded": (3.2, 1.9)},
        good=("paid",), bad=("void", "refund_failed"),
        routes=_there_and_back("surplus", "void") | {
            ("page", "authorised"): Route(("e", None), ("w", 0.5)),
            ("page", "surplus"): Route(("s", 0.5), ("n", 0.5), along=0.62),
            ("unpaid", "void"): Route(("s", None), ("n", 0.5)),
            ("unpaid", "paid"): Route(("e", None), ("w", 0.3)),
            ("unsold", "refund_due"): Route(("e", None), ("w", 0.5)),
            ("refund_due", "paid"): Route(("n", 0.35), ("w", 0.8), along=0.35),
            ("paid", "refund_due"): Route(("s", 0.2), ("e", 0.35), along=0.58),
            ("paid", "refunded"): Route(("s", 0.6), ("n", None), along=0.6),
            ("paid", "refund_failed"): Route(("e", 0.25), ("n", 0.75), along=0.45),
            ("refund_failed", "paid"): Route(("n", 0.3), ("e", 0.8), along=0.35),
            ("refund_due", "refunded"): Route(("s", 0.6), ("w", 0.5), along=0.4),
            ("refund_failed", "refunded"): Route(("s", 0.2), ("e", 0.25), along=0.4),
            ("refunded", "refund_failed"): Route(("e", 0.8), ("s", 0.6), along=0.45),
            ("refund_due", "refund_failed"): Route(("s", 0.25), ("s", 0.85), pull=210),
        },
        frames={"unsold": ("new", "open", "authorised", "surplus", "void"),
                "unpaid": ("new", "open", "authorised"), "page": ("new", "open")},
    )  # fmt: skip


def _refunds() -> Machine:
    """Refunds say from where each state is reached; a move has no name but that of its state."""
    moves: dict[StrEnum, dict[str, StrEnum]] = {
        before: {after.value: after for after, froms in BEFORE.items() if before in froms}
        for before in RefundStatus
    }
    return Machine(
        "refunds", moves, shade="payments", named=False,
        places={"due": (0, 0), "sent": (1.2, 0), "done": (2.4, 0), "failed": (2.4, 0.95),
                "settled": (3.6, 0.95), "dropped": (0, 0.95)},
        good=("done", "settled"), bad=("failed",),
        routes={("due", "done"): Route(("n", 0.7), ("n", 0.4), pull=48),
                ("sent", "failed"): Route(("s", 0.5), ("n", 0.25)),
                ("due", "failed"): Route(("s", 0.75), ("w", 0.3)),
                ("failed", "dropped"): Route(("w", 0.75), ("e", None))},
    )  # fmt: skip


def _setups() -> Machine:
    moves: Any = setups.MOVES
    return Machine(
        "card setups", moves, shade="payments",
        places={"new": (0, 0), "open": (1.2, 0), "done": (2.8, -0.3), "void": (2.8, 0.3)},
        good=("done",), bad=("void",),
        routes={("page", "done"): Route(("e", 0.3), ("w", 0.5)),
                ("page", "void"): Route(("e", 0.7), ("w", 0.5))},
        frames={"page": ("new", "open")},
    )  # fmt: skip


MACHINES = tuple(map(_placed, (_tickets(), _orders(), _payments(), _refunds(), _setups())))
