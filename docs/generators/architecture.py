"""The diagrams of the architecture page. Its text is written by hand, between them."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterator
from functools import cache
from itertools import pairwise

from docs.generators import purchase
from docs.generators.code import TOP
from docs.generators.mermaid import diagram, edge, node

PAGE = TOP / "docs/architecture.md"
#: A diagram stands between two comments, of which the first names it.
_BLOCK = re.compile(r"(?<=<!-- diagram: )(\w+) -->.*?(?=\n<!-- end of diagram -->)", re.DOTALL)


def render() -> str:
    """Return the page with its diagrams as they are now."""
    return _BLOCK.sub(
        lambda found: f"{found[1]} -->\n{DIAGRAMS[found[1]]()}", PAGE.read_text(encoding="utf-8")
    )


def packages() -> str:
    """Return the flowchart of which package may import which."""
    faces, server = _layers("faces"), _layers("server")
    pairs = (pair for layers in (faces, server) for pair in pairwise(layers))
    lines = (edge(a, b) for upper, lower in pairs for a in upper for b in lower)
    return diagram("flowchart TB", title="Which package may import which", lines=lines)


def layers() -> str:
    """Return the flowchart of the layers inside the server."""
    return diagram("flowchart TB", title="The layers inside the server", lines=_stacked())


def _stacked() -> Iterator[str]:
    """Yield a box for each layer, the top one first, and the arrows between them."""
    found = _layers("services")
    for number, names in enumerate(found):
        yield node(f"layer{number}", " · ".join(names))
    yield " --> ".join(f"layer{number}" for number in range(len(found)))


@cache
def _layers(contract: str) -> tuple[tuple[str, ...], ...]:
    """Return the layers of one of the contracts that `lint-imports` checks."""
    tools = tomllib.loads((TOP / "pyproject.toml").read_text(encoding="utf-8"))["tool"]
    (found,) = (c for c in tools["importlinter"]["contracts"] if c["id"] == contract)
    return tuple(tuple(layer.split(" | ")) for layer in found["layers"])


DIAGRAMS: dict[str, Callable[[], str]] = {
    "packages": packages, "layers": layers, "paid": purchase.paid, "unpaid": purchase.unpaid,
}  # fmt: skip
