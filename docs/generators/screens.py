"""Pictures of the terminal app, taken on a real marketplace whose clock is stopped."""

from __future__ import annotations

import asyncio
import contextlib
import io
import os
import re
import tempfile
from functools import cache
from pathlib import Path

from tests.databases import make_sqlite_template
from tests.tui.frozen_marketplace import FrozenMarketplace, frozen_marketplace, wait_until_still
from tests.tui.screenshots import SCREENSHOTS, Screenshot

#: The SVG would load a font from the network; ours uses local fonts.
REMOTE_FONT = re.compile(r"\s*@font-face \{.*?\}", re.DOTALL)
LOCAL_FONT = "ui-monospace, Menlo, Consolas"


def take(name: str) -> str:
    """Return one screenshot as an SVG."""
    return _screenshots()[name]


@cache
def _screenshots() -> dict[str, str]:
    """Take every picture, all on the same marketplace."""
    os.environ.pop("NO_COLOR", None)  # the pictures are in colour in any environment
    with tempfile.TemporaryDirectory() as folder:
        template = Path(folder) / "template"
        template.mkdir()
        # The server prints when it starts and stops.
        silence = contextlib.redirect_stdout(io.StringIO())
        with silence, frozen_marketplace(Path(folder), make_sqlite_template(template)) as made:
            return {
                screenshot.name: asyncio.run(_take(made, screenshot)) for screenshot in SCREENSHOTS
            }


async def _take(made: FrozenMarketplace, screenshot: Screenshot) -> str:
    async with made.app(screenshot.who, size=screenshot.size, theme=screenshot.theme) as (
        app,
        pilot,
    ):
        await screenshot.act(made, app, pilot)
        await wait_until_still(app, pilot)
        svg = app.export_screenshot(title="ticketing tui")
    return REMOTE_FONT.sub("", svg).replace("Fira Code", LOCAL_FONT).strip() + "\n"
