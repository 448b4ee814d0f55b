"""The pages that people read: where they are, their links, and the commands they show."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

TOP = Path(__file__).parents[2]
PAGES = (TOP / "README.md", TOP / "CHANGELOG.md", *sorted((TOP / "docs").rglob("*.md")))
_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
_PROMPT = re.compile(r"^(?:\w+)?\$ ")
#: Another program takes what a command prints: `order=$(ticketing lock …)`.
_WITHIN = re.compile(r"[$<]\((ticketing(?:-server)? [^)]+)\)")
#: A command in running text is in backquotes; others are in blocks of code.
_INLINE = re.compile(r"`(ticketing(?:-server)? [^`]+)`")


@cache
def text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def links(path: Path) -> list[str]:
    return _LINK.findall(_FENCE.sub("", text(path)))


def anchors(path: Path) -> set[str]:
    """Return the anchors of a page's headings, as GitHub names them."""
    headings = _HEADING.findall(_FENCE.sub("", text(path)))
    bare = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in headings)
    return {heading.replace(" ", "-") for heading in bare}


def commands(path: Path) -> Iterator[str]:
    """Yield every `ticketing …` or `ticketing-server …` that a page shows."""
    yield from blocks(path)
    yield from _INLINE.findall(_FENCE.sub("", text(path)))


def blocks(path: Path) -> Iterator[str]:
    """Yield those of a page's commands that stand in a block of code, as they are typed."""
    for _, block in _FENCE.findall(text(path)):
        for line in block.replace("\\\n", " ").splitlines():
            typed = _PROMPT.sub("", line.strip())
            if typed.startswith(("ticketing ", "ticketing-server ")):
                yield typed
            else:
                yield from _WITHIN.findall(typed)
