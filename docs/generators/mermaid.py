"""Mermaid: the few kinds of lines that the diagrams are made of."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from docs.generators.markdown import code

#: Puts each name of a label on a line of its own.
BREAK = "<br/>"


def diagram(kind: str, *, title: str, lines: Iterable[str]) -> str:
    """Return a diagram as a block of Markdown; screen readers announce the title."""
    return code("\n".join([kind, f"  accTitle: {title}", *(f"  {line}" for line in lines)]),
                "mermaid")  # fmt: skip


def node(name: str, label: str) -> str:
    """Return a box of a flowchart."""
    return f'{name}["{label}"]'


def edge(start: str, end: str, labels: Sequence[str] = (), *, dotted: bool = False) -> str:
    """Return an arrow of a flowchart, its labels below one another."""
    line, label = ("-.->" if dotted else "-->"), BREAK.join(labels)
    return f'{start} {line}|"{label}"| {end}' if label else f"{start} {line} {end}"


def transition(before: str, after: str, labels: Sequence[str] = ()) -> str:
    """Return an arrow of a state diagram."""
    label = ", ".join(labels)
    return f"{before} --> {after}: {label}" if label else f"{before} --> {after}"
