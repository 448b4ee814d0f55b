"""The states page: what tickets, orders and payments can be, and which move leads where."""

from __future__ import annotations

from docs.generators.machines import MACHINES, Machine
from docs.generators.markdown import page, table, tick, told
from docs.generators.statechart import draw

ORIGIN = "`server/*/states.py`"
OPENING = """\
Each room's allowed moves are one dict in its `states.py`. The statements are made from it: a move
is one guarded `UPDATE … WHERE status = …`, so a move that is not listed here changes no row. A test
walks every pair of states and expects exactly these."""
LEGEND = """\
Double border: nothing leads on. Dashed frame: what each state inside can do is drawn once, from
the frame."""

__all__ = ["draw", "render"]


def render() -> str:
    """Return the page."""
    sections = [part for machine in MACHINES for part in _section(machine)]
    picture = "![The states of tickets, orders and payments](states.svg)"
    return page("States", ORIGIN, OPENING, picture, LEGEND, *sections)


def _section(machine: Machine) -> tuple[str, ...]:
    moves = (
        (tick(state.value), tick(verb), tick(after.value))
        for state, verbs in machine.moves.items()
        for verb, after in verbs.items()
    )
    ends = ", ".join(tick(state.value) for state in machine.moves if machine.is_last(state))
    return (
        f"## {machine.room.capitalize()}",
        told(machine.kind),
        table(("from", "move", "to"), moves),
        f"Begins {tick(machine.first)}; final: {ends}.",
    )
