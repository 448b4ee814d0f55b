"""The states page: what tickets, orders, payments and more can be, and what leads where."""

from __future__ import annotations

from docs.generators.machines import MACHINES, Machine
from docs.generators.markdown import page, table, tick, told
from docs.generators.statechart import draw

ORIGIN = "the rooms' `states.py`"
OPENING = """\
The allowed moves of each kind of thing are one dict, in a `states.py` of its room; refunds say in
`server/payments/refunds/repository.py` from where each state is reached. The statements are made
from it: a move is one guarded `UPDATE … WHERE status = …`, so a move that is not listed here
changes no row. Tests walk every pair of states of tickets, orders, payments and card setups, and
expect exactly these."""
LEGEND = """\
Double border: nothing leads on. Dashed frame: what each state inside can do is drawn once, from
the frame. From `paid` on a payment is where its refunds put it; those have a chart of their own."""

__all__ = ["draw", "render"]


def render() -> str:
    """Return the page."""
    sections = [part for machine in MACHINES for part in _section(machine)]
    picture = "![The states of tickets, orders, payments, refunds and card setups](states.svg)"
    return page("States", ORIGIN, OPENING, picture, LEGEND, *sections)


def _section(machine: Machine) -> tuple[str, ...]:
    moves = (
        (tick(state.value), tick(verb), tick(after.value))
        for state, verbs in machine.moves.items()
        for verb, after in verbs.items()
    )
    rows = moves if machine.named else ((before, after) for before, _, after in moves)
    ends = ", ".join(tick(state.value) for state in machine.moves if machine.is_last(state))
    return (
        f"## {machine.name.capitalize()}",
        told(machine.kind),
        table(("from", "move", "to") if machine.named else ("from", "to"), rows),
        f"Begins {tick(machine.first)}; final: {ends or 'none'}.",
    )
