"""The states page: the statuses of tickets, orders, payments and more, and the moves between."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from contract.refunds import RefundStatus
from docs.generators.markdown import docstring, page, table, tick
from docs.generators.mermaid import diagram, transition
from server.cards import states as setups
from server.ledger import states as payouts
from server.orders import states as orders
from server.organisers import states as organisers
from server.payments import states as payments
from server.payments.refunds.repository import BEFORE
from server.tickets import states as tickets
from server.transfers import states as transfers

ORIGIN = "the `states.py` of each service"
OPENING = """\
The moves that each kind of entity may make are one dict, in the `states.py` of its service; for
refunds, `server/payments/refunds/repository.py` lists the states from which each state is reached.
The SQL statements are built from it: a move is one guarded `UPDATE … WHERE status = …`, so a move
that is not listed here changes no row. Tests walk every pair of states of tickets, orders,
payments, payouts, transfers, card setups and organisers, and expect exactly these moves."""
NOTES = {
    "payments": """\
A box around states groups what they share: an arrow from the box is a move that each state inside
can make. From `paid` on, the status of a payment follows from its refunds, which have a diagram of
their own.""",
    "payouts": "A payout by transfer begins as `due`, one by file as `prepared`.",
}
Pair = tuple[str, str]


@dataclass(frozen=True)
class Machine:
    """The moves of one kind of entity.

    `groups` name sets of states whose common moves are drawn once; outer groups come first.
    """

    name: str
    moves: Mapping[StrEnum, Mapping[str, StrEnum]]
    groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    #: The statuses that it may begin with, if it is not only the first of its moves.
    starts: tuple[str, ...] = ()
    #: Whether moves have names of their own, besides those of the states that they lead to.
    named: bool = True

    @property
    def kind(self) -> type[StrEnum]:
        """The enumeration of its statuses."""
        return type(next(iter(self.moves)))

    @property
    def first(self) -> tuple[str, ...]:
        """The statuses it may begin with."""
        return self.starts or (next(iter(self.moves)).value,)

    @property
    def last(self) -> list[str]:
        """The statuses that no move leads out of."""
        return [state.value for state, verbs in self.moves.items() if not verbs]

    def arrows(self) -> dict[Pair, tuple[str, ...]]:
        """Return the names of the moves between each pair of states."""
        found: dict[Pair, tuple[str, ...]] = {}
        for state, verbs in self.moves.items():
            for verb, after in verbs.items():
                pair = (state.value, after.value)
                found[pair] = (*found.get(pair, ()), verb)
        return found

    def grouped(self) -> dict[Pair, tuple[str, ...]]:
        """Return the arrows as they are drawn: common moves of a group start at the group."""
        drawn = self.arrows()
        for group, members in self.groups.items():
            for target in dict.fromkeys(after for _, after in self.arrows()):
                if target not in members:
                    common, *others = {drawn.get((member, target)) for member in members}
                    if common is not None and not others:
                        for member in members:
                            del drawn[member, target]
                        drawn[group, target] = common
        return drawn


def _machines() -> tuple[Machine, ...]:
    of_tickets: Any = tickets.MOVES
    of_orders: Any = orders.MOVES
    of_payments: Any = payments.MOVES
    of_payouts: Any = payouts.MOVES
    of_setups: Any = setups.MOVES
    of_transfers: Any = transfers.MOVES
    of_organisers: Any = organisers.MOVES
    of_refunds: dict[StrEnum, dict[str, StrEnum]] = {
        before: {after.value: after for after, froms in BEFORE.items() if before in froms}
        for before in RefundStatus
    }
    groups = {
        "unsold": ("new", "open", "authorised", "surplus", "void"),
        "unpaid": ("new", "open", "authorised"),
        "page": ("new", "open"),
    }
    return (
        Machine("tickets", of_tickets),
        Machine("orders", of_orders),
        Machine("payments", of_payments, groups),
        Machine("refunds", of_refunds, named=False),
        Machine("payouts", of_payouts, starts=("due", "prepared")),
        Machine("transfers", of_transfers),
        Machine("card setups", of_setups),
        Machine("organisers", of_organisers),
    )


MACHINES = _machines()


def render() -> str:
    """Return the page."""
    return page("States", ORIGIN, OPENING, *(part for m in MACHINES for part in _section(m)))


def chart(machine: Machine) -> str:
    """Return the state diagram of one machine."""
    title = f"The states of {machine.name}"
    return diagram("stateDiagram-v2", title=title, lines=_lines(machine))


def _lines(machine: Machine) -> Iterator[str]:
    yield "direction LR"
    yield from _nested(machine, list(machine.groups))
    yield from (transition("[*]", first) for first in machine.first)
    for (before, after), verbs in machine.grouped().items():
        yield transition(before, after, verbs if machine.named else ())
    for state in machine.last:
        yield transition(state, "[*]")


def _nested(machine: Machine, groups: list[str]) -> Iterator[str]:
    """Yield the groups as states that contain others, each group inside the one before it."""
    if not groups:
        return
    group, *inner = groups
    within = set(machine.groups[inner[0]]) if inner else set()
    yield f"state {group} {{"
    yield from (f"  {line}" for line in _nested(machine, inner))
    yield from (f"  {state}" for state in machine.groups[group] if state not in within)
    yield "}"


def _section(machine: Machine) -> tuple[str, ...]:
    moves = (
        (tick(state.value), tick(verb), tick(after.value))
        for state, verbs in machine.moves.items()
        for verb, after in verbs.items()
    )
    rows = moves if machine.named else ((before, after) for before, _, after in moves)
    begins, ends = (", ".join(map(tick, some)) for some in (machine.first, machine.last))
    return (
        f"## {machine.name.capitalize()}",
        docstring(machine.kind),
        chart(machine),
        NOTES.get(machine.name, ""),
        table(("from", "move", "to") if machine.named else ("from", "to"), rows),
        f"First state: {begins}. Final states: {ends or 'none'}.",
    )
