"""Screens: pictures of the terminal app, taken of a real marketplace whose clock stands."""

from __future__ import annotations

import asyncio
import re
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from functools import cache
from pathlib import Path

from textual.pilot import Pilot

from tests.databases import make_sqlite_template
from tests.tui.house import quiet, until
from tests.tui.scenes import SHOOTS, Scene, Shoot, scene
from tui.app import TicketingApp

#: The SVG asks for a font from afar; ours stand by themselves.
FAR_FONT = re.compile(r"\s*@font-face \{.*?\}", re.DOTALL)


@cache
def pictures() -> dict[str, str]:
    """Return every picture by its name. Taken once: a marketplace is opened and stocked for it."""
    with tempfile.TemporaryDirectory() as folder, scene(Path(folder), _empty(Path(folder))) as made:
        return {shoot.name: asyncio.run(_take(made, shoot)) for shoot in SHOOTS}


def _empty(folder: Path) -> Path:
    template = folder / "template"
    template.mkdir()
    return make_sqlite_template(template)


async def _take(made: Scene, shoot: Shoot) -> str:
    async with made.app(shoot.who, size=shoot.size, theme=shoot.theme) as (app, pilot):
        await shoot.act(made, app, pilot)
        await quiet(pilot)
        return tidy(app.export_screenshot(title=f"ticketing tui · {shoot.name}"))


def tidy(svg: str) -> str:
    """Return a picture that asks nobody for anything, with one line end at its end."""
    return FAR_FONT.sub("", svg).replace("Fira Code", "ui-monospace, Menlo, Consolas").strip() + "\n"


Act = Callable[[Scene, TicketingApp, Pilot[None]], Awaitable[None]]
__all__ = ["Iterator", "pictures", "tidy", "until"]
