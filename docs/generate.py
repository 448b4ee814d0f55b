"""Write the generated pages (`python -m docs.generate`), or list the stale ones (`--check`)."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

from docs.generators import api, architecture, cli, events, screens, states, terminal
from tests.tui.screenshots import SCREENSHOTS

HERE = Path(__file__).parent
#: Each page, and the function that returns its text.
PAGES: dict[str, Callable[[], str]] = {
    "architecture.md": architecture.render,
    "events.md": events.render,
    "states.md": states.render,
    "api.md": api.render,
    "openapi.json": api.openapi,
    "cli.md": cli.render,
    "terminal.md": terminal.render,
}
#: The same for pictures of the app. The first one asked for takes all of them.
PICTURES: dict[str, Callable[[], str]] = {
    f"pictures/{shoot.name}.svg": partial(screens.take, shoot.name) for shoot in SCREENSHOTS
}


def stale() -> Iterator[str]:
    """Yield the name of each page whose file differs from what would be written now."""
    for name, write in (PAGES | PICTURES).items():
        path = HERE / name
        if not path.is_file() or path.read_text(encoding="utf-8") != write():
            yield name


def main(arguments: Sequence[str]) -> int:
    """Write every page, or check them; return the exit code."""
    if list(arguments) == ["--check"]:
        names = list(stale())
        for name in names:
            print(f"docs/{name} is stale: run `make docs`", file=sys.stderr)
        return 1 if names else 0
    if arguments:
        print("usage: python -m docs.generate [--check]", file=sys.stderr)
        return 2
    (HERE / "pictures").mkdir(exist_ok=True)
    for name, write in (PAGES | PICTURES).items():
        (HERE / name).write_text(write(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
