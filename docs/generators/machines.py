"""Machines: the states of tickets, orders and payments, their moves, and where each is drawn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from server.orders import states as orders
from server.payments import states as payments
from server.tickets import states as tickets

Place = tuple[float, float]
Pair = tuple[str, str]


@dataclass(frozen=True)
class Machine:
    """The moves of one room's entity, and how they are laid out.

    `places` are columns and rows; `bends` how far an arrow bows out, in pixels, to the right of its
    way, and `along` how much of the way its name stands at; `frames` hold states whose common moves
    are drawn once, from the frame.
    """

    room: str
    moves: Mapping[StrEnum, Mapping[str, StrEnum]]
    places: dict[str, Place]
    good: tuple[str, ...]
    bad: tuple[str, ...] = ()
    bends: dict[Pair, float] = field(default_factory=dict)
    along: dict[Pair, float] = field(default_factory=dict)
    frames: dict[str, tuple[str, ...]] = field(default_factory=dict)

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


def _all() -> tuple[Machine, ...]:
    tickets_moves: Any = tickets.MOVES
    orders_moves: Any = orders.MOVES
    payments_moves: Any = payments.MOVES
    return (
        Machine(
            "tickets", tickets_moves,
            places={"available": (0, 0), "locked": (1.6, 0), "sold": (3.2, 0),
                    "withdrawn": (0, 0.95)},
            good=("sold",), bad=("withdrawn",),
            bends={("available", "locked"): -16, ("locked", "available"): -16},
        ),
        Machine(
            "orders", orders_moves,
            places={"awaiting_payment": (0, 0), "confirming": (1.6, 0), "complete": (3.2, 0),
                    "cancelled": (1.6, 0.95)},
            good=("complete",), bad=("cancelled",),
            bends={("awaiting_payment", "confirming"): -16,
                   ("confirming", "awaiting_payment"): -16},
        ),
        Machine(
            "payments", payments_moves,
            places={"new": (-0.15, 0.4), "open": (-0.15, 1.3), "authorised": (1.1, 0),
                    "surplus": (1.1, 1.7), "paid": (2.1, 0), "void": (2.1, 1.7),
                    "refund_due": (2.8, 0.85), "refunded": (3.75, 0.15),
                    "refund_failed": (3.75, 1.55)},
            good=("paid",), bad=("void", "refund_failed"),
            bends={("page", "paid"): -95, ("page", "void"): 95},
            along={("page", "refund_due"): 0.3, ("authorised", "void"): 0.3,
                   ("authorised", "refund_due"): 0.6, ("surplus", "refund_due"): 0.6},
            frames={"page": ("new", "open")},
        ),
    )  # fmt: skip


MACHINES = tuple(map(_placed, _all()))
