"""Markdown: the few forms the generated pages are made of."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

MADE = "<!-- Made by `make docs` from {origin}. Change that, not this page. -->"


def page(title: str, origin: str, *parts: str) -> str:
    """Return a whole page that says what it was made from."""
    body = "\n\n".join(part.strip("\n") for part in parts if part.strip())
    return f"{MADE.format(origin=origin)}\n\n# {title}\n\n{body}\n"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table; nothing at all when it has no rows."""
    lines = [f"| {' | '.join(_cell(c) for c in row)} |" for row in rows]
    rule = f"|{'|'.join(' --- ' for _ in head)}|"
    return "\n".join([f"| {' | '.join(head)} |", rule, *lines]) if lines else ""


def code(text: str, language: str = "") -> str:
    """Return text as typed."""
    return f"```{language}\n{text.strip(chr(10))}\n```"


def tick(text: object) -> str:
    """Return a name as code."""
    return f"`{text}`"


def ticks(names: Iterable[object]) -> str:
    """Return names as code, with commas between."""
    return ", ".join(map(tick, names))


def anchor(heading: str) -> str:
    """Return the place a heading is linked by."""
    kept = re.sub(r"[^\w\- ]", "", heading.lower())
    return f"#{kept.replace(' ', '-')}"


def link(heading: str, page_name: str = "") -> str:
    """Return a link to a heading of this page or another."""
    return f"[`{heading}`]({page_name}{anchor(heading)})"


def told(thing: object) -> str:
    """Return a docstring as one paragraph for each of its own."""
    paragraphs = re.split(r"\n\s*\n", (getattr(thing, "__doc__", None) or "").strip())
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in paragraphs)


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
